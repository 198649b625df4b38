from django.db import migrations

BEGIN = """
    INSERT INTO orders_holdevent ("id", "order_id", "operation_id", "machine_id", "item_id", "lot", "plant_id", "kind", "reason", "reference", "placed_at", "placed_by_id", "asked_at", "asked_by_id", "release_reason", "lifted_at", "lifted_by_id", pgh_created_at, pgh_label, pgh_obj_id)
    SELECT "id", "order_id", "operation_id", "machine_id", "item_id", "lot", "plant_id", "kind", "reason", "reference", "placed_at", "placed_by_id", "asked_at", "asked_by_id", "release_reason", "lifted_at", "lifted_by_id", NOW(), 'insert', id FROM orders_hold ORDER BY id
"""


class Migration(migrations.Migration):
    """Holds that are there already begin their history with what they are now."""

    dependencies = [("orders", "0014_holds_and_rework")]

    operations = [migrations.RunSQL(BEGIN, migrations.RunSQL.noop)]
