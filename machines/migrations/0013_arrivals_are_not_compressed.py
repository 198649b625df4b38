from django.db import migrations

TABLE = "ALTER TABLE machines_arrival ALTER COLUMN payload SET STORAGE"


class Migration(migrations.Migration):
    """A payload is read once, a moment after it was written: packing it takes longer than writing it."""

    dependencies = [("machines", "0012_holes_are_joined")]

    operations = [migrations.RunSQL(f"{TABLE} EXTERNAL", f"{TABLE} EXTENDED")]
