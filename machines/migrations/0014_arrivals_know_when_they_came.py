from django.db import migrations, models
from django.db.models.functions import Now


class Migration(migrations.Migration):
    """How late a machine's last sample came says whether more is on its way."""

    dependencies = [("machines", "0013_arrivals_are_not_compressed")]

    operations = [
        migrations.AddField("arrival", "received_at", models.DateTimeField(db_default=Now())),
    ]
