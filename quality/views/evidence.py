"""The requirements matrix of an order or a customer's order, as a page and as a PDF for the customer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from reportlab.platypus import Flowable

from mes.accounts.access import needs
from mes.accounts.roles import Right
from mes.lib import pdf
from mes.lib.downloads import download
from mes.lib.templatetags import written_day
from orders.models import CustomerOrder, OrderRequirement, ProductionOrder
from orders.queries.shipping import blocking_shipment
from quality.enums import Verdict
from quality.queries.evidence import OrderEvidence, Row, evidence_of


@require_safe
@needs(Right.VIEW)
def order_evidence(request: HttpRequest, pk: int) -> HttpResponse:
    order = get_object_or_404(_orders(), pk=pk)
    return _page(request, order.number, [order], reverse("order-evidence-pdf", args=[pk]))


@require_safe
@needs(Right.VIEW)
def customer_order_evidence(request: HttpRequest, number: str) -> HttpResponse:
    found = get_object_or_404(CustomerOrder, number=number)
    orders = list(_orders().filter(customer_line__order=found))
    return _page(request, number, orders, reverse("customer-order-evidence-pdf", args=[number]))


@require_safe
@needs(Right.VIEW)
def order_evidence_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    order = get_object_or_404(_orders(), pk=pk)
    return _pdf(request, order.number, [order])


@require_safe
@needs(Right.VIEW)
def customer_order_evidence_pdf(request: HttpRequest, number: str) -> HttpResponse:
    found = get_object_or_404(CustomerOrder, number=number)
    return _pdf(request, number, list(_orders().filter(customer_line__order=found)))


def _orders() -> QuerySet[ProductionOrder]:
    return ProductionOrder.objects.select_related(
        "item", "unit", "plant", "customer_line__order__customer"
    ).order_by("number")


def _page(request: HttpRequest, name: str, orders: Sequence[ProductionOrder], url: str) -> HttpResponse:
    lines = {order.customer_line_id for order in orders if order.customer_line_id}
    blocking = [text for texts in blocking_shipment(lines).values() for text in texts]
    context = {"name": name, "evidence": evidence_of(orders), "blocking": blocking, "pdf_url": url}
    return render(request, "quality/evidence.html", context)


def _pdf(request: HttpRequest, name: str, orders: Sequence[ProductionOrder]) -> HttpResponse:
    """For the customer: only what concerns his requirements, no names of people."""
    wanted = request.GET.get("language", translation.get_language() or "en")
    language = wanted if wanted in dict(settings.LANGUAGES) else "en"
    with translation.override(language):
        content = pdf.build(
            title=_("Requirements and their proof"),
            subtitle=name,
            footer=_printed(orders),
            parts=[part for one in evidence_of(orders) for part in _parts(one)],
            wide=True,
        )
    return download(f"requirements-{name}.pdf", "application/pdf", content)


def _printed(orders: Sequence[ProductionOrder]) -> str:
    """Now, in the plant's time."""
    zone = orders[0].plant.zone if orders else None
    return f"{timezone.localtime(timezone=zone):%Y-%m-%d %H:%M}"


def _parts(evidence: OrderEvidence) -> list[Flowable]:
    order, line = evidence.order, evidence.order.customer_line
    zone = order.plant.zone
    facts: list[tuple[str, object]] = [
        (_("Item"), f"{order.item.code} {order.item.name}"),
        (_("Quantity"), f"{number_format(order.quantity.normalize(), use_l10n=True)} {order.unit.symbol}"),
        (_("Revision"), order.revision),
    ]
    if line is not None:
        facts = [
            (_("Customer"), line.order.customer.name),
            (_("Customer order"), f"{line.order.number} / {line.position}"),
            (_("Customer's reference"), line.order.customer_reference),
            *facts,
        ]
    rows = [
        [
            row.status.requirement.code,
            row.status.requirement.text,
            wanted_of(row.status.requirement),
            row.status.requirement.operation_number or _("every operation"),
            found_of(row),
            verdict_of(row),
            written_day(timezone.localtime(latest, zone).date())
            if (latest := _latest(row)) is not None
            else "",
        ]
        for row in evidence.rows
    ]
    head = [_("Code"), _("Requirement"), _("Required"), _("Operation"), _("Found"), _("Verdict"), _("Date")]
    return [
        pdf.heading(f"{_('Order')} {order.number}"),
        pdf.facts(facts),
        pdf.table(head, rows, widths=[28, None, 42, 28, 58, 24, 24]),
    ]


def wanted_of(requirement: OrderRequirement) -> str:
    """What the customer wants, in a few words."""
    if requirement.kind == "limit":
        low, high = (
            "–" if value is None else number_format(value.normalize(), use_l10n=True)
            for value in (requirement.lower, requirement.upper)
        )
        return f"{low} … {high} {requirement.unit}".strip()
    return requirement.value or " / ".join(requirement.choices)


def found_of(row: Row) -> str:
    """The values of the checks and the numbers of the inspections."""
    values = [check.value for check in row.status.checks if check.value]
    counts = [
        _("%(name)s: %(passed)d of %(all)d within limits")
        % {"name": one.characteristic, "passed": one.passed, "all": one.passed + one.failed}
        for one in row.status.results
    ]
    return "; ".join([*values, *counts])


def verdict_of(row: Row) -> str:
    verdict = row.status.verdict
    return _("open") if verdict is None else str(Verdict(verdict).label)


def _latest(row: Row) -> datetime | None:
    return max(
        [*(check.at for check in row.status.checks), *(one.latest for one in row.status.results)],
        default=None,
    )
