"""Production runs: the batch record as page and PDF, and the golden batch with the runs after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from mes.accounts.access import needs
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib.downloads import download
from mes.lib.errors import MesError
from orders.models import Operation, ProductionOrder
from orders.views.problems import sentence
from quality.domain.batches import mark_golden
from quality.forms import GoldenForm
from quality.kpi.batch_record import batch_pdf
from quality.kpi.batches import batches_of, later_runs, name_of
from quality.models import GoldenBatch
from quality.spc.batches import YIELD, Compared

WIDTH = 300.0
AROUND = 0.6
"""How much of the band's width is shown on either side of it."""


@dataclass(frozen=True, slots=True)
class Band:
    """One compared figure as a picture: where the band lies, the golden figure and this run's."""

    name: str
    row: Compared
    left: float
    width: float
    golden: float
    value: float | None
    beyond: bool
    percent: bool


def band_of(row: Compared) -> Band:
    """Positions in a picture that is ``WIDTH`` wide; what lies further out stands at its edge."""
    spread = (row.high - row.low) or abs(row.golden) or 1.0
    start, end = row.low - AROUND * spread, row.high + AROUND * spread

    def place(value: float) -> float:
        share = (value - start) / (end - start)
        return round(WIDTH * min(max(share, 0.01), 0.99), 1)

    value = None if row.value is None else place(row.value)
    beyond = row.value is not None and not start <= row.value <= end
    left, right = place(row.low), place(row.high)
    return Band(
        name_of(row.name), row, left, right - left, place(row.golden), value, beyond, row.name == YIELD
    )


@require_safe
@needs(Right.VIEW)
def batch_record(request: HttpRequest, pk: int) -> HttpResponse:
    """Every operation of an order as a production run."""
    order = get_object_or_404(_orders(), pk=pk)
    rows = [
        {
            "batch": batch,
            "bands": [band_of(row) for row in batch.compared],
            "drifts": [(name_of(name), drift) for name, drift in batch.drifts],
            "differing": [(name_of(row.name), row) for row in batch.differing],
        }
        for batch in batches_of(order)
    ]
    context = {"order": order, "rows": rows, "form": GoldenForm(), "picture_width": WIDTH}
    return render(request, "quality/batch.html", context)


@require_safe
@needs(Right.VIEW)
def batch_record_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    order = get_object_or_404(_orders(), pk=pk)
    batches = batches_of(order)
    if not batches:
        raise Http404
    content = batch_pdf(batches, by=cast(User, request.user), now=timezone.now())
    return download(f"batch-{order.number}.pdf", "application/pdf", content)


@require_POST
@needs(Right.INSPECT)
def mark(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a finished run the golden one of its item and operation."""
    operation = get_object_or_404(Operation, pk=pk)
    form = GoldenForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Say why this run is the one to copy."))
    else:
        said: dict[str, Any] = form.cleaned_data
        try:
            mark_golden(operation=operation, by=cast(User, request.user), **said)
        except MesError as refusal:
            messages.error(request, sentence(refusal))
        else:
            messages.success(request, _("Later runs are held against this one."))
    return redirect("batch-record", operation.order_id)


@require_safe
@needs(Right.VIEW)
def golden_list(request: HttpRequest) -> HttpResponse:
    rows = (
        GoldenBatch.objects.filter(replaced_at__isnull=True)
        .select_related("item", "operation__order", "by", "plant")
        .order_by("item__code", "number")
    )
    return render(request, "quality/golden_list.html", {"rows": rows})


@require_safe
@needs(Right.VIEW)
def golden_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The runs after a golden batch, each figure in its band."""
    golden = get_object_or_404(
        GoldenBatch.objects.select_related("item", "operation__order", "by", "plant"), pk=pk
    )
    runs = [(operation, [band_of(row) for row in rows]) for operation, rows in later_runs(golden)]
    names = list(dict.fromkeys(band.name for _operation, bands in runs for band in bands))
    table = [
        (operation, [next((band for band in bands if band.name == name), None) for name in names])
        for operation, bands in runs
    ]
    context = {"golden": golden, "names": names, "table": table, "picture_width": WIDTH}
    return render(request, "quality/golden.html", context)


def _orders() -> QuerySet[ProductionOrder]:
    return ProductionOrder.objects.select_related("item", "plant", "unit", "customer_line__order__customer")
