"""Tracing a lot both ways: the picture, each step as it was, and the same as CSV, PDF and EPCIS events."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from mes.accounts.access import needs
from mes.accounts.roles import Right
from mes.lib import pdf
from mes.lib.downloads import name_as_file
from mes.lib.sheets import Cell, csv_response
from orders.models import HandlingUnitContent, Lot, ShippedLot
from quality.domain import epcis
from quality.queries.trace import Direction, Edge, Step, facts_of, levels, lots_reached, steps_of, walk
from quality.views.trace_picture import draw

STEPS = (1, 3, 10)
IN_PICTURE = 120
IN_FILE = 20000
COLUMNS = (
    "time",
    "from_item",
    "from_lot",
    "supplier",
    "supplier_lot",
    "quantity",
    "unit",
    "into_item",
    "into_lot",
    "order",
    "operation",
    "machine",
    "machine_state",
    "program",
    "tool",
    "people",
    "inspection",
)
"""The head of the CSV file: names for programs, the same in every language."""


@dataclass(frozen=True, slots=True)
class Trace:
    """A lot with all before and after it, as far as ``columns`` go; ``left_out`` lots are further away."""

    lot: Lot
    edges: list[Edge]
    columns: dict[int, int]
    left_out: int


def trace_of(lot: Lot, *, steps: int | None = None, most: int | None = None) -> Trace:
    """The trace of a lot, at most ``steps`` steps each way and ``most`` lots, the nearest first."""
    back, on = walk([lot.pk], Direction.BACKWARD), walk([lot.pk], Direction.FORWARD)
    columns = {one: -far for one, far in levels([lot.pk], back, Direction.BACKWARD).items()}
    columns |= levels([lot.pk], on, Direction.FORWARD)
    near = sorted(columns, key=lambda one: (abs(columns[one]), one))
    kept = [one for one in near if steps is None or abs(columns[one]) <= steps][:most]
    chosen = set(kept)
    edges = list({(edge.parent, edge.child): edge for edge in (*back, *on)}.values())
    return Trace(
        lot,
        [edge for edge in edges if edge.parent in chosen and edge.child in chosen],
        {one: columns[one] for one in kept},
        len(near) - len(kept),
    )


def find_lots(text: str) -> QuerySet[Lot]:
    """Lots by number, supplier's lot, serial number, SSCC or order number."""
    text = text.strip()
    return (
        Lot.objects.filter(
            Q(number__iexact=text)
            | Q(supplier_lot__iexact=text)
            | Q(units__unit__sscc=text)
            | Q(order__number=text)
        )
        .select_related("item", "order")
        .distinct()
    )


@require_safe
@needs(Right.VIEW)
def trace_page(request: HttpRequest) -> HttpResponse:
    """Find a lot to trace."""
    text = request.GET.get("q", "").strip()
    found = list(find_lots(text)[:50]) if text else []
    if len(found) == 1:
        return redirect("trace-lot", found[0].pk)
    latest = [] if text else Lot.objects.filter(order__isnull=False).select_related("item", "order")[:15]
    return render(
        request, "quality/trace_find.html", {"q": text, "found": found, "latest": latest, "tab": "trace"}
    )


@require_safe
@needs(Right.VIEW)
def trace_lot(request: HttpRequest, pk: int) -> HttpResponse:
    lot = _lot(pk)
    asked = request.GET.get("steps", "3")
    steps = int(asked) if asked.isdigit() else None
    trace = trace_of(lot, steps=steps, most=IN_PICTURE)
    facts = facts_of(lots_reached(trace.columns, ()))
    context: dict[str, Any] = {
        "lot": lot,
        "facts": facts[lot.pk],
        "picture": draw(facts=facts, edges=trace.edges, columns=trace.columns, chosen=lot.pk),
        "steps": steps_of(trace.edges),
        "shown": steps,
        "choices": STEPS,
        "left_out": trace.left_out,
        "tab": "trace",
    }
    return render(request, "quality/trace.html", context)


@require_safe
@needs(Right.VIEW)
def trace_csv(_request: HttpRequest, pk: int) -> HttpResponse:
    lot = _lot(pk)
    return csv_response(f"trace-{lot.pk}", COLUMNS, (_cells(step) for step in _all_steps(lot)))


@require_safe
@needs(Right.VIEW)
def trace_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    lot = _lot(pk)
    head = (_("When"), _("From lot"), _("Item"), _("Quantity"), _("Into lot"), _("Machine"), _("People"))
    rows = [
        (
            f"{step.link.occurred_at:%Y-%m-%d %H:%M}",
            _with_supplier(step),
            step.link.parent.item.code,
            f"{step.link.quantity.normalize():f} {step.link.parent.item.unit.symbol}",
            step.link.child.number,
            " · ".join(filter(None, (_machine(step), step.state, step.program))),
            ", ".join(step.people),
        )
        for step in _all_steps(lot)
    ]
    parts = [
        pdf.facts(
            [
                (_("Lot"), lot.number),
                (_("Item"), str(lot.item)),
                (_("Supplier's lot"), lot.supplier_lot),
                (_("Made by order"), lot.order.number if lot.order else ""),
            ]
        ),
        pdf.table(head, rows, numbers=(3,)),
    ]
    footer = _("Printed by %(who)s, %(when)s UTC") % {
        "who": request.user,
        "when": f"{timezone.now():%Y-%m-%d %H:%M}",
    }
    content = pdf.build(
        title=_("Trace of lot %s") % lot.number, subtitle=str(lot.item), parts=parts, footer=footer, wide=True
    )
    return HttpResponse(content, content_type="application/pdf")


@require_safe
@needs(Right.VIEW)
def trace_epcis(_request: HttpRequest, pk: int) -> HttpResponse:
    """The trace as an EPCIS 2.0 document."""
    lot = _lot(pk)
    trace = trace_of(lot, most=IN_FILE)
    lots = [facts.lot for facts in facts_of(set(trace.columns)).values()]
    numbers = [one.pk for one in lots]
    shipped = ShippedLot.objects.filter(lot__any=numbers).select_related("shipment", "lot__item__unit")
    packed = HandlingUnitContent.objects.filter(lot__any=numbers).select_related("unit", "lot__item__unit")
    links = [step.link for step in steps_of(trace.edges, most=IN_FILE)]
    events = [
        *epcis.receipts(lots),
        *epcis.transformations(links),
        *epcis.packings(packed),
        *epcis.shipments(shipped),
    ]
    document = epcis.document(events=events, created=timezone.now())
    return name_as_file(JsonResponse(document, content_type="application/ld+json"), f"epcis-{lot.pk}.jsonld")


def _lot(pk: int) -> Lot:
    return get_object_or_404(Lot.objects.select_related("item__unit", "order"), pk=pk)


def _all_steps(lot: Lot) -> list[Step]:
    return steps_of(trace_of(lot, most=IN_FILE).edges, most=IN_FILE)


def _with_supplier(step: Step) -> str:
    parent = step.link.parent
    return f"{parent.number} ({parent.supplier_lot})" if parent.supplier_lot else parent.number


def _machine(step: Step) -> str:
    return step.link.machine.code if step.link.machine else ""


def _cells(step: Step) -> list[Cell]:
    link, operation = step.link, step.link.operation
    return [
        link.occurred_at.isoformat(),
        link.parent.item.code,
        link.parent.number,
        link.parent.supplier,
        link.parent.supplier_lot,
        link.quantity,
        link.parent.item.unit.code,
        link.child.item.code,
        link.child.number,
        operation.order.number if operation else "",
        operation.number if operation else "",
        _machine(step),
        step.state,
        step.program,
        operation.tool.code if operation and operation.tool else "",
        ", ".join(step.people),
        step.verdict,
    ]
