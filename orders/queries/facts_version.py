"""Whether anything changed of what a plan is made of: every row's version, in one number per table.

PostgreSQL gives each version of a row the number of the transaction that wrote it (``xmin``). The sum of the
hashes of (place, xmin) over all rows that planning reads changes when any of them is written, added or
removed, and only then; nobody has to remember to say so. Operations, whose counts change with every booking,
are told by what else stands in them.
"""

from __future__ import annotations

from django.db import connection

from orders.models import Operation

FactsVersion = tuple[object, ...]

COUNTS = ("good", "scrap", "rework")
"""Of an operation. Every booking changes them, and hardly the plan: they don't make another version."""
OPERATION_FACTS = (
    *("id", "order", "position", "number", "sequence", "state", "quantity", *COUNTS),
    *("setup_seconds", "run_seconds", "base_quantity", "send_ahead", "longest_wait_seconds", "outside"),
    *("machine_group", "machine", "tool", "skill", "not_before_at", "started_at", "finished_at"),
)
"""What a plan is made of, of an operation."""

_ROWS = "coalesce(sum(hashtextextended(t.ctid::text || ':' || t.xmin::text, 0)), 0)"
_OPEN = "o.plant_id = %(plant)s AND o.state IN ('planned', 'released', 'running')"
_IN_PLANT = "t WHERE t.plant_id = %(plant)s"
_OF_OPERATION = "JOIN orders_operation p ON p.id = t.operation_id"
_OF_ORDER = "JOIN orders_productionorder o ON o.id ="
_ITEMS = "t WHERE t.id IN (SELECT o.item_id FROM orders_productionorder o WHERE"
_READ = (
    ("orders_productionorder t", _OF_ORDER, "t.id WHERE", _OPEN),
    ("orders_run t", _OF_OPERATION, _OF_ORDER, "p.order_id WHERE", _OPEN),
    ("orders_run", _IN_PLANT, "AND t.ended_at IS NULL"),
    ("orders_item", _ITEMS, _OPEN, ")"),
    ("orders_setupfamily t",),
    ("orders_plan", _IN_PLANT),
    ("orders_planrule", _IN_PLANT),
    ("orders_planweights", _IN_PLANT),
    ("machines_machine", _IN_PLANT),
    ("machines_machinegroup", _IN_PLANT),
    ("machines_area", _IN_PLANT),
    ("machines_plant t WHERE t.id = %(plant)s",),
    ("machines_calendarexception", _IN_PLANT),
    ("machines_shiftpattern t",),
    ("machines_shift t",),
    ("machines_shiftbreak t",),
)
_COLUMNS = ", ".join(
    f"t.{field.column}"
    for field in Operation._meta.concrete_fields
    if field.name in OPERATION_FACTS and field.name not in COUNTS
)
_OPERATIONS = (
    f"(SELECT coalesce(sum(hashtextextended(ROW({_COLUMNS})::text, 0)), 0)"  # noqa: S608 - our own columns
    f" FROM orders_operation t {_OF_ORDER} t.order_id WHERE {_OPEN})"
)
_QUERY = " ".join(
    (
        *("SELECT", _OPERATIONS, ","),
        ", ".join(" ".join(("(SELECT", _ROWS, "FROM", *part, ")")) for part in _READ),
    )
)


def facts_version(plant_id: int) -> FactsVersion:
    """Equal exactly while no row changed that the plant's open work, machines and calendars are read from,
    but for pieces that were counted. Operations that are finished and measured aren't in it: finishing one
    changes the open ones. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_QUERY, {"plant": plant_id})
        return tuple(cursor.fetchone())
