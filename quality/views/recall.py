"""Recalls: what would be concerned, setting all holds in one go, and the printed record."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, tzinfo
from decimal import Decimal
from itertools import chain
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe
from reportlab.platypus import Flowable

from mes.accounts.access import needs
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib import pdf
from mes.lib.downloads import download
from mes.lib.errors import MesError
from mes.lib.sheets import Cell, csv_response
from mes.lib.templatetags import quantity
from orders.models import ShippedLot
from orders.views.posted import posted
from orders.views.problems import show_in
from quality.domain.recall import affected_lots, start_recall
from quality.forms import RecallForm
from quality.models import Recall, RecallLot
from quality.queries.recall import delivered, kept_without_lot, lying, shipped_without_lot
from quality.queries.trace import facts_of

SHOWN = 300
MOST_PRINTED = 1000
"""Printing 28,000 lots takes minutes and 900 pages."""
WITHOUT_LOT = gettext_lazy(
    "While lots of this recall were there, this had no lot. The trace doesn't lead to it: pieces of them may "
    "be among it, and it is not on hold."
)
SCOPE = {
    "lot": gettext_lazy("Lot"),
    "machine": gettext_lazy("Machine"),
    "tool": gettext_lazy("Tool"),
    "gauge": gettext_lazy("Gauge"),
    "from": gettext_lazy("From"),
    "to": gettext_lazy("To"),
}
COLUMNS = ("lot", "item", "order", "in_stock", "shipped", "customer", "shipment", "shipped_at")


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.VIEW)
def recalls_page(request: HttpRequest) -> HttpResponse:
    """All recalls, and what a new one would concern before it is started."""
    may = request.user.may(Right.INSPECT)  # type: ignore[union-attr]
    if request.method == "POST" and not may:
        raise PermissionDenied
    asked = "kind" in request.GET
    data = posted(request) or (request.GET if asked else None)
    form = RecallForm(data, initial={"key": uuid.uuid4()})
    context: dict[str, Any] = {
        "form": form,
        "tab": "recall",
        "recalls": Recall.objects.select_related("by", "plant")[:30],
    }
    if data is not None and form.is_valid():
        try:
            scope = form.scope()
            if request.method == "POST":
                said = form.cleaned_data
                recall = start_recall(
                    scope=scope,
                    plant=said["plant"],
                    reason=said["reason"],
                    by=cast(User, request.user),
                    key=said["key"] or uuid.uuid4(),
                )
                messages.success(request, _("Recall %s: all lots are on hold.") % recall.number)
                return redirect("recall", recall.pk)
            lots = affected_lots(scope)
            context |= {
                "facts": _listed(lots),
                "count": len(lots),
                "left_out": max(len(lots) - SHOWN, 0),
                **_sums(lots),
                "asked": True,
            }
        except MesError as error:
            show_in(form, error)
    return render(request, "quality/recalls.html", context | {"may": may})


def _sums(lots: Collection[int]) -> dict[str, Any]:
    """Where these lots are, and what left without a lot while they were there."""
    shipped = shipped_without_lot(lots)
    by_item: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for one in shipped:
        by_item[one.item, one.unit] += one.quantity
    return {
        "customers": delivered(lots),
        "places": lying(lots),
        "shipped_without_lot": shipped[:SHOWN],
        "without_lot_more": max(len(shipped) - SHOWN, 0),
        "kept_without_lot": kept_without_lot(lots),
        "note_without_lot": WITHOUT_LOT,
        "sums_without_lot": [(item, unit, quantity) for (item, unit), quantity in by_item.items()],
    }


def _listed(lots: set[int]) -> list[Any]:
    return [facts for _pk, facts in sorted(facts_of(sorted(lots)[:SHOWN]).items())]


@require_safe
@needs(Right.VIEW)
def recall_page(request: HttpRequest, pk: int) -> HttpResponse:
    recall = _recall(pk)
    rows, shipped = _content(recall)
    lots = list(recall.lots.values_list("lot", flat=True))
    first = list(rows[:SHOWN])
    facts = facts_of([row.lot_id for row in first])
    context = {
        "recall": recall,
        "scope": _scope_words(recall),
        "rows": [(row, facts[row.lot_id]) for row in first],
        "count": len(lots),
        "left_out": max(len(lots) - SHOWN, 0),
        **_sums(lots),
        "shipped": shipped[:SHOWN],
        "tab": "recall",
    }
    return render(request, "quality/recall.html", context)


@require_safe
@needs(Right.VIEW)
def recall_csv(_request: HttpRequest, pk: int) -> HttpResponse:
    recall = _recall(pk)
    rows, shipped = _content(recall)
    lots = list(recall.lots.values_list("lot", flat=True))
    cells = chain(_cells(rows, shipped), _cells_without_lot(lots))
    return csv_response(f"recall-{recall.number}", COLUMNS, cells)


def _cells(rows: Iterable[RecallLot], shipped: Iterable[ShippedLot]) -> Iterator[list[Cell]]:
    """One line for each shipment of a lot, and one for a lot that was never shipped."""
    by_lot: dict[int | None, list[ShippedLot]] = {}
    for one in shipped:
        by_lot.setdefault(one.lot_id, []).append(one)
    for row in rows:
        lot = row.lot
        start: list[Cell] = [lot.number, lot.item.code, lot.order.number if lot.order else "", row.in_stock]
        for one in by_lot.get(lot.pk, []):
            shipment = one.shipment
            customer = shipment.line.order.customer.name
            yield [*start, one.quantity, customer, shipment.number, shipment.shipped_at.isoformat()]
        if lot.pk not in by_lot:
            yield [*start, 0, "", "", ""]


def _cells_without_lot(lots: Collection[int]) -> Iterator[list[Cell]]:
    """A line without a lot for what left, and for what lies, without one."""
    for one in shipped_without_lot(lots):
        yield ["", one.item, "", "", one.quantity, one.customer, one.number, one.at.isoformat()]
    for row in kept_without_lot(lots):
        if row.lying:
            yield ["", row.item, "", row.lying, 0, "", "", ""]


@require_safe
@needs(Right.VIEW)
def recall_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """The record to print: who, when, why, the sums of all customers and places, and the lots, those with
    customers and in stock first, at most ``MOST_PRINTED``."""
    recall = _recall(pk)
    rows, shipped = _content(recall)
    lots = list(recall.lots.values_list("lot", flat=True))
    printed = list(rows.order_by("-origin", "-shipped", "-in_stock", "pk")[:MOST_PRINTED])
    facts = facts_of([row.lot_id for row in printed])
    gone = list(shipped[: MOST_PRINTED + 1])
    zone = recall.plant.zone
    parts = [
        pdf.facts(
            [
                (_("Recall"), recall.number),
                (_("Reason"), recall.reason),
                (_("Starts from"), ", ".join(_scope_words(recall))),
                (_("Started by"), str(recall.by)),
                (_("Started at"), f"{timezone.localtime(recall.at, zone):%Y-%m-%d %H:%M:%S %Z}"),
                (_("Lots concerned"), len(lots)),
            ]
        ),
        pdf.heading(_("Customers")),
        pdf.table(
            (_("Customer"), _("Item"), _("Quantity"), _("Unit"), _("Lots"), _("Shipments")),
            [
                (one.customer, one.item, f"{one.quantity.normalize():f}", one.unit, one.lots, one.shipments)
                for one in delivered(lots)
            ],
            numbers=(2, 4, 5),
        ),
        pdf.heading(_("Where it lies now")),
        pdf.table(
            (_("Plant"), _("Place"), _("Item"), _("Quantity"), _("Unit"), _("Lots")),
            [
                (one.plant, one.place or "–", one.item, f"{one.quantity.normalize():f}", one.unit, one.lots)
                for one in lying(lots)
            ],
            numbers=(3, 5),
        ),
        pdf.heading(_("Shipments")),
        pdf.table(
            (_("Customer"), _("Shipment"), _("Shipped"), _("Lot"), _("Item"), _("Quantity")),
            [
                (
                    one.shipment.line.order.customer.name,
                    one.shipment.number,
                    f"{timezone.localtime(one.shipment.shipped_at, zone):%Y-%m-%d}",
                    one.lot.number if one.lot else "",
                    one.shipment.line.item.code,
                    f"{one.quantity.normalize():f}",
                )
                for one in gone[:MOST_PRINTED]
            ],
            numbers=(5,),
        ),
        *_shortened(len(gone) if len(gone) <= MOST_PRINTED else shipped.count()),
        *_printed_without_lot(lots, zone),
        pdf.heading(_("Lots")),
        pdf.table(
            (_("Lot"), _("Item"), _("Order"), _("In stock"), _("Places now"), _("Shipped"), _("Hold")),
            [
                (
                    row.lot.number,
                    row.lot.item.code,
                    row.lot.order.number if row.lot.order else "",
                    f"{row.in_stock.normalize():f}",
                    ", ".join(facts[row.lot_id].places),
                    f"{row.shipped.normalize():f}",
                    _("on hold") if facts[row.lot_id].held else _("released"),
                )
                for row in printed
            ],
            numbers=(3, 5),
        ),
        *_shortened(len(lots)),
    ]
    footer = _("Printed %(when)s by %(who)s") % {
        "who": request.user,
        "when": f"{timezone.localtime(timezone=zone):%Y-%m-%d %H:%M}",
    }
    title = _("Recall %s") % recall.number
    content = pdf.build(title=title, subtitle=recall.reason, parts=parts, footer=footer)
    return download(f"recall-{recall.number}.pdf", "application/pdf", content)


def _printed_without_lot(lots: Collection[int], zone: tzinfo) -> list[Flowable]:
    shipped, kept = shipped_without_lot(lots), kept_without_lot(lots)
    if not shipped and not kept:
        return []
    return [
        pdf.heading(_("Without a lot")),
        pdf.paragraph(str(WITHOUT_LOT), soft=True),
        pdf.table(
            (_("Customer"), _("Shipment"), _("Shipped"), _("Customer order"), _("Item"), _("Quantity")),
            [
                (
                    one.customer,
                    one.number,
                    f"{timezone.localtime(one.at, zone):%Y-%m-%d}",
                    one.order,
                    one.item,
                    f"{one.quantity.normalize():f}",
                )
                for one in shipped[:MOST_PRINTED]
            ],
            numbers=(5,),
        ),
        *_shortened(len(shipped)),
        pdf.table(
            (_("Plant"), _("Item"), _("Used by orders then"), _("Lies there now"), _("Unit")),
            [
                (one.plant, one.item, f"{one.used.normalize():f}", f"{one.lying.normalize():f}", one.unit)
                for one in kept
            ],
            numbers=(2, 3),
        ),
    ]


def _shortened(count: int) -> list[Flowable]:
    """Says below a table that there are more; nothing where all are printed."""
    if count <= MOST_PRINTED:
        return []
    text = _("The first %(printed)s of %(count)s. All of them are in this recall's CSV file.")
    return [pdf.paragraph(text % {"printed": quantity(MOST_PRINTED), "count": quantity(count)}, soft=True)]


def _scope_words(recall: Recall) -> list[str]:
    """What it starts from, times in its plant's zone."""
    words = []
    for name, label in SCOPE.items():
        if value := recall.scope.get(name):
            if name in ("from", "to"):
                value = (
                    f"{timezone.localtime(datetime.fromisoformat(value), recall.plant.zone):%Y-%m-%d %H:%M}"
                )
            words.append(f"{label} {value}")
    return words


def _recall(pk: int) -> Recall:
    return get_object_or_404(Recall.objects.select_related("by", "plant"), pk=pk)


def _content(recall: Recall) -> tuple[QuerySet[RecallLot], QuerySet[ShippedLot]]:
    rows = recall.lots.select_related("lot__item__unit", "lot__order").order_by("-origin", "pk")
    shipped = (
        ShippedLot.objects.filter(lot__in=recall.lots.values("lot"))
        .select_related("shipment__line__order__customer", "shipment__line__item__unit", "lot")
        .order_by("shipment__line__order__customer__name", "shipment__shipped_at", "pk")
    )
    return rows, shipped
