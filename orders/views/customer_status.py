"""What a customer sees of an order by a signed link, and making and taking back such links."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from mes.accounts.access import needs
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib.errors import MesError
from orders.domain.customer_links import link_of, revoke_link, share_status
from orders.models import CustomerLink, CustomerOrder
from orders.queries.customer_status import Reason, Stage, status_of
from orders.views.problems import sentence

STAGES: dict[Stage, tuple[Promise, str]] = {
    Stage.RECEIVED: (_("received"), "inbox"),
    Stage.PLANNED: (_("planned"), "calendar3"),
    Stage.IN_PRODUCTION: (_("in production"), "gear"),
    Stage.MADE: (_("made"), "check2-circle"),
    Stage.CANCELLED: (_("cancelled"), "x-circle"),
}
REASONS: dict[Reason, Promise] = {
    Reason.QUANTITY: _("the quantity was changed"),
    Reason.DATES: _("the dates were changed"),
    Reason.CANCELLED: _("it was cancelled"),
}


@require_safe
def customer_status(request: HttpRequest, token: str) -> HttpResponse:
    """Open to whoever has the link; a wrong, expired or taken back one says only that it doesn't hold."""
    link = link_of(token)
    if link is None:
        answer = render(request, "orders/customer_status.html", {"number": ""}, status=404)
    else:
        lines = [
            {
                "line": line,
                "stage": STAGES[line.stage][0],
                "icon": STAGES[line.stage][1],
                "reason": REASONS[line.reason] if line.reason else "",
            }
            for line in status_of(link.order)
        ]
        shown = {
            "number": link.order.number,
            "reference": link.order.customer_reference,
            "lines": lines,
            "expires": link.expires_at,
        }
        answer = render(request, "orders/customer_status.html", shown)
    answer["Cache-Control"] = "no-store"
    answer["Referrer-Policy"] = "no-referrer"
    answer["X-Robots-Tag"] = "noindex"
    return answer


@require_POST
@needs(Right.PLAN)
def share(request: HttpRequest) -> HttpResponse:
    order = get_object_or_404(CustomerOrder, number=request.POST.get("number", ""))
    share_status(order=order, by=cast(User, request.user))
    return redirect("customer-order", order.number)


@require_POST
@needs(Right.PLAN)
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    link = get_object_or_404(CustomerLink.objects.select_related("order"), pk=pk)
    try:
        revoke_link(link=link, by=cast(User, request.user))
    except MesError as error:
        messages.error(request, sentence(error))
    return redirect("customer-order", link.order.number)
