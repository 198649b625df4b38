"""All holds of all kinds, and releasing one by its rule."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from mes.accounts.access import needs
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.accounts.signing import needs_user_name
from mes.lib.errors import MesError
from orders.domain.holds import can_release_hold, release_hold
from orders.models import Hold, HoldKind, HoldPolicy
from orders.queries.holds import open_holds, policies_of, policy_of, releasers, releasers_of
from orders.views.posted import posted
from orders.views.problems import show_in
from quality.forms import ReleaseForm
from quality.views.signed import proof_from

PAGE = 50


@require_safe
@needs(Right.VIEW)
def hold_list(request: HttpRequest) -> HttpResponse:
    """What is on hold now, oldest first: why, and who releases it."""
    page = Paginator(open_holds(), PAGE).get_page(request.GET.get("page"))
    holds = list(page.object_list)
    policies = policies_of(holds)
    person = cast(User, request.user)
    who = releasers_of(policies)
    rows = [
        (
            hold,
            policies[hold.pk],
            who[hold.pk],
            releasable(hold, policies[hold.pk]) and can_release_hold(hold, policies[hold.pk], person),
        )
        for hold in holds
    ]
    return render(request, "nonconformances/holds.html", {"page": page, "rows": rows, "tab": "holds"})


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.VIEW)
def release(request: HttpRequest, pk: int) -> HttpResponse:
    """Release one: with a reason, by whoever may, signed and by two people where the rule says so."""
    hold = get_object_or_404(
        Hold.objects.select_related("order", "operation", "machine", "item", "placed_by", "asked_by"),
        pk=pk,
        lifted_at__isnull=True,
    )
    policy = policy_of(hold)
    form = ReleaseForm(posted(request))
    person = cast(User, request.user)
    may = releasable(hold, policy) and can_release_hold(hold, policy, person)
    if request.method == "POST" and may and form.is_valid():
        proof = proof_from(request, form) if policy.signature else None
        if proof is not None or not policy.signature:
            try:
                after = release_hold(hold=hold, by=person, reason=form.cleaned_data["reason"], proof=proof)
            except MesError as error:
                show_in(form, error)
            else:
                asked = _("A second person must release it now.")
                messages.success(request, asked if after.open else _("Released."))
                return redirect("holds")
    context = {
        "hold": hold,
        "policy": policy,
        "releasers": releasers(policy),
        "form": form,
        "may": may,
        "by_inspection": not releasable(hold, policy),
        "named": needs_user_name(request),
        "tab": "holds",
    }
    return render(request, "nonconformances/release.html", context, status=422 if form.errors else 200)


def releasable(hold: Hold, policy: HoldPolicy) -> bool:
    """A quality hold of an operation is released by its inspection, unless its rule wants more than that."""
    by_inspection = hold.kind == HoldKind.QUALITY and hold.operation_id is not None
    return not by_inspection or policy.needs_more
