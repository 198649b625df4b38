"""What can stand on a label: the values behind the placeholders, by what the label is about."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Model, Sum
from django.utils import timezone

from machines.models import Plant
from mes.lib import gs1
from mes.lib.errors import InvalidInput
from mes.lib.fields import ZERO
from orders.domain.labels.filling import Values
from orders.domain.labels.zpl import GS1_PLACEHOLDER, gs1_field
from orders.enums import LabelSubject
from orders.models import (
    HandlingUnit,
    Item,
    Lot,
    ProductionEvent,
    ProductionOrder,
    Serial,
    Shipment,
    StockBalance,
)

MODELS: Mapping[str, type[Model]] = {
    LabelSubject.ORDER: ProductionOrder,
    LabelSubject.REPORT: ProductionEvent,
    LabelSubject.LOT: Lot,
    LabelSubject.SERIAL: Serial,
    LabelSubject.UNIT: HandlingUnit,
    LabelSubject.SHIPMENT: Shipment,
}
RELATED = {
    LabelSubject.ORDER: ("item__unit", "plant", "unit", "customer_line__order__customer"),
    LabelSubject.REPORT: (
        *("order__item__unit", "order__plant", "order__unit", "order__customer_line__order__customer"),
        *("operation", "machine", "by"),
    ),
    LabelSubject.LOT: ("item__unit", "order__plant"),
    LabelSubject.SERIAL: ("item__unit", "lot__order", "batch"),
    LabelSubject.UNIT: ("plant", "place"),
    LabelSubject.SHIPMENT: ("plant", "line__order__customer", "line__item__unit"),
}
ITEM = ("item.code", "item.name", "item.revision", "item.gtin", "item.unit")
LOT = ("lot.number", "lot.supplier", "lot.supplier_lot", "lot.expires_on", "lot.made_at", "lot.quantity")
ORDER = ("order.number", "order.quantity", "order.requested_at", "customer.name", "customer.order")
ALWAYS = ("plant.code", "plant.name", "today", "now", "scan")
NAMES: Mapping[str, tuple[str, ...]] = {
    LabelSubject.ORDER: (*ALWAYS, *ITEM, *ORDER),
    LabelSubject.REPORT: (
        *(*ALWAYS, *ITEM, *ORDER, "lot.number"),
        *("report.good", "report.at", "report.by", "report.machine", "report.operation"),
    ),
    LabelSubject.LOT: (*ALWAYS, *ITEM, *LOT, "order.number", "gs1", GS1_PLACEHOLDER),
    LabelSubject.SERIAL: (
        *(*ALWAYS, *ITEM, "serial.number", "lot.number", "order.number", "gs1"),
        GS1_PLACEHOLDER,
    ),
    LabelSubject.UNIT: (*ALWAYS, "unit.sscc", "unit.place", "unit.contents", "gs1", GS1_PLACEHOLDER),
    LabelSubject.SHIPMENT: (
        *(*ALWAYS, *ITEM, "shipment.number", "shipment.at", "shipment.quantity", "shipment.lots"),
        *("customer.name", "customer.order", "customer.reference"),
    ),
}
"""The placeholders a template may use, by what it is about."""


def subject_of(kind: str, pk: int) -> Any | None:
    """What a label is about, with all that its values need."""
    rows = MODELS[kind]._default_manager.select_related(*RELATED[LabelSubject(kind)])
    return rows.filter(pk=pk).first()


def newest_of(kind: str) -> Any | None:
    """Something to preview a template with."""
    rows = MODELS[kind]._default_manager.select_related(*RELATED[LabelSubject(kind)])
    return rows.filter(good__gt=0).last() if kind == LabelSubject.REPORT else rows.order_by("-pk").first()


def title_of(kind: str, subject: Any) -> str:
    """The name of a label's subject for people."""
    return f"{subject.order} +{_amount(subject.good)}" if kind == LabelSubject.REPORT else str(subject)


def values_of(kind: str, subject: Any, *, plant: Plant) -> Values:
    """The value of every placeholder of ``NAMES[kind]``. Times are the plant's; quantities carry their
    unit."""
    moment = timezone.localtime(timezone=plant.zone)
    common = {
        "plant.code": plant.code,
        "plant.name": plant.name,
        "today": f"{moment:%Y-%m-%d}",
        "now": f"{moment:%Y-%m-%d %H:%M}",
    }
    return common | _MAKERS[kind](subject, plant)


def _order(order: ProductionOrder, plant: Plant) -> dict[str, str]:
    line = order.customer_line
    return _item(order.item) | {
        "scan": order.number,
        "order.number": order.number,
        "order.quantity": f"{_amount(order.quantity)} {order.unit.symbol}",
        "order.requested_at": _moment(order.requested_at, plant),
        "customer.name": line.order.customer.name if line else "",
        "customer.order": str(line) if line else "",
    }


def _report(event: ProductionEvent, plant: Plant) -> dict[str, str]:
    number = Lot.objects.filter(order=event.order_id).order_by("-pk").values_list("number", flat=True).first()
    return _order(event.order, plant) | {
        "lot.number": number or "",
        "report.good": _amount(event.good),
        "report.at": _moment(event.occurred_at, plant),
        "report.by": str(event.by or ""),
        "report.machine": event.machine.code if event.machine else "",
        "report.operation": event.operation.number if event.operation else "",
    }


def _lot(lot: Lot, plant: Plant) -> dict[str, str]:
    there = StockBalance.objects.filter(plant=plant, item=lot.item_id, lot=lot.number)
    on_hand = there.aggregate(sum=Sum("on_hand"))["sum"] or ZERO
    elements = _product(lot.item) + _expiry(lot.expires_on, lot.item) + [_lot_element(lot)]
    return (
        _item(lot.item)
        | _gs1(elements)
        | {
            "scan": f"LOT:{lot.number}",
            "lot.number": lot.number,
            "lot.supplier": lot.supplier,
            "lot.supplier_lot": lot.supplier_lot,
            "lot.expires_on": _day(lot.expires_on),
            "lot.made_at": _moment(lot.made_at, plant),
            "lot.quantity": f"{_amount(on_hand)} {lot.item.unit.symbol}",
            "order.number": lot.order.number if lot.order else "",
        }
    )


def _serial(serial: Serial, _plant: Plant) -> dict[str, str]:
    identifier = "21" if serial.item.gtin else "93"
    order = serial.lot.order
    return (
        _item(serial.item)
        | _gs1([*_product(serial.item), (identifier, serial.number)])
        | {
            "scan": f"LOT:{serial.number}",
            "serial.number": serial.number,
            "lot.number": serial.batch.number if serial.batch else "",
            "order.number": order.number if order else "",
        }
    )


def _unit(unit: HandlingUnit, _plant: Plant) -> dict[str, str]:
    contents = unit.contents.select_related("lot__item__unit").order_by("pk")
    return _gs1([("00", unit.sscc)]) | {
        "scan": unit.sscc,
        "unit.sscc": unit.sscc,
        "unit.place": unit.place.code if unit.place else "",
        "unit.contents": ", ".join(
            f"{_amount(one.quantity)} {one.lot.item.unit.symbol} {one.lot.item.code} {one.lot.number}"
            for one in contents
        ),
    }


def _shipment(shipment: Shipment, plant: Plant) -> dict[str, str]:
    lots = list(shipment.lots.select_related("lot").order_by("pk"))
    unit = shipment.line.item.unit.symbol
    return _item(shipment.line.item) | {
        "scan": shipment.number,
        "shipment.number": shipment.number,
        "shipment.at": _moment(shipment.shipped_at, plant),
        "shipment.quantity": f"{_amount(sum((one.quantity for one in lots), ZERO))} {unit}",
        "shipment.lots": ", ".join(one.lot.number for one in lots if one.lot),
        "customer.name": shipment.line.order.customer.name,
        "customer.order": str(shipment.line),
        "customer.reference": shipment.line.order.customer_reference,
    }


_MAKERS: Mapping[str, Callable[[Any, Plant], dict[str, str]]] = {
    LabelSubject.ORDER: _order,
    LabelSubject.REPORT: _report,
    LabelSubject.LOT: _lot,
    LabelSubject.SERIAL: _serial,
    LabelSubject.UNIT: _unit,
    LabelSubject.SHIPMENT: _shipment,
}


def _item(item: Item) -> dict[str, str]:
    return {
        "item.code": item.code,
        "item.name": item.name,
        "item.revision": item.revision,
        "item.gtin": item.gtin,
        "item.unit": item.unit.symbol,
    }


def _product(item: Item) -> list[gs1.Element]:
    """The GTIN; without one the plant's own code as company-internal information (91)."""
    return [("01", item.gtin.zfill(14))] if item.gtin else [("91", item.code)]


def _expiry(day: date | None, item: Item) -> list[gs1.Element]:
    return [("17", f"{day:%y%m%d}")] if day and item.gtin else []


def _lot_element(lot: Lot) -> gs1.Element:
    """The batch (10), which GS1 allows beside a GTIN only; else company-internal information (92)."""
    return ("10" if lot.item.gtin else "92", lot.number)


def _gs1(elements: list[gs1.Element]) -> dict[str, str]:
    """Both ways to write a GS1 code; both empty for what GS1 can't carry, so that a template without one
    still prints."""
    text = gs1.written(elements)
    try:
        return {"gs1": text, GS1_PLACEHOLDER: gs1_field(text)}
    except InvalidInput:
        return {"gs1": "", GS1_PLACEHOLDER: ""}


def _amount(number: Decimal) -> str:
    return f"{Decimal(number).normalize():f}"


def _day(day: date | None) -> str:
    return f"{day:%Y-%m-%d}" if day else ""


def _moment(moment: datetime | None, plant: Plant) -> str:
    return f"{timezone.localtime(moment, plant.zone):%Y-%m-%d %H:%M}" if moment else ""
