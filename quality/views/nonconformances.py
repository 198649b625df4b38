"""Nonconformances in the office: the list, raising one, and deciding about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from machines.models import Machine, Plant
from mes.accounts.access import needs
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.accounts.signing import needs_user_name, signatures_of
from mes.lib.errors import InvalidInput, MesError, Problem
from orders.forms.terminal import moment_of
from orders.models import Item, Lot, Operation, ProductionEvent, ProductionOrder
from orders.queries.holds import policies_of
from orders.views.posted import posted
from orders.views.problems import show_in
from quality.domain.nonconformances import (
    HELD,
    can_contain,
    cancel_nonconformance,
    close_nonconformance,
    contain,
    dispose,
    holds_of,
    open_quantity,
    open_work,
    raise_nonconformance,
)
from quality.domain.subjects import (
    Subject,
    subject_of_cycle,
    subject_of_event,
    subject_of_inspection,
    subject_of_lot,
    subject_of_result,
    subject_of_stop,
    usual_quantity,
)
from quality.domain.transitions import NONCONFORMANCE
from quality.enums import DispositionKind, NonconformanceState
from quality.forms import ClosingForm, DispositionForm, NonconformanceForm, ReasonForm, SigningForm
from quality.models import Disposition, Inspection, InspectionResult, Nonconformance
from quality.queries.nonconformances import holds_beside, listed_nonconformances, waiting
from quality.queries.repairs import repairs_of
from quality.views.signed import proof_from

PAGE = 50


@require_safe
@needs(Right.VIEW)
def nonconformance_list(request: HttpRequest) -> HttpResponse:
    """What doesn't conform, newest first; without a choice, what isn't over."""
    state, text = request.GET.get("state", ""), request.GET.get("q", "").strip()
    if state not in ("", "all", *NonconformanceState.values):
        raise Http404
    page = Paginator(listed_nonconformances(state=state, text=text), PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "state": state,
        "text": text,
        "states": NonconformanceState.choices,
        "tab": "list",
    }
    return render(request, "nonconformances/list.html", context)


@require_safe
@needs(Right.VIEW)
def count(request: HttpRequest) -> HttpResponse:
    """The badge of the menu: undecided ones, and one's own overdue actions."""
    number = waiting(timezone.localdate(), cast(User, request.user).pk)
    return render(request, "nonconformances/_count.html", {"number": number})


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.VIEW)
def new(request: HttpRequest) -> HttpResponse:
    """Raise one: about a report (``event``), an inspection, an order, or whatever is typed."""
    subject = subject_in(request.GET)
    fixed = subject != Subject()
    initial = {"quantity": _plain(usual_quantity(subject))}
    form = NonconformanceForm(
        posted(request),
        request.FILES or None,
        initial=initial,
        plant=subject.place() if fixed else None,
        fixed=fixed,
    )
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            row = raise_nonconformance(
                subject=subject if fixed else _typed(said),
                defect=said["defect"],
                quantity=said["quantity"],
                description=said["description"],
                photo=said["photo"].read() if said["photo"] else None,
                by=cast(User, request.user),
                key=said["key"],
            )
        except MesError as error:
            show_in(form, error)
        else:
            messages.success(request, _("%(number)s is raised.") % {"number": row.number})
            return redirect("nonconformance", row.pk)
    context = {"form": form, "subject": subject, "fixed": fixed, "tab": "list"}
    context["zone"] = subject.place().time_zone if fixed else None
    return render(request, "nonconformances/new.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.VIEW)
def nonconformance(request: HttpRequest, pk: int) -> HttpResponse:
    """One nonconformance: what happened, what is held, what was decided and signed, and the next step."""
    row = get_object_or_404(listed_nonconformances(state="all"), pk=pk)
    person = cast(User, request.user)
    may_act = person.may(Right.INSPECT)
    forms = _forms(request, row) if may_act else {}
    if request.method == "POST" and may_act:
        act = ACTIONS.get(request.POST.get("action", ""))
        if act is None:
            raise Http404
        if act(request, row, forms):
            return redirect("nonconformance", row.pk)
    decided = list(row.dispositions.select_related("by", "event").order_by("pk"))
    for one in decided:
        one.nonconformance = row
    holds = [*holds_of(row), *holds_beside(row)]
    signed = signatures_of(Disposition, decided)
    repairs = repairs_of(row.order, decided, with_euros=any(map(person.may, WEIGHS_COSTS)))
    steps = NONCONFORMANCE[NonconformanceState(row.state)]
    context = {
        "row": row,
        "decided": [(one, signed[one.pk], repairs[one.pk]) for one in decided],
        "closing": signatures_of(Nonconformance, [row])[row.pk],
        "holds": holds,
        "policies": policies_of(holds),
        "holdable": [what for what in HELD if can_contain(row, what)] if "contain" in steps else [],
        "open_quantity": open_quantity(row),
        "open_work": open_work(row),
        "may_act": may_act,
        "may_decide": may_act and "decide" in steps,
        "may_close": may_act and "close" in steps,
        "may_cancel": may_act and "cancel" in steps and not decided,
        "actions": row.actions.select_related("owner").order_by("pk"),
        "named": needs_user_name(request),
        "tab": "list",
        **forms,
    }
    wrong = any(form.errors for form in forms.values())
    return render(request, "nonconformances/one.html", context, status=422 if wrong else 200)


@require_safe
@needs(Right.VIEW)
def photo(_request: HttpRequest, pk: int) -> HttpResponse:
    """The JPEG that was taken of the defect."""
    row = get_object_or_404(Nonconformance.objects.select_related("photo"), pk=pk, photo__isnull=False)
    assert row.photo is not None
    headers = {"Cache-Control": "private, max-age=86400", "Content-Disposition": "inline"}
    return HttpResponse(bytes(row.photo.image), content_type="image/jpeg", headers=headers)


def _forms(request: HttpRequest, row: Nonconformance) -> dict[str, Any]:
    action = request.POST.get("action", "") if request.method == "POST" else ""
    quantity = {"quantity": _plain(open_quantity(row)), "kind": DispositionKind.REWORK}
    return {
        "decide_form": DispositionForm(
            posted(request) if action == "decide" else None, row=row, initial=quantity, auto_id="decide_%s"
        ),
        "close_form": ClosingForm(posted(request) if action == "close" else None, auto_id="close_%s"),
        "cancel_form": ReasonForm(posted(request) if action == "cancel" else None, auto_id="cancel_%s"),
    }


def _contain(request: HttpRequest, row: Nonconformance, _forms: dict[str, Any]) -> bool:
    what = request.POST.get("what", "")
    if what not in HELD:
        raise Http404
    try:
        contain(nonconformance=row, what=what, by=cast(User, request.user))
    except MesError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("On hold."))
    return True


def _signed(form: SigningForm, request: HttpRequest, act: Callable[[Any], object], done: str) -> bool:
    """Prove, then act: a refusal of either stays in the form."""
    if not form.is_valid():
        return False
    proof = proof_from(request, form)
    if proof is None:
        return False
    try:
        act(proof)
    except MesError as error:
        show_in(form, error)
        return False
    messages.success(request, done)
    return True


def _decide(request: HttpRequest, row: Nonconformance, forms: dict[str, Any]) -> bool:
    form: DispositionForm = forms["decide_form"]

    def act(proof: Any) -> object:
        said = form.cleaned_data
        return dispose(
            nonconformance=row,
            kind=DispositionKind(said["kind"]),
            quantity=said["quantity"],
            reason=said["reason"],
            steps=form.steps(),
            by=cast(User, request.user),
            key=said["key"],
            proof=proof,
        )

    return _signed(form, request, act, _("Decided and signed."))


def _close(request: HttpRequest, row: Nonconformance, forms: dict[str, Any]) -> bool:
    form: ClosingForm = forms["close_form"]

    def act(proof: Any) -> object:
        conclusion = form.cleaned_data["conclusion"]
        return close_nonconformance(
            nonconformance=row, conclusion=conclusion, by=cast(User, request.user), proof=proof
        )

    return _signed(form, request, act, _("Closed and signed."))


def _cancel(request: HttpRequest, row: Nonconformance, forms: dict[str, Any]) -> bool:
    form: ReasonForm = forms["cancel_form"]
    if not form.is_valid():
        return False
    try:
        cancel_nonconformance(
            nonconformance=row, reason=form.cleaned_data["reason"], by=cast(User, request.user)
        )
    except MesError as error:
        show_in(form, error)
        return False
    return True


WEIGHS_COSTS = (Right.INSPECT, Right.CORRECT, Right.COSTS)
"""Who decides about a repair, or answers for it, sees what it cost; prices and margins stay on the order's
page of costs."""
ACTIONS = {"contain": _contain, "decide": _decide, "close": _close, "cancel": _cancel}


def subject_in(asked: QueryDict) -> Subject:
    """What the address names: ``event``, ``inspection``, ``result``, ``lot``, ``operation``, ``order``, or
    ``machine`` and ``slot`` with ``stop`` or ``cycle`` (a time). Raises Http404 for what isn't there."""
    events = ProductionEvent.objects.select_related("order__plant", "order__item", "operation", "machine")
    if number := asked.get("event"):
        return subject_of_event(get_object_or_404(events, pk=_whole(number)))
    if number := asked.get("inspection"):
        inspections = Inspection.objects.select_related("operation__order__plant", "operation__order__item")
        return subject_of_inspection(get_object_or_404(inspections, pk=_whole(number)))
    if number := asked.get("result"):
        results = InspectionResult.objects.select_related(
            "operation__order__plant", "operation__order__item", "machine", "characteristic"
        )
        return subject_of_result(get_object_or_404(results, pk=_whole(number)))
    if number := asked.get("lot"):
        lots = Lot.objects.select_related("item", "order__plant", "order__item")
        return subject_of_lot(get_object_or_404(lots, pk=_whole(number)))
    if code := asked.get("machine"):
        machine = get_object_or_404(Machine.objects.select_related("plant"), code=code)
        slot = _whole(asked.get("slot", "1"))
        if asked.get("stop"):
            return subject_of_stop(machine=machine, slot=slot, start=_moment(asked.get("stop", "")))
        return subject_of_cycle(machine=machine, slot=slot, at=_moment(asked.get("cycle", "")))
    if number := asked.get("operation"):
        operations = Operation.objects.select_related("order__plant", "order__item")
        operation = get_object_or_404(operations, pk=_whole(number))
        return Subject(order=operation.order, operation=operation)
    if number := asked.get("order"):
        orders = ProductionOrder.objects.select_related("plant", "item")
        return Subject(order=get_object_or_404(orders, pk=_whole(number)))
    return Subject()


def _typed(said: dict[str, Any]) -> Subject:
    """What was typed. Raises ``InvalidInput`` naming the field that nothing fits."""
    order = operation = item = None
    plant: Plant = said["defect"].plant
    if said["order_number"]:
        orders = ProductionOrder.objects.select_related("plant", "item")
        order = orders.filter(plant=plant, number=said["order_number"]).first()
        if order is None:
            raise _unknown("order_number", said["order_number"])
        if said["operation_number"]:
            operation = order.operations.filter(number=said["operation_number"]).first()
            if operation is None:
                raise _unknown("operation_number", said["operation_number"])
    if said["item_code"]:
        item = Item.objects.filter(code=said["item_code"]).first()
        if item is None:
            raise _unknown("item_code", said["item_code"])
    return Subject(
        order=order, operation=operation, machine=said["machine"], item=item, lot=said["lot"], plant=plant
    )


def _unknown(field: str, value: str) -> InvalidInput:
    message = _("There is no “%(value)s” in this plant.") % {"value": value}
    return InvalidInput([Problem("unknown", message, field, value=value)])


def _moment(text: str) -> datetime:
    try:
        return moment_of(text)
    except ValidationError:
        raise Http404 from None


def _whole(text: str) -> int:
    if not text.isdecimal() or len(text) > 18:
        raise Http404
    return int(text)


def _plain(amount: Decimal) -> str:
    return f"{amount.normalize():f}" if amount else ""
