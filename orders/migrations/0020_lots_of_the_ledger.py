from django.db import migrations

# Every lot that the ledger names gets its row; what components had reserved, the balance it was taken from.
LOTS = """
INSERT INTO orders_lot (item_id, number, supplier, supplier_lot, status, made_at)
SELECT item_id, lot, '', '', 'free', min(occurred_at) FROM orders_stockmove
WHERE lot <> '' GROUP BY item_id, lot
ON CONFLICT (item_id, number) DO NOTHING;
INSERT INTO orders_lot (item_id, number, supplier, supplier_lot, status, made_at)
SELECT DISTINCT item_id, lot, '', '', 'free', now() FROM orders_stockbalance WHERE lot <> ''
ON CONFLICT (item_id, number) DO NOTHING;
INSERT INTO orders_reservation (component_id, balance_id, quantity, locked)
SELECT c.id, b.id, c.reserved, false
FROM orders_ordercomponent c
JOIN orders_productionorder o ON o.id = c.order_id
JOIN orders_stockbalance b ON b.plant_id = o.plant_id AND b.item_id = c.item_id AND b.lot = ''
WHERE c.reserved > 0;
"""


class Migration(migrations.Migration):
    dependencies = [("orders", "0019_lots_and_places")]

    operations = [migrations.RunSQL(LOTS, migrations.RunSQL.noop)]
