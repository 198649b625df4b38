"""Laying and lifting holds."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from machines.models import Machine, Plant
from mes.accounts.models import User
from mes.accounts.signing import Meaning, Proof, register, sign
from mes.lib.errors import InvalidInput, NotAllowed, Problem, Refused
from mes.lib.live import announce
from orders.domain.events import record_events
from orders.enums import EventKind
from orders.models import Hold, HoldPolicy, Item, Lot, Operation, ProductionEvent, ProductionOrder
from orders.queries.holds import policy_of, releasers


@transaction.atomic
def place_hold(
    *,
    order: ProductionOrder,
    operation: Operation | None,
    kind: str,
    reason: str,
    by: User | None,
    reference: str = "",
) -> Hold:
    """Stop new starts on an operation, or on the whole order when ``operation`` is None."""
    hold = Hold.objects.create(
        order=order, operation=operation, kind=kind, reason=reason[:300], placed_by=by, reference=reference
    )
    _record(hold, EventKind.HELD, by)
    return hold


@transaction.atomic
def hold_machine(*, machine: Machine, kind: str, reason: str, by: User | None, reference: str = "") -> Hold:
    """Stop new starts on a machine. What runs goes on until a person ends it."""
    hold = Hold.objects.create(
        machine=machine, kind=kind, reason=reason[:300], placed_by=by, reference=reference
    )
    announce("queue", "orders", "holds", f"machine:{machine.pk}")
    return hold


@transaction.atomic
def hold_item(
    *,
    item: Item,
    plant: Plant,
    kind: str,
    reason: str,
    by: User | None,
    lot: str = "",
    reference: str = "",
) -> Hold:
    """Stop in a plant every start that makes the item or needs it; with ``lot`` only the use of that lot."""
    hold = Hold.objects.create(
        item=item, plant=plant, lot=lot, kind=kind, reason=reason[:300], placed_by=by, reference=reference
    )
    announce("queue", "orders", "holds")
    return hold


_HOLD_LOTS = """
INSERT INTO orders_hold
    (item_id, lot, plant_id, kind, reason, reference, placed_at, placed_by_id, release_reason)
SELECT l.item_id, l.number, %(plant)s, %(kind)s, %(reason)s, %(reference)s, %(at)s, %(by)s, ''
FROM orders_lot l
WHERE l.id = ANY(%(lots)s::bigint[]) AND (l.item_id, l.number) NOT IN (
    SELECT h.item_id, h.lot FROM orders_hold h
    WHERE h.item_id IS NOT NULL AND h.plant_id = %(plant)s AND h.kind = %(kind)s AND h.lifted_at IS NULL
)
ORDER BY l.id
"""
"""NOT IN is answered from a table in memory made before the first row is written; NOT EXISTS may be looked up
anew for each row, past all that were just written."""


@transaction.atomic
def hold_lots(
    *, lots: Collection[int], plant: Plant, kind: str, reason: str, by: User | None, reference: str = ""
) -> int:
    """Stop in a plant the use of lots, by their primary keys, that no hold of this kind stops yet: one query,
    however many. Returns how many holds were laid."""
    with connection.cursor() as cursor:
        cursor.execute(
            _HOLD_LOTS,
            {
                "lots": list(lots),
                "plant": plant.pk,
                "kind": kind,
                "reason": reason[:300],
                "reference": reference,
                "at": timezone.now(),
                "by": by.pk if by else None,
            },
        )
        laid: int = cursor.rowcount
    announce("queue", "orders", "holds")
    return laid


@transaction.atomic
def hold_orders(
    *, orders: Sequence[ProductionOrder], kind: str, reason: str, by: User | None, reference: str = ""
) -> None:
    """Stop new starts on many orders: a few queries, however many."""
    holds = Hold.objects.bulk_create(
        [
            Hold(order=order, kind=kind, reason=reason[:300], placed_by=by, reference=reference)
            for order in orders
        ],
        batch_size=2000,
    )
    record_events(
        [_event(hold, order, EventKind.HELD, by) for hold, order in zip(holds, orders, strict=True)]
    )


def carry_holds(*, source: Lot, targets: Sequence[Lot]) -> None:
    """Hold what was split off, merged or numbered out of a lot as the lot itself is held."""
    laid = list(Hold.objects.filter(item=source.item_id, lot=source.number, lifted_at__isnull=True))
    if not laid:
        return
    known = set(
        Hold.objects.filter(
            item=source.item_id, lot__in=[target.number for target in targets], lifted_at__isnull=True
        ).values_list("lot", "plant", "kind", "reference")
    )
    Hold.objects.bulk_create(
        Hold(
            item_id=source.item_id,
            lot=target.number,
            plant_id=hold.plant_id,
            kind=hold.kind,
            reason=hold.reason,
            reference=hold.reference,
            placed_by_id=hold.placed_by_id,
        )
        for target in targets
        for hold in laid
        if (target.number, hold.plant_id, hold.kind, hold.reference) not in known
    )
    announce("queue", "orders", "holds")


def check_lots_free(*, plant: Plant, lots: Collection[tuple[int, str]]) -> None:
    """Raise ``Refused`` ``held`` if any of these lots (item and lot) is on hold in the plant."""
    items = {item for item, _lot in lots}
    for hold in Hold.objects.filter(plant=plant, item__in=items, lifted_at__isnull=True).select_related(
        "item"
    ):
        assert hold.item_id is not None
        held = {lot for item, lot in lots if item == hold.item_id} if not hold.lot else {hold.lot}
        if any((hold.item_id, lot) in lots for lot in held):
            raise Refused("held", held_sentence(hold, releasers(policy_of(hold))), field="lot")


def held_sentence(hold: Hold, who: str) -> str:
    """What is held, why, and who can release it (``releasers_of``)."""
    return _("%(what)s is on hold: %(reason)s. Released by: %(who)s.") % {
        "what": hold.target,
        "reason": hold.reason.rstrip("."),
        "who": who,
    }


@transaction.atomic
def lift_hold(*, hold: Hold, by: User | None, reason: str = "") -> Hold:
    """Lift a hold; lifting it again changes nothing. People's way is ``release_hold``."""
    hold = _locked(hold)
    if hold.lifted_at is None:
        hold.lifted_at, hold.lifted_by = timezone.now(), by
        hold.release_reason = reason[:300] or hold.release_reason
        hold.save(update_fields=["lifted_at", "lifted_by", "release_reason"])
        _record(hold, EventKind.HOLD_LIFTED, by)
    return hold


@transaction.atomic
def release_hold(*, hold: Hold, by: User, reason: str, proof: Proof | None = None) -> Hold:
    """Release a hold as its rule says. With a second person the first call asks for it and the call of
    somebody else grants it: ``hold.open`` tells. Releasing an open one twice by the same person is refused.

    Raises ``NotAllowed`` ``not_yours_to_release`` and ``second_person``, ``InvalidInput`` without a reason,
    ``Refused`` ``signature_missing`` where the rule wants a signature.
    """
    hold = _locked(hold)
    if not hold.open:
        return hold
    policy = policy_of(hold)
    check_release_hold(hold=hold, policy=policy, by=by)
    if not reason.strip():
        raise InvalidInput([Problem("comment_missing", _("Say in a few words why."), "reason")])
    if policy.signature and proof is None:
        raise Refused("signature_missing", _("Releasing this hold needs a signature."))
    if policy.second_person and hold.asked_by_id is None:
        hold.asked_at, hold.asked_by, hold.release_reason = timezone.now(), by, reason.strip()[:300]
        hold.save(update_fields=["asked_at", "asked_by", "release_reason"])
        announce("orders", *([f"order:{hold.order_id}"] if hold.order_id else []))
    else:
        hold = lift_hold(hold=hold, by=by, reason=reason.strip())
    if proof is not None:
        meaning = Meaning.RELEASED if hold.lifted_at else Meaning.REVIEWED
        sign(record=hold, meaning=meaning, proof=proof)
    return hold


def can_release_hold(hold: Hold, policy: HoldPolicy, person: User) -> bool:
    """Asks nothing of the database."""
    return policy.allows(person) and not _same_again(hold, policy, person)


def check_release_hold(*, hold: Hold, policy: HoldPolicy, by: User) -> None:
    """Raise ``NotAllowed`` if this person can't release the hold, or not as the second one too."""
    if not policy.allows(by):
        message = _("This hold is released by: %(who)s.") % {"who": releasers(policy)}
        raise NotAllowed("not_yours_to_release", message)
    if _same_again(hold, policy, by):
        raise NotAllowed("second_person", _("A second person must release this hold."))


def _same_again(hold: Hold, policy: HoldPolicy, person: User) -> bool:
    return policy.second_person and hold.asked_by_id == person.pk


@register(Hold)
def _signed(hold: Hold) -> dict[str, object]:
    """What a signature under a hold covers: that it was laid, on what and why."""
    return {
        "hold": hold.pk,
        "what": hold.target,
        "kind": hold.kind,
        "reason": hold.reason,
        "placed_at": hold.placed_at,
    }


def _locked(hold: Hold) -> Hold:
    return (
        Hold.objects.select_for_update(of=("self",), no_key=True)
        .select_related("order", "operation", "machine", "item")
        .get(pk=hold.pk)
    )


def _record(hold: Hold, kind: EventKind, by: User | None) -> None:
    if hold.order is None:
        announce("queue", "orders", "holds", *([f"machine:{hold.machine_id}"] if hold.machine_id else []))
        return
    announce("holds")
    record_events([_event(hold, hold.order, kind, by)])


def _event(hold: Hold, order: ProductionOrder, kind: EventKind, by: User | None) -> ProductionEvent:
    return ProductionEvent(
        plant_id=order.plant_id,
        kind=kind,
        order=order,
        operation_id=hold.operation_id,
        occurred_at=timezone.now(),
        by=by,
        comment=hold.release_reason or hold.reason if kind == EventKind.HOLD_LIFTED else hold.reason,
        details={"hold": hold.pk, "kind": hold.kind},
    )
