"""Engineering: revisions with their documents, their release, and changes of running orders."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from mes.accounts.access import needs
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib.downloads import download
from mes.lib.errors import MesError, Refused
from orders.domain.engineering import (
    add_document,
    change_order_revision,
    check_change,
    missing_for_release,
    open_revision,
    release_revision,
    split_of,
)
from orders.domain.taking_over import can_take_over, take_over
from orders.forms.engineering import ChangeForm, DocumentForm, RevisionForm
from orders.models import Bom, Item, ItemRevision, ProductionOrder, RevisionDocument, Routing
from orders.queries.engineering import engineered_items, open_orders_of, wishes_for
from orders.views.posted import posted
from orders.views.problems import sentence, show_in

PAGE = 50


@require_safe
@needs(Right.VIEW)
def engineering_list(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "").strip()
    page = Paginator(engineered_items(text), PAGE).get_page(request.GET.get("page"))
    return render(request, "engineering/list.html", {"page": page, "q": text})


@require_safe
@needs(Right.VIEW)
def engineering_item(request: HttpRequest, pk: int) -> HttpResponse:
    return _item_page(request, get_object_or_404(Item, pk=pk))


@require_POST
@needs(Right.MASTER_DATA)
def begin(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a revision."""
    item = get_object_or_404(Item, pk=pk)
    form = RevisionForm(request.POST)
    if form.is_valid():
        try:
            open_revision(item=item, by=cast(User, request.user), **form.cleaned_data)
        except MesError as error:
            show_in(form, error)
        else:
            return redirect("engineering-item", pk)
    return _item_page(request, item, revision_form=form)


@require_POST
@needs(Right.MASTER_DATA)
def upload(request: HttpRequest, pk: int) -> HttpResponse:
    """Add a document to a draft."""
    revision = get_object_or_404(ItemRevision.objects.select_related("item"), pk=pk)
    form = DocumentForm(request.POST, request.FILES)
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            add_document(
                revision=revision,
                name=form.cleaned_data["name"],
                version=form.cleaned_data["version"],
                file_name=file.name[:200],
                content=file.read(),
                by=cast(User, request.user),
            )
        except MesError as error:
            show_in(form, error)
        else:
            messages.success(request, _("The document is added."))
            return redirect("engineering-item", revision.item_id)
    return _item_page(request, revision.item, document_form=form)


@require_POST
@needs(Right.MASTER_DATA)
def copy(request: HttpRequest, pk: int) -> HttpResponse:
    """Take over routing and bill of material of the current revision."""
    revision = get_object_or_404(ItemRevision, pk=pk)
    try:
        take_over(revision=revision, by=cast(User, request.user))
    except MesError as refusal:
        messages.error(request, sentence(refusal))
    else:
        messages.success(request, _("Taken over. Change what is new in revision %s.") % revision.code)
    return redirect("engineering-item", revision.item_id)


@require_POST
@needs(Right.MASTER_DATA)
def release(request: HttpRequest, pk: int) -> HttpResponse:
    """Release a draft: orders are made by it from now on."""
    revision = get_object_or_404(ItemRevision, pk=pk)
    try:
        release_revision(revision=revision, by=cast(User, request.user))
    except MesError as refusal:
        messages.error(request, sentence(refusal))
    else:
        messages.success(request, _("Revision %s is released.") % revision.code)
    return redirect("engineering-item", revision.item_id)


@require_safe
@needs(Right.VIEW)
def document(_request: HttpRequest, pk: int) -> HttpResponse:
    """The file of a document, as it was added."""
    found = get_object_or_404(RevisionDocument.objects.select_related("file"), pk=pk)
    name = " ".join(found.file_name.splitlines())
    return download(name, "application/octet-stream", bytes(found.file.content))


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.RELEASE)
def change(request: HttpRequest, pk: int, revision: int) -> HttpResponse:
    """What changing an order to a revision does, and doing it."""
    order = get_object_or_404(
        ProductionOrder.objects.select_related("item", "unit", "plant", "customer_line__order__customer"),
        pk=pk,
    )
    wanted = get_object_or_404(ItemRevision.objects.select_related("item"), pk=revision, item=order.item_id)
    form = ChangeForm(posted(request))
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            rest = change_order_revision(
                order=order,
                revision=wanted,
                reason=said["reason"],
                by=cast(User, request.user),
                key=said["key"],
            )
        except MesError as error:
            show_in(form, error)
        else:
            messages.success(request, _("The rest is made as order %s.") % rest.number)
            return redirect("order", rest.pk)
    context = {
        "order": order,
        "revision": wanted,
        "form": form,
        "split": split_of(order),
        "why_not": _why_not(order, wanted),
    }
    return render(request, "engineering/change.html", context, status=422 if form.errors else 200)


def _why_not(order: ProductionOrder, revision: ItemRevision) -> str:
    try:
        check_change(order=order, revision=revision)
    except Refused as refusal:
        return sentence(refusal)
    return ""


def _worked_out(draft: ItemRevision) -> dict[str, list[Any]]:
    """Routings and bills of material of the revision in work, to go on with in the master data."""
    of_draft = {"item": draft.item_id, "revision": draft.code, "active": True}
    return {
        "routings": list(Routing.objects.filter(**of_draft).select_related("plant")),
        "boms": list(Bom.objects.filter(**of_draft)),
    }


def _item_page(request: HttpRequest, item: Item, **forms: Any) -> HttpResponse:
    revisions = list(
        item.revisions.select_related("opened_by", "released_by").prefetch_related("documents__by")
    )
    draft = next((one for one in revisions if one.released_at is None), None)
    current = next((one for one in revisions if one.released_at and one.code == item.revision), None)
    orders = [{"order": order, "split": split_of(order)} for order in open_orders_of(item)]
    context = {
        "item": item,
        "revisions": revisions,
        "draft": draft,
        "current": current,
        "missing": missing_for_release(draft) if draft else [],
        "copyable": draft is not None and can_take_over(draft),
        "drafted": _worked_out(draft) if draft else None,
        "orders": orders,
        "lines": wishes_for(item),
        "revision_form": RevisionForm(),
        "document_form": DocumentForm(),
    } | forms
    wrong = any(form.errors for form in forms.values())
    return render(request, "engineering/item.html", context, status=422 if wrong else 200)
