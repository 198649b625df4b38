"""Keeping a partner's word on what it has booked: asked, told, or found in what it sends."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils import timezone

from integrations.domain.connectors import ErpTotal
from integrations.enums import TotalSource
from integrations.models import Connection, InboundMessage, StatedTotal
from orders.domain.documents import OrderDocument
from orders.models import ProductionOrder

LARGEST = Decimal(10) ** 12
CONFIRMED = {"good": "LMNGA", "scrap": "XMNGA", "rework": "RMNGA"}
"""What SAP's order download says it has confirmed of an operation (LOIPRO, E1AFVOL and E1AFVOL2)."""


def take_totals(
    totals: Iterable[ErpTotal],
    *,
    connection: Connection,
    source: TotalSource,
    stated_at: datetime,
    message: InboundMessage | None = None,
) -> int:
    """Keep them as facts, under the order's number here where leading zeros are all that differs."""
    totals = list(totals)
    if not totals:
        return 0
    known = _known_numbers({total.order for total in totals}, connection)
    made = StatedTotal.objects.bulk_create(
        [
            StatedTotal(
                connection=connection,
                order_number=known.get(total.order, total.order)[:40],
                operation_number=total.operation[:20],
                source=source,
                good=total.good,
                scrap=total.scrap,
                rework=total.rework,
                setup_seconds=total.setup_seconds,
                run_seconds=total.run_seconds,
                stated_at=min(total.stated_at or stated_at, timezone.now()),
                message=message,
            )
            for total in totals
        ],
        batch_size=1000,
    )
    return len(made)


def totals_in(documents: Iterable[OrderDocument]) -> list[ErpTotal]:
    """What the sender of orders has booked of them, where its documents say so."""
    found = []
    for document in documents:
        for line in document.operations or ():
            amounts = {name: _amount(line.raw, field) for name, field in CONFIRMED.items()}
            if amounts["good"] is not None:
                found.append(
                    ErpTotal(
                        document.number, line.number, amounts["good"], amounts["scrap"], amounts["rework"]
                    )
                )
    return found


def _amount(raw: Mapping[str, Any], name: str) -> Decimal | None:
    """A field of what was kept verbatim, at any depth of nesting by segment; None when it isn't there."""
    text = str(raw.get(name, "")).strip()
    if not text:
        return None
    sign = -1 if text.endswith("-") else 1
    try:
        value = Decimal(text.rstrip("-").strip()) * sign
    except InvalidOperation:
        return None
    return value.quantize(Decimal("0.001")) if value.is_finite() and abs(value) < LARGEST else None


def plain(number: str) -> str:
    """A number without leading zeros, as which systems compare."""
    return number.strip().lstrip("0") or number


def _known_numbers(numbers: set[str], connection: Connection) -> dict[str, str]:
    """The orders' numbers here by the partner's, exactly or but for leading zeros."""
    wanted = numbers | {plain(number) for number in numbers}
    here = set(
        ProductionOrder.objects.filter(plant=connection.plant_id, number__in=wanted).values_list(
            "number", flat=True
        )
    )
    return {
        number: number if number in here else plain(number)
        for number in numbers
        if number in here or plain(number) in here
    }
