"""The columns of an order file: which field each fills and how its cells are read."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

ORDER, OPERATION, COMPONENT, REQUIREMENT = "order", "operation", "component", "requirement"
RECORDS = (ORDER, OPERATION, COMPONENT, REQUIREMENT)
NEW, MODIFIED, DELETED = "N", "M", "D"

TEXT, KEY, AMOUNT, NUMBER, WHOLE = "text", "key", "amount", "number", "whole"
TRUTH, MOMENT, UNIT = "truth", "moment", "unit"

# column -> (field of the canonical message, kind of cell)
Columns = Mapping[str, tuple[str, str]]

ORDER_COLUMNS: Columns = {
    "order_version": ("version", KEY),
    "plant": ("plant", KEY),
    "item": ("item", KEY),
    "revision": ("revision", KEY),
    "order_quantity": ("quantity", AMOUNT),
    "order_unit": ("unit", UNIT),
    "order_type": ("order_type", KEY),
    "strategy": ("strategy", KEY),
    "start": ("start", MOMENT),
    "due": ("due", MOMENT),
    "promised": ("promised", MOMENT),
    "priority": ("priority", WHOLE),
    "erp_status": ("status", KEY),
    "under_tolerance_percent": ("under_tolerance_percent", AMOUNT),
    "over_tolerance_percent": ("over_tolerance_percent", AMOUNT),
    "customer": ("customer", KEY),
    "customer_name": ("customer_name", TEXT),
    "customer_order": ("customer_order", KEY),
    "customer_line": ("customer_line", KEY),
}

OPERATION_COLUMNS: Columns = {
    "operation_text": ("text", TEXT),
    "work_centre": ("work_centre", KEY),
    "sequence": ("sequence", KEY),
    "setup_seconds": ("setup_seconds", AMOUNT),
    "run_seconds": ("run_seconds", AMOUNT),
    "base_quantity": ("base_quantity", AMOUNT),
    "send_ahead": ("send_ahead", AMOUNT),
    "longest_wait_seconds": ("longest_wait_seconds", AMOUNT),
    "confirmation_number": ("confirmation_number", KEY),
    "control_key": ("control_key", KEY),
    "program": ("program", KEY),
    "program_revision": ("program_revision", KEY),
    "tool": ("tool", KEY),
    "inspection": ("inspection", TRUTH),
    "outside": ("outside", TRUTH),
    "earliest_start": ("earliest_start", MOMENT),
    "latest_end": ("latest_end", MOMENT),
}

# Other units of time, read into the column of seconds.
TIME_COLUMNS: Mapping[str, tuple[str, Decimal]] = {
    "setup_minutes": ("setup_seconds", Decimal(60)),
    "setup_hours": ("setup_seconds", Decimal(3600)),
    "run_minutes": ("run_seconds", Decimal(60)),
    "run_hours": ("run_seconds", Decimal(3600)),
    "longest_wait_hours": ("longest_wait_seconds", Decimal(3600)),
}

COMPONENT_COLUMNS: Columns = {
    "component_position": ("position", KEY),
    "component_item": ("item", KEY),
    "component_quantity": ("quantity", AMOUNT),
    "component_unit": ("unit", UNIT),
    "backflush": ("backflush", TRUTH),
}

REQUIREMENT_COLUMNS: Columns = {
    "requirement_code": ("code", KEY),
    "requirement_kind": ("kind", KEY),
    "requirement_text": ("text", TEXT),
    "requirement_value": ("value", TEXT),
    "requirement_choices": ("choices", TEXT),
    "requirement_lower": ("lower", NUMBER),
    "requirement_upper": ("upper", NUMBER),
    "requirement_unit": ("unit", KEY),
    "requirement_url": ("url", TEXT),
}

FIRST_COLUMNS = ("record", "line_status", "order_number", "operation_number")
PARAMETER_PREFIX = "param:"

KNOWN = frozenset(
    (
        *FIRST_COLUMNS,
        *ORDER_COLUMNS,
        *OPERATION_COLUMNS,
        *TIME_COLUMNS,
        *COMPONENT_COLUMNS,
        *REQUIREMENT_COLUMNS,
    )
)

STATUSES = ("planned", "released", "blocked", "technically_complete", "closed")

# Longest text of a column, in characters.
LENGTHS: Mapping[str, int] = {
    "order_number": 40,
    "order_version": 60,
    "plant": 40,
    "item": 60,
    "revision": 20,
    "order_unit": 20,
    "order_type": 20,
    "strategy": 3,
    "erp_status": 20,
    "customer": 40,
    "customer_name": 200,
    "customer_order": 40,
    "customer_line": 10,
    "operation_number": 10,
    "operation_text": 200,
    "work_centre": 40,
    "sequence": 10,
    "confirmation_number": 20,
    "control_key": 10,
    "program": 200,
    "program_revision": 40,
    "tool": 40,
    "component_position": 10,
    "component_item": 60,
    "component_unit": 20,
    "requirement_code": 40,
    "requirement_kind": 10,
    "requirement_text": 500,
    "requirement_value": 500,
    "requirement_choices": 2000,
    "requirement_unit": 20,
    "requirement_url": 500,
}
