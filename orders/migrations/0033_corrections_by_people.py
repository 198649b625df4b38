"""The review of corrections finds them without reading what machines count."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("orders", "0032_likely_late")]

    operations = [
        migrations.AddIndex(
            model_name="productionevent",
            index=models.Index(
                fields=["recorded_at"],
                name="event_changed_by_people",
                condition=Q(kind__in=("reversed", "reclassified"), by__isnull=False),
            ),
        ),
    ]
