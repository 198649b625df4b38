"""Reviewing the audit trail: by person, day and kind; exported; signed for."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from mes.accounts.access import needs
from mes.accounts.models import Signature, SigningFailure, User
from mes.accounts.roles import Right
from mes.accounts.signing import needs_user_name, signatures_of
from mes.lib.downloads import name_as_file
from mes.lib.errors import MesError
from mes.lib.sheets import csv_response
from orders.views.posted import posted
from orders.views.problems import show_in
from quality.domain.audit import review_trail
from quality.forms import ReviewForm, TrailForm
from quality.models import AuditReview
from quality.queries.audit import MOST, Trail, head_digest, seal_heads
from quality.views.signed import proof_from

PAGE = 100
KINDS = ("", "changes", "corrections", "omissions", "signatures")


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.INSPECT)
def review(request: HttpRequest) -> HttpResponse:
    """The trail as filtered, and a signature for having looked through it."""
    filters = TrailForm(request.GET or None)
    criteria = filters.criteria()
    what = request.GET.get("what", "")
    what = what if what in KINDS else ""
    entries = Trail(criteria, what=what)
    form = ReviewForm(posted(request))
    if request.method == "POST" and form.is_valid():
        proof = proof_from(request, form)
        if proof is not None:
            try:
                review_trail(
                    criteria={key: str(value) for key, value in request.GET.items() if value},
                    since=criteria.since,
                    until=criteria.until,
                    changes=len(entries),
                    comment=form.cleaned_data["comment"],
                    by=cast(User, request.user),
                    key=form.cleaned_data["key"],
                    proof=proof,
                )
            except MesError as error:
                show_in(form, error)
            else:
                messages.success(request, _("Reviewed and signed."))
                return redirect(f"{request.path}?{request.GET.urlencode()}")
    reviews = list(AuditReview.objects.select_related("by").order_by("-pk")[:10])
    signed = signatures_of(AuditReview, reviews)
    heads = seal_heads()
    context = {
        "filters": filters,
        "what": what,
        "page": Paginator(entries, PAGE).get_page(request.GET.get("page")),
        "full": len(entries) >= MOST,
        "most": MOST,
        "form": form,
        "named": needs_user_name(request),
        "reviews": [(one, signed[one.pk]) for one in reviews],
        "head": head_digest(heads),
        "heads": heads,
        "failures": SigningFailure.objects.select_related("by").order_by("-pk")[:10],
        "signatures": Signature.objects.count(),
        "tab": "audit",
    }
    return render(request, "nonconformances/audit.html", context, status=422 if form.errors else 200)


@require_safe
@needs(Right.INSPECT)
def export(request: HttpRequest) -> HttpResponse:
    """The same entries as a CSV file; no cell starts a formula."""
    what = request.GET.get("what", "")
    entries = Trail(TrailForm(request.GET or None).criteria(), what=what if what in KINDS else "")[:]
    headers = [_("When (UTC)"), _("Who"), _("Kind"), _("Name"), _("What"), _("Details")]
    rows = (
        [entry.at.isoformat(), entry.who, entry.kind, entry.name, entry.action, entry.details]
        for entry in entries
    )
    return csv_response("audit-trail", headers, rows)


@require_safe
@needs(Right.INSPECT)
def head(_request: HttpRequest) -> HttpResponse:
    """The newest seals, for somebody outside to keep: ``manage.py audit verify --head`` compares them."""
    heads = seal_heads()
    content = {"digest": head_digest(heads), "tables": {one.table: one.digest for one in heads}}
    return name_as_file(JsonResponse(content, json_dumps_params={"indent": 2}), "audit-head.json")
