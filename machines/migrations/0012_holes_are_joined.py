from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("machines", "0011_requests_are_counted")]

    operations = [
        migrations.AddField(
            model_name="sourceepoch",
            name="joined_before",
            field=models.BigIntegerField(null=True, verbose_name="holes are told from this number on"),
        ),
    ]
