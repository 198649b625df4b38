"""Whose value holds: fields of master data with the ERP's value beside the plant's, and the pins."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from mes.accounts.access import needs
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib.errors import MesError
from orders.domain.master.pins import PINNABLE, fields_of, pin_field, unpin_field

PAGE = 50
KINDS = {
    "item": gettext_lazy("Items"),
    "operation": gettext_lazy("Routing operations"),
    "work-centre": gettext_lazy("Work centres"),
    "customer": gettext_lazy("Customers"),
}
ADMIN = {
    "item": "orders_item",
    "operation": "orders_routingoperation",
    "work-centre": "machines_machinegroup",
    "customer": "orders_customer",
}


@require_safe
@needs(Right.MASTER_DATA)
def ownership_list(request: HttpRequest, kind: str = "item") -> HttpResponse:
    """Records with pinned fields, or those that the search finds."""
    sought = request.GET.get("q", "").strip()[:60].replace("\x00", "")
    rows = _records(kind)
    if sought:
        code = "routing__item__code" if kind == "operation" else "code"
        rows = rows.filter(**{f"{code}__istartswith": sought})
    else:
        rows = rows.exclude(pinned=[])
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    shown = [
        {
            "record": record,
            "name": _name(record, kind),
            "fields": [one for one in fields_of(record, kind) if one.pinned or one.differs],
        }
        for record in page
    ]
    context = {"kind": kind, "kinds": KINDS, "rows": shown, "page": page, "sought": sought}
    return render(request, "orders/ownership_list.html", context)


@require_safe
@needs(Right.MASTER_DATA)
def ownership(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    record = get_object_or_404(_records(kind), pk=pk)
    context = {
        "kind": kind,
        "kind_name": KINDS[kind],
        "record": record,
        "name": _name(record, kind),
        "fields": fields_of(record, kind),
        "received_at": record.routing.erp_received_at if kind == "operation" else record.erp_received_at,
        "admin_url": f"admin:{ADMIN[kind]}_change",
        "history_url": f"admin:{ADMIN[kind]}_history",
    }
    return render(request, "orders/ownership.html", context)


@require_POST
@needs(Right.MASTER_DATA)
def set_pin(request: HttpRequest, kind: str, pk: int) -> HttpResponse:
    """Pin or unpin one field, as the button says."""
    if kind not in PINNABLE:
        raise Http404
    name, pin = request.POST.get("field", ""), request.POST.get("pin") == "1"
    by = cast(User, request.user)
    try:
        (pin_field if pin else unpin_field)(kind=kind, pk=pk, name=name, by=by)
    except MesError as error:
        messages.error(request, str(error))
    else:
        said = _("The plant's value holds now.") if pin else _("The field follows the ERP again.")
        messages.success(request, said)
    return redirect("ownership", kind, pk)


def _records(kind: str) -> QuerySet[Any]:
    if kind not in PINNABLE:
        raise Http404
    rows: QuerySet[Any] = PINNABLE[kind][0]._default_manager.all()
    if kind == "operation":
        related = ("routing__item", "routing__plant", "machine_group", "tool")
        return rows.select_related(*related).order_by("routing__item__code", "routing__revision", "number")
    if kind == "item":
        rows = rows.select_related("unit", "setup_family")
    return rows.order_by("code")


def _name(record: Any, kind: str) -> str:
    if kind != "operation":
        return f"{record.code} {record.name}"
    routing = record.routing
    return " ".join(
        part for part in (routing.item.code, routing.revision, record.number, record.text) if part
    )
