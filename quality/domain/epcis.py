"""GS1 EPCIS 2.0 events of a trace, as JSON-LD (EPCIS 2.0, sections 7.4 and 10).

A plant without GTINs has no GS1 keys, so lots are named by private URIs (``urn:mes:lot:ITEM:NUMBER``), which
the standard allows; handling units by their SSCC.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from orders.models import GenealogyLink, HandlingUnitContent, Lot, ShippedLot

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"


def document(*, events: Iterable[dict[str, Any]], created: datetime) -> dict[str, Any]:
    """An EPCISDocument with its events in the order of time."""
    return {
        "@context": [CONTEXT],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": _moment(created),
        "epcisBody": {"eventList": sorted(events, key=lambda event: str(event["eventTime"]))},
    }


def transformations(links: Iterable[GenealogyLink]) -> list[dict[str, Any]]:
    """One TransformationEvent for what went into one lot at one time on one machine."""
    groups: dict[tuple[Any, ...], list[GenealogyLink]] = defaultdict(list)
    for link in links:
        if link.quantity > 0:
            groups[link.child_id, link.occurred_at, link.machine_id].append(link)
    return [
        _event("TransformationEvent", group[0].key.urn, group[0].occurred_at)
        | {
            "inputQuantityList": [_amount(link.parent, link.quantity) for link in group],
            "outputQuantityList": [_amount(group[0].child, None)],
            "transformationID": f"urn:mes:transformation:{group[0].child_id}",
            "bizStep": "commissioning",
            "disposition": "active",
        }
        | _place(group[0])
        for group in groups.values()
    ]


def receipts(lots: Iterable[Lot]) -> list[dict[str, Any]]:
    """One ObjectEvent for each lot that no order made: it came from a supplier."""
    return [
        _event("ObjectEvent", f"urn:mes:receipt:{lot.pk}", lot.made_at)
        | {
            "action": "OBSERVE",
            "quantityList": [_amount(lot, None)],
            "bizStep": "receiving",
            "disposition": "in_progress",
        }
        for lot in lots
        if lot.order_id is None
    ]


def shipments(rows: Iterable[ShippedLot]) -> list[dict[str, Any]]:
    """One ObjectEvent for each lot that left for a customer, with the order as business transaction.

    What was shipped without a lot is in no trace.
    """
    return [
        _event("ObjectEvent", f"urn:mes:shipped:{row.pk}", row.shipment.shipped_at)
        | {
            "action": "OBSERVE",
            "quantityList": [_amount(row.lot, row.quantity)],
            "bizStep": "shipping",
            "disposition": "in_transit",
            "bizTransactionList": [
                {"type": "desadv", "bizTransaction": f"urn:mes:shipment:{quote(row.shipment.number)}"}
            ],
        }
        for row in rows
        if row.lot is not None
    ]


def packings(contents: Iterable[HandlingUnitContent]) -> list[dict[str, Any]]:
    """One AggregationEvent for each lot in a handling unit."""
    return [
        _event("AggregationEvent", f"urn:mes:packed:{content.pk}", content.unit.packed_at)
        | {
            "action": "ADD",
            "parentID": f"https://id.gs1.org/00/{content.unit.sscc}",
            "childQuantityList": [_amount(content.lot, content.quantity)],
            "bizStep": "packing",
            "disposition": "in_progress",
        }
        for content in contents
    ]


def _event(kind: str, identity: str, at: datetime) -> dict[str, Any]:
    return {"type": kind, "eventID": identity, "eventTime": _moment(at), "eventTimeZoneOffset": "+00:00"}


def _amount(lot: Lot, quantity: Decimal | None) -> dict[str, Any]:
    named: dict[str, Any] = {"epcClass": f"urn:mes:lot:{quote(lot.item.code, safe='')}:{quote(lot.number)}"}
    if quantity is not None:
        named["quantity"] = float(quantity)
        if lot.item.unit.code != "C62":
            named["uom"] = lot.item.unit.code
    return named


def _place(link: GenealogyLink) -> dict[str, Any]:
    if link.machine is None:
        return {}
    return {"readPoint": {"id": f"urn:mes:machine:{quote(link.machine.code)}"}}


def _moment(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
