"""Engineering: a revision is opened, documented and released; a running order is changed to a new one.

A change splits the order: pieces that were begun stay with their order, its revision, runs, costs and
confirmations; the rest becomes an order of its own by the new routing and bill of material.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from mes.accounts.models import User
from mes.lib.errors import InvalidInput, Problem, Refused
from mes.lib.fields import ZERO
from mes.lib.tracking import changes_by_command
from orders.domain.events import body_hash, derived_key, record_events, same_fact
from orders.domain.execution import finish
from orders.domain.locking import NotFound, lock_order
from orders.domain.programs import LARGEST, store_program_file
from orders.domain.release import REQUIREMENT_FIELDS, release_order
from orders.domain.resizing import resize_material
from orders.domain.stock import free_reservations
from orders.domain.stock_locks import lock_items_of_orders
from orders.domain.transitions import next_operation_state, next_order_state
from orders.enums import EventKind, OperationState, OrderState
from orders.models import (
    Bom,
    Item,
    ItemRevision,
    Operation,
    OrderRequirement,
    ProductionEvent,
    ProductionOrder,
    RevisionDocument,
    Routing,
    Run,
)
from orders.queries.work import OVER

SPLIT_TO = "split_to"
"""In the details of the event that splits an order: the number of the order of the rest."""
CHANGEABLE = (OrderState.RELEASED, OrderState.RUNNING)
_TAKEN_OVER = (
    *("plant_id", "item_id", "unit_id", "strategy", "order_type", "priority", "customer_line_id"),
    *("requested_at", "promised_at", "under_tolerance_percent", "over_tolerance_percent", "erp_status"),
)


@transaction.atomic
def open_revision(*, item: Item, code: str, reason: str, by: User | None) -> ItemRevision:
    """Begin a revision. Raises InvalidInput for a code that the item had already or a reason that is missing,
    Refused while another one is in work."""
    Item.objects.select_for_update(no_key=True).get(pk=item.pk)
    code, reason = code.strip(), reason.strip()
    problems = []
    if not code:
        problems.append(Problem("missing", _("A revision has a code."), "code"))
    if not reason:
        problems.append(Problem("missing", _("Say what is new in it."), "reason"))
    released_before = item.revision == code and item.revision_released_at is not None
    if item.revisions.filter(code=code).exists() or released_before:
        problems.append(Problem("taken", _("This item already has this revision."), "code", value=code))
    if problems:
        raise InvalidInput(problems)
    if item.revisions.filter(released_at__isnull=True).exists():
        raise Refused("draft_open", _("This item already has a revision in work."), field="code")
    with changes_by_command("open_revision", by=by):
        return ItemRevision.objects.create(item=item, code=code, reason=reason, opened_by=by)


@transaction.atomic
def add_document(
    *, revision: ItemRevision, name: str, version: str, file_name: str, content: bytes, by: User | None
) -> RevisionDocument:
    """Add a document to a draft, or replace the one of this name. Raises Refused for a released revision,
    InvalidInput for a file that is empty or larger than 32 MiB."""
    held = _lock(revision)
    if held.released_at is not None:
        raise Refused("released", _("A released revision is not changed. Open a new one."))
    if not content or len(content) > LARGEST:
        raise InvalidInput([Problem("file", _("A document has a file of at most 32 MiB."), "file")])
    with changes_by_command("add_document", by=by):
        document, _made = RevisionDocument.objects.update_or_create(
            revision=held,
            name=name.strip(),
            defaults={
                "version": version.strip(),
                "file_name": file_name,
                "file": store_program_file(content=content),
                "added_at": timezone.now(),
                "by": by,
            },
        )
    return document


@transaction.atomic
def release_revision(*, revision: ItemRevision, by: User) -> ItemRevision:
    """From now on orders are made by this revision. Released again, nothing changes. Raises Refused with all
    that is missing."""
    held = _lock(revision)
    if held.released_at is not None:
        return held
    check_revision(revision=held)
    now = timezone.now()
    held.released_at, held.released_by = now, by
    with changes_by_command("release_revision", by=by):
        held.save(update_fields=["released_at", "released_by"])
        Item.objects.filter(pk=held.item_id).update(revision=held.code, revision_released_at=now)
    return held


def missing_for_release(revision: ItemRevision) -> list[str]:
    """What a revision lacks before it can be released, in words."""
    missing = []
    if not revision.documents.exists():
        missing.append(_("a document"))
    routings = Routing.objects.filter(item=revision.item_id, revision=revision.code, active=True)
    if not routings.filter(operations__isnull=False).exists():
        missing.append(_("a routing with operations for this revision"))
    if (
        Bom.objects.filter(item=revision.item_id, active=True).exists()
        and not Bom.objects.filter(item=revision.item_id, revision=revision.code, active=True).exists()
    ):
        missing.append(_("a bill of material for this revision"))
    return missing


def can_release_revision(revision: ItemRevision) -> bool:
    return revision.released_at is None and not missing_for_release(revision)


def check_revision(*, revision: ItemRevision) -> None:
    """Raise Refused ``incomplete`` with what a revision lacks."""
    if missing := missing_for_release(revision):
        raise Refused("incomplete", _("The revision still needs: %(what)s.") % {"what": "; ".join(missing)})


@dataclass(frozen=True, slots=True)
class Split:
    """What a change to another revision does to an order: ``begun`` pieces stay, ``rest`` follows it."""

    begun: Decimal
    rest: Decimal


def split_of(order: ProductionOrder) -> Split:
    """A piece is begun when any operation has made, scrapped or put it into rework."""
    operations = [one for one in order.operations.all() if one.rework_of_id is None]
    begun = max((one.good + one.scrap + one.rework for one in operations), default=ZERO)
    begun = min(begun, order.quantity)
    return Split(begun, order.quantity - begun)


def can_change(order: ProductionOrder, revision: ItemRevision) -> bool:
    try:
        check_change(order=order, revision=revision)
    except Refused:
        return False
    return True


def check_change(*, order: ProductionOrder, revision: ItemRevision) -> None:
    """Raise Refused with the reason why an order can't be changed to a revision now."""
    wanted = ItemRevision.objects.select_related("item").get(pk=revision.pk)
    if wanted.item_id != order.item_id:
        raise Refused("wrong_item", _("This revision is one of another item."))
    if wanted.released_at is None or wanted.item.revision != wanted.code:
        raise Refused("engineering_not_released", _("Engineering has not released this revision yet."))
    if order.state not in CHANGEABLE:
        raise Refused("wrong_state", _("Only an order that is released or running is changed."))
    if order.revision == wanted.code:
        raise Refused("same_revision", _("The order is made by this revision already."))
    runs = Run.objects.filter(operation__order=order, ended_at__isnull=True).select_related("machine")
    if working := sorted({run.machine.code for run in runs}):
        message = _("Interrupt the work at %(machines)s first: the piece in the machine is begun.")
        raise Refused("in_work", message % {"machines": ", ".join(working)})
    if order.operations.filter(rework_of__isnull=False).exclude(state__in=OVER).exists():
        raise Refused("rework_open", _("Finish the rework of this order first."))
    if split_of(order).rest <= 0:
        raise Refused("all_begun", _("Every piece of this order is begun: there is nothing left to change."))


@transaction.atomic
def change_order_revision(
    *, order: ProductionOrder, revision: ItemRevision, reason: str, by: User, key: uuid.UUID
) -> ProductionOrder:
    """Make what isn't begun yet by another revision. Returns the order of the rest, released; the same key
    changes once.

    An order of which nothing is begun ends in favour of the new one. Raises Refused as
    ``check_change`` does, KeyReused, InvalidInput without a reason.
    """
    locked = lock_order(order.pk)
    body = body_hash({"command": "change_revision", "order": order.pk, "revision": revision.pk})
    if known := same_fact(ProductionEvent.objects.filter(key=key).first(), body):
        return ProductionOrder.objects.get(number=known.details[SPLIT_TO], plant=locked.plant_id)
    if not reason.strip():
        raise InvalidInput([Problem("missing", _("Say why the order is changed."), "reason")])
    check_change(order=locked, revision=revision)
    # with what the new revision needs: taken later, somebody who waits for us could hold it
    lock_items_of_orders(plant_id=locked.plant_id, orders=[locked.pk], changing=True)
    split = split_of(locked)
    number = _free_number(locked)
    event = ProductionEvent(
        plant_id=locked.plant_id,
        key=key,
        body_hash=body,
        kind=EventKind.CHANGED if split.begun > 0 or locked.started_at else EventKind.CANCELLED,
        order=locked,
        occurred_at=timezone.now(),
        by=by,
        comment=reason.strip()[:500],
        details={
            "changes": {
                "quantity": [f"{locked.quantity:.3f}", f"{split.begun:.3f}"],
                "revision_of_the_rest": [locked.revision, revision.code],
                "order_of_the_rest": ["", number],
            },
            SPLIT_TO: number,
        },
    )
    record_events([event])
    if split.begun > 0:
        _shrink(locked, split, by=by, key=key)
    else:
        _end(locked, by=by, key=key)
    rest = _rest_order(locked, number, split.rest, revision.code, by=by, key=key, reason=reason)
    release_order(order=rest, by=by, key=derived_key(key, "release"))
    return ProductionOrder.objects.get(pk=rest.pk)


def _shrink(order: ProductionOrder, split: Split, *, by: User, key: uuid.UUID) -> None:
    """Keep the order for what is begun: its operations, components and reservations shrink with it."""
    before, order.quantity = order.quantity, split.begun
    order.save(update_fields=["quantity"])
    resize_material(plant=order.plant, resized=[(order, before)])
    open_states = (OperationState.RELEASED, OperationState.INTERRUPTED)
    operations = list(order.operations.filter(rework_of__isnull=True).order_by("position"))
    for operation in operations:
        operation.quantity = max(operation.quantity - split.rest, Decimal("0.001"))
    Operation.objects.bulk_update(operations, ["quantity"])
    for operation in operations:
        done = operation.good + operation.scrap + operation.rework
        if operation.state in open_states and operation.started_at and done >= operation.quantity:
            finish(operation=operation, by=by, key=derived_key(key, f"finish {operation.pk}"))


def _end(order: ProductionOrder, *, by: User, key: uuid.UUID) -> None:
    """Nothing of the order is begun: its operations are cancelled, those that were set up are finished."""
    free_reservations(plant_id=order.plant_id, orders=[order.pk])
    operations = list(order.operations.exclude(state__in=OVER).order_by("position"))
    begun = [one for one in operations if one.state == OperationState.INTERRUPTED]
    for operation in operations:
        if operation not in begun:
            operation.state = next_operation_state(operation.state, "cancel")
            operation.save(update_fields=["state"])
    for operation in begun:
        finish(operation=operation, by=by, key=derived_key(key, f"finish {operation.pk}"))
    if not begun:
        order.state = next_order_state(order.state, "cancel" if order.started_at is None else "finish")
        order.finished_at = None if order.started_at is None else timezone.now()
        order.save(update_fields=["state", "finished_at"])


def _rest_order(
    order: ProductionOrder,
    number: str,
    quantity: Decimal,
    revision: str,
    *,
    by: User,
    key: uuid.UUID,
    reason: str,
) -> ProductionOrder:
    rest = ProductionOrder.objects.create(
        number=number,
        revision=revision,
        quantity=quantity,
        split_from=order,
        **{name: getattr(order, name) for name in _TAKEN_OVER},
    )
    OrderRequirement.objects.bulk_create(
        OrderRequirement(order=rest, **{name: getattr(asked, name) for name in REQUIREMENT_FIELDS})
        for asked in order.requirements.all()
    )
    origin = order.events.filter(kind=EventKind.CREATED).values_list("via", flat=True).first()
    record_events(
        [
            ProductionEvent(
                plant_id=order.plant_id,
                key=derived_key(key, "created"),
                kind=EventKind.CREATED,
                order=rest,
                occurred_at=timezone.now(),
                by=by,
                via=origin or "",
                comment=reason.strip()[:500],
                details={"split_from": order.number},
            )
        ]
    )
    return rest


def _free_number(order: ProductionOrder) -> str:
    """The order's number with the next free letter-free suffix, within the length that ERPs know."""
    taken = set(
        ProductionOrder.objects.filter(
            plant=order.plant_id, number__startswith=order.number[:36]
        ).values_list("number", flat=True)
    )
    nth = 1
    while (number := f"{order.number[:36]}-{nth}") in taken:
        nth += 1
    return number


def _lock(revision: ItemRevision) -> ItemRevision:
    try:
        return (
            ItemRevision.objects.select_for_update(of=("self",), no_key=True)
            .select_related("item")
            .get(pk=revision.pk)
        )
    except ItemRevision.DoesNotExist:
        raise NotFound("unknown_revision", "There is no such revision.") from None
