from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0034_shipped_without_lot")]

    operations = [
        migrations.AddField(model_name="erpconflict", name="sentence", field=models.JSONField(null=True)),
    ]
