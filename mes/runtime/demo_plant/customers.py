"""Customers, what they ordered and what they require."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone

from mes.runtime.demo_plant.rows import add_missing
from orders.enums import RequirementKind, Strategy
from orders.models import Customer, CustomerOrder, CustomerOrderLine, Item, Requirement

CUSTOMERS = {
    "C-ALPHA": "Alpha Conveyors (demo)",
    "C-BETA": "Beta Farm Machines (demo)",
    "C-GAMMA": "Gamma Robotics (demo)",
}

# number -> (customer, customer's reference, lines: position, item, quantity, strategy, days until wanted)
ORDERS: dict[str, tuple[str, str, tuple[tuple[str, str, int, Strategy, int], ...]]] = {
    "SO-1001": (
        "C-ALPHA",
        "PO 4711",
        (("10", "GB-10", 40, Strategy.ATO, 10), ("20", "GB-20", 25, Strategy.ATO, 14)),
    ),
    "SO-1002": (
        "C-BETA",
        "B-2026-88",
        (("10", "FK-40", 60, Strategy.MTO, 12), ("20", "MP-LEVER", 300, Strategy.MTO, 8)),
    ),
    "SO-1003": (
        "C-GAMMA",
        "ROB-17",
        (("10", "SP-LIFTER", 8, Strategy.ETO, 21), ("20", "SP-GRIPPER", 4, Strategy.ETO, 35)),
    ),
    "SO-1004": ("C-BETA", "B-2026-91", (("10", "MC-SHAFT", 80, Strategy.MTO, 15),)),
}

PRICES = {
    "GB-10": "92",
    "GB-20": "148",
    "FK-40": "74",
    "MP-LEVER": "1.90",
    "SP-LIFTER": "410",
    "MC-SHAFT": "58",
}
"""What a customer pays for one, in euros."""

# order, position -> its requirements
REQUIREMENTS: dict[tuple[str, str], tuple[dict[str, Any], ...]] = {
    ("SO-1001", "10"): (
        {"code": "TORQUE", "kind": RequirementKind.LIMIT, "text": "Tightening torque of the cover screws",
         "lower": Decimal("9.0"), "upper": Decimal("10.0"), "unit": "Nm", "operation_number": "0020"},
        {"code": "GREASE", "kind": RequirementKind.CHOICE, "text": "Grease", "value": "food grade",
         "choices": ["standard", "food grade"], "operation_number": "0010"},
        {"code": "LABEL", "kind": RequirementKind.TEXT, "text": "Label with the customer's part number",
         "value": "ALPHA 100-010"},
    ),
    ("SO-1002", "10"): (
        {"code": "HARDNESS", "kind": RequirementKind.LIMIT, "text": "Hardness after tempering",
         "lower": Decimal(52), "upper": Decimal(56), "unit": "HRC", "operation_number": "0050"},
        {"code": "DRAWING", "kind": RequirementKind.DOCUMENT, "text": "Customer's drawing",
         "url": "https://example.com/drawings/FK-40-B.pdf"},
    ),
    ("SO-1003", "10"): (
        {"code": "REPORT", "kind": RequirementKind.DOCUMENT, "text": "Fill in the measuring report",
         "url": "https://example.com/forms/measuring-report.pdf", "operation_number": "0050"},
        {"code": "COLOUR", "kind": RequirementKind.CHOICE, "text": "Anodised", "value": "black",
         "choices": ["natural", "black"]},
    ),
    ("SO-1004", "10"): (
        {"code": "LAYER", "kind": RequirementKind.LIMIT, "text": "Thickness of the coating",
         "lower": Decimal(8), "unit": "µm", "operation_number": "0040"},
        {"code": "PACKING", "kind": RequirementKind.TEXT, "text": "Pack singly in oiled paper"},
    ),
}  # fmt: skip


def load_customers() -> None:
    """Add customers, their orders and requirements that are missing. Wished dates count from today."""
    customers = add_missing(
        Customer, [{"code": code, "name": name} for code, name in CUSTOMERS.items()], by=("code",)
    )
    received = timezone.now()
    morning = datetime(received.year, received.month, received.day, 11, tzinfo=UTC)
    orders = add_missing(
        CustomerOrder,
        [
            {
                "number": number,
                "customer": customers[customer],
                "customer_reference": reference,
                "received_at": received,
            }
            for number, (customer, reference, _lines) in ORDERS.items()
        ],
        by=("number",),
    )
    items = {item.code: item for item in Item.objects.all()}
    lines = add_missing(
        CustomerOrderLine,
        [
            {
                "order": orders[number],
                "position": position,
                "item": items[item],
                "quantity": quantity,
                "unit_id": items[item].unit_id,
                "strategy": strategy,
                "unit_price": Decimal(PRICES[item]) if item in PRICES else None,
                "requested_at": morning + timedelta(days=days),
            }
            for number, (_customer, _reference, lines) in ORDERS.items()
            for position, item, quantity, strategy, days in lines
        ],
        by=("order", "position"),
    )
    add_missing(
        Requirement,
        [
            {"line": lines[orders[number].pk, position], **requirement}
            for (number, position), requirements in REQUIREMENTS.items()
            for requirement in requirements
        ],
        by=("line", "code"),
    )
