"""Freezing what an order is quoted at, and telling costs that nobody measures."""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from mes.accounts.models import User
from mes.lib.errors import InvalidInput, Problem
from mes.lib.live import announce
from orders.domain.execution import happened_at
from orders.domain.locking import lock_order
from orders.enums import CostKind
from orders.models import CostEntry, Operation, ProductionOrder

TOLD = (CostKind.OUTSIDE, CostKind.MATERIAL, CostKind.OTHER)
LARGEST = Decimal("999999999.99")

_FREEZE = """
WITH work AS (
    SELECT o.id, o.outside, o.number, g.id AS group_id, g.code, g.crew, g.labour_rate,
        coalesce(m.hourly_rate, g.hourly_rate,
            (SELECT avg(x.hourly_rate) FROM machines_machine x WHERE x.group_id = g.id AND x.active)) AS rate,
        o.setup_seconds / 3600 AS setup, o.run_seconds / o.base_quantity * o.quantity / 3600 AS run,
        o.quantity, o.outside_price / o.base_quantity AS outside_price
    FROM orders_operation o JOIN machines_machinegroup g ON g.id = o.machine_group_id
    LEFT JOIN machines_machine m ON m.id = o.machine_id
    WHERE o.order_id = %(order)s AND o.state <> 'cancelled'
), needs AS (
    SELECT c.position, c.quantity, c.item_id, i.code,
        CASE WHEN c.unit_id = i.unit_id THEN i.standard_price
             ELSE i.standard_price * u.numerator / u.denominator END AS price,
        coalesce((SELECT w.id FROM work w WHERE w.number = c.operation_number LIMIT 1),
                 (SELECT min(w.id) FROM work w)) AS operation_id
    FROM orders_ordercomponent c JOIN orders_item i ON i.id = c.item_id
    LEFT JOIN orders_itemunit u ON u.item_id = i.id AND u.unit_id = c.unit_id
    WHERE c.order_id = %(order)s
), quote AS (
    INSERT INTO orders_costquote (order_id, frozen_at, quantity, unit_price, rates)
    SELECT p.id, %(now)s, p.quantity, l.unit_price, jsonb_build_object(
        'machines', (
            SELECT coalesce(jsonb_object_agg(m.id, coalesce(m.hourly_rate, g.hourly_rate)::text), '{}')
            FROM machines_machine m JOIN machines_machinegroup g ON g.id = m.group_id
            WHERE m.group_id IN (SELECT group_id FROM work)
                AND coalesce(m.hourly_rate, g.hourly_rate) IS NOT NULL),
        'items', (SELECT coalesce(jsonb_object_agg(i.id, i.standard_price::text), '{}') FROM orders_item i
            WHERE i.id IN (SELECT item_id FROM needs) AND i.standard_price IS NOT NULL),
        'overtime', t.overtime_percent::text)
    FROM orders_productionorder p JOIN machines_plant t ON t.id = p.plant_id
    LEFT JOIN orders_customerorderline l ON l.id = p.customer_line_id
    WHERE p.id = %(order)s
    RETURNING id
), lines AS (
    SELECT 'setup' AS kind, id AS operation_id, NULL::bigint AS item_id, '' AS position, code AS text,
        setup AS quantity, rate AS price FROM work WHERE NOT outside AND setup > 0
    UNION ALL SELECT 'machine', id, NULL, '', code, run, rate FROM work WHERE NOT outside AND run > 0
    UNION ALL SELECT 'labour', id, NULL, '', code, (setup + run) * crew, labour_rate
        FROM work WHERE NOT outside AND (setup + run) * crew > 0
    UNION ALL SELECT 'outside', id, NULL, '', number, quantity, outside_price FROM work WHERE outside
    UNION ALL SELECT 'material', operation_id, item_id, position, code, quantity, price
        FROM needs WHERE quantity > 0
)
INSERT INTO orders_costquoteline
    (quote_id, kind, operation_id, item_id, position, text, quantity, price, value)
SELECT quote.id, kind, operation_id, item_id, position, text, quantity, round(price, 4),
    round(quantity * round(price, 4), 2)
FROM quote CROSS JOIN lines
"""


def freeze_quote(*, order: ProductionOrder) -> None:
    """Keep what the order is planned to cost now, and the rates it is counted with ever after: one query."""
    with connection.cursor() as cursor:
        cursor.execute(_FREEZE, {"order": order.pk, "now": timezone.now()})


@transaction.atomic
def enter_cost(
    *,
    order: ProductionOrder,
    operation: Operation | None,
    kind: str,
    value: Decimal,
    text: str,
    key: uuid.UUID,
    by: User | None,
    at: datetime | None = None,
) -> CostEntry:
    """Tell a cost that nobody measures, in euros; a negative one takes back. The same ``key`` enters once.

    Raises InvalidInput for a measured kind, a value of nothing, or another fact under the same key.
    """
    locked = lock_order(order.pk)
    known = CostEntry.objects.filter(key=key).first()
    if known is not None:
        if (known.order_id, known.kind, known.value) != (order.pk, kind, value):
            raise InvalidInput([Problem("key_used", _("This key was used for another cost."), "key")])
        return known
    problems = []
    if kind not in TOLD:
        problems.append(Problem("measured", _("Time is measured and can't be told."), "kind", value=kind))
    if not 0 < abs(value) <= LARGEST:
        problems.append(Problem("zero", _("A cost has a value in euros."), "value", value=str(value)))
    if not text.strip():
        problems.append(Problem("missing", _("Say what it was for."), "text"))
    if operation is not None and operation.order_id != order.pk:
        problems.append(Problem("unknown_operation", _("The order has no such operation."), "operation"))
    if problems:
        raise InvalidInput(problems)
    entry = CostEntry.objects.create(
        plant_id=locked.plant_id,
        order=locked,
        operation=operation,
        kind=kind,
        value=value,
        text=text.strip(),
        occurred_at=happened_at(at),
        key=key,
        by=by,
    )
    announce(f"order:{order.pk}")
    return entry
