"""What a scanned or typed number means at a machine."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.db.models import QuerySet

from machines.models import Machine, StopReason
from mes.lib import gs1
from orders.enums import OperationState
from orders.models import Lot, Operation, Run
from orders.queries.queue import operations_for

_PARTS = re.compile(r"[\s/\-_.;|]+")


def operations_by_scan(machine: Machine, text: str) -> list[Operation]:
    """Operations at this machine that ``text`` names: a confirmation number, an order number, or an order and
    operation number with a separator between them. Open ones before finished ones."""
    text = text.strip()
    if not text:
        return []
    here = operations_for(machine).exclude(state=OperationState.CANCELLED)
    for found in (
        here.filter(confirmation_number=text),
        _by_order_and_number(here, text),
        here.filter(order__number=text),
        here.filter(order__number__endswith=text) if len(text) >= 4 else here.none(),
    ):
        if operations := list(found.order_by("order__number", "position")[:20]):
            return sorted(operations, key=lambda operation: operation.state == OperationState.FINISHED)
    return []


def _by_order_and_number(here: QuerySet[Operation], text: str) -> QuerySet[Operation]:
    parts = _PARTS.split(text)
    if len(parts) < 2:
        return here.none()
    order, number = text[: -len(parts[-1])].rstrip(" /-_.;|"), parts[-1]
    numbers = {number, number.lstrip("0"), number.zfill(4)}
    return here.filter(order__number=order, number__in=numbers)


def reason_by_scan(machine: Machine, text: str) -> StopReason | None:
    """The stop reason whose code ``text`` is, in any case, with or without ``STOP:`` before it."""
    code = text.strip().upper().removeprefix("STOP:").strip()
    usable = StopReason.objects.filter(plant=machine.plant_id, active=True, children__isnull=True)
    return usable.filter(code__iexact=code).first() if code else None


def lot_by_scan(machine: Machine, text: str) -> Lot | None:
    """The lot whose label says ``text``, with or without ``LOT:`` before it, or in a GS1 code: one that is
    needed by what runs here before others of the same number."""
    number = text.strip()
    number = number[4:].strip() if number.upper().startswith("LOT:") else number
    lots = Lot.objects.filter(number=number) if number else Lot.objects.none()
    if (code := gs1.read(text)) is not None:
        lots = _lots_of_code(code)
    found = list(lots.order_by("-made_at", "-pk")[:20])
    running = Run.objects.filter(machine=machine, ended_at__isnull=True)
    needed = set(running.values_list("operation__order__components__item", flat=True))
    return next((lot for lot in found if lot.item_id in needed), found[0] if found else None)


def _lots_of_code(code: Mapping[str, str]) -> QuerySet[Lot]:
    """By serial number, by batch, or what lies alone in a handling unit; of the item that the code names."""
    if sscc := code.get("00"):
        return Lot.objects.filter(units__unit__sscc=sscc)
    number = code.get("21") or code.get("93") or code.get("10") or code.get("92")
    lots = Lot.objects.filter(number=number) if number else Lot.objects.none()
    if gtin := code.get("01"):
        lots = lots.filter(item__gtin__in=[gtin, *(gtin[14 - size :] for size in (8, 12, 13))])
    if item := code.get("91"):
        lots = lots.filter(item__code=item)
    return lots
