from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("machines", "0008_energy")]

    operations = [
        migrations.AddField(
            model_name="sourceepoch",
            name="told_at",
            field=models.DateTimeField(null=True, verbose_name="last told at"),
        ),
    ]
