"""Corrective and preventive actions: the list, opening one, and its way to the check of its effect."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from mes.accounts.access import needs
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.accounts.signing import needs_user_name, signatures_of
from mes.lib.errors import MesError
from orders.views.posted import posted
from orders.views.problems import show_in
from quality.domain.actions import (
    FINDINGS,
    cancel_action,
    check_effect,
    finish_action,
    may_work_on,
    open_action,
    record_findings,
)
from quality.domain.transitions import ACTION
from quality.enums import ActionKind, ActionState
from quality.forms import ActionForm, DoneForm, EffectForm, FindingsForm, ReasonForm
from quality.models import CorrectiveAction, Nonconformance
from quality.queries.nonconformances import listed_actions, overdue_actions
from quality.views.signed import proof_from

PAGE = 50


@require_safe
@needs(Right.VIEW)
def action_list(request: HttpRequest) -> HttpResponse:
    """Actions, those due first; the overdue ones are marked."""
    state = request.GET.get("state", "")
    if state not in ("", "all", "overdue", *ActionState.values):
        raise Http404
    today = timezone.localdate()
    late = set(overdue_actions(today).values_list("pk", flat=True))
    rows = (
        listed_actions(state="all").filter(pk__in=late) if state == "overdue" else listed_actions(state=state)
    )
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "state": state,
        "states": ActionState.choices,
        "late": late,
        "number_late": len(late),
        "tab": "actions",
    }
    return render(request, "nonconformances/actions.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.INSPECT)
def new(request: HttpRequest) -> HttpResponse:
    """Open an action, for a nonconformance (``nonconformance``) or for itself."""
    number = request.GET.get("nonconformance", "")
    row = None
    if number:
        rows = Nonconformance.objects.select_related("plant", "defect")
        row = get_object_or_404(rows, pk=int(number) if number.isdecimal() and len(number) < 19 else 0)
    initial: dict[str, Any] = {"kind": ActionKind.CORRECTIVE, "owner": request.user.pk}
    if row is not None:
        initial["plant"] = row.plant_id
    form = ActionForm(posted(request), initial=initial)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            action = open_action(
                plant=said["plant"],
                kind=ActionKind(said["kind"]),
                title=said["title"],
                owner=said["owner"],
                due_on=said["due_on"],
                by=cast(User, request.user),
                key=said["key"],
                nonconformances=[row] if row else [],
            )
        except MesError as error:
            show_in(form, error)
        else:
            return redirect("action", action.pk)
    context = {"form": form, "row": row, "tab": "actions"}
    return render(request, "nonconformances/new_action.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.VIEW)
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One action with why it happened, what was done, and the signed check of its effect."""
    rows = CorrectiveAction.objects.select_related("plant", "owner", "checked_by", "created_by")
    action = get_object_or_404(rows, pk=pk)
    person = cast(User, request.user)
    forms = _forms(request, action)
    if request.method == "POST":
        if not may_work_on(action, person):
            raise PermissionDenied
        if _act(request, action, forms):
            return redirect("action", action.pk)
    steps = ACTION[ActionState(action.state)]
    works = may_work_on(action, person)
    context = {
        "action": action,
        "signatures": signatures_of(CorrectiveAction, [action])[action.pk],
        "nonconformances": action.nonconformances.select_related("defect").order_by("pk"),
        "overdue": overdue_actions(timezone.localdate()).filter(pk=action.pk).exists(),
        "may_find": works and "do" in steps,
        "may_finish": works and "do" in steps,
        "may_check": "check" in steps and person.may(Right.INSPECT) and person.pk != action.owner_id,
        "may_cancel": "cancel" in steps and person.may(Right.INSPECT),
        "named": needs_user_name(request),
        "tab": "actions",
        **forms,
    }
    wrong = any(form.errors for form in forms.values())
    return render(request, "nonconformances/action.html", context, status=422 if wrong else 200)


def _forms(request: HttpRequest, action: CorrectiveAction) -> dict[str, Any]:
    asked = request.POST.get("action", "") if request.method == "POST" else ""

    def data(name: str) -> Any:
        return posted(request) if asked == name else None

    return {
        "findings_form": FindingsForm(data("findings"), instance=action),
        "done_form": DoneForm(data("done"), auto_id="done_%s"),
        "effect_form": EffectForm(data("effect"), auto_id="effect_%s"),
        "cancel_form": ReasonForm(data("cancel"), auto_id="cancel_%s"),
    }


def _act(request: HttpRequest, action: CorrectiveAction, forms: dict[str, Any]) -> bool:
    """Do what was posted; True when the page is to be shown anew."""
    person = cast(User, request.user)
    name = request.POST.get("action", "")
    form = forms.get(f"{name}_form")
    if form is None:
        raise Http404
    if not form.is_valid():
        return False
    said = form.cleaned_data
    try:
        match name:
            case "findings":
                found = {key: said[key] for key in FINDINGS}
                record_findings(action=action, findings=found, by=person)
            case "done":
                finish_action(action=action, done=said["done"], check_on=said["check_on"], by=person)
            case "cancel":
                cancel_action(action=action, reason=said["reason"], by=person)
            case _:
                proof = proof_from(request, form)
                if proof is None:
                    return False
                effective = said["effective"] == "yes"
                check_effect(
                    action=action, effective=effective, effect=said["effect"], by=person, proof=proof
                )
    except MesError as error:
        show_in(form, error)
        return False
    messages.success(request, _("Saved."))
    return True
