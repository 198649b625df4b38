"""Writing down what the ERP wished and work already done forbids, the holds that wait for a person, and what
the ERP wishes no longer."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone, translation

from mes.lib.live import announce
from mes.lib.sentences import gettext as _
from mes.lib.sentences import parts_of
from mes.lib.templatetags import NO_DATA
from orders.domain.conflicts import end_conflict
from orders.domain.intake.change import OPERATION_FIELDS, ORDER_FIELDS, Change, Raised
from orders.enums import ConflictState, ErpField
from orders.models import ErpConflict, Hold, HoldKind
from orders.queries.erp_words import title_of, value_of

ASKED_ANEW = (ConflictState.TAKEN, ConflictState.SETTLED)
Place = tuple[int, int | None, str, str]


def raise_conflicts(changes: Sequence[Change], *, via: str, message: int | None) -> set[int]:
    """Note new conflicts with one hold per order, and changes that wait for an acknowledgement with another.

    An open conflict is brought up to date; one that was decided against the same value stays decided; one
    that a change speaks of and doesn't raise again is settled. Returns the ids of orders with new conflicts.
    One query where nothing is raised and nothing settled.
    """
    raised = [(change, one) for change in changes for one in change.raised]
    holds = [_hold(change, _held_words(change)) for change in changes if change.held]
    known = _known({change.order.pk for change in changes})
    _settle(changes, known, via=via)
    fresh: list[ErpConflict] = []
    renewed: list[ErpConflict] = []
    by_order: dict[int, Hold] = {}
    for change, one in raised:
        before = known.get(_place(change, one))
        if before is not None and before.state == ConflictState.OPEN:
            _set(before, change, one, via=via, message=message)
            renewed.append(before)
        elif before is None or before.state in ASKED_ANEW or before.erp_value != one.erp_value:
            hold = by_order.setdefault(change.order.pk, _hold(change, "; ".join(change.conflicts)))
            conflict = ErpConflict(order=change.order, operation=one.operation, field=one.field)
            conflict.name, conflict.hold = one.name, hold
            _set(conflict, change, one, via=via, message=message)
            fresh.append(conflict)
    Hold.objects.bulk_create([*holds, *by_order.values()])
    for conflict in fresh:
        conflict.hold_id = by_order[conflict.order_id].pk
    ErpConflict.objects.bulk_create(fresh)
    if renewed:
        ErpConflict.objects.bulk_update(
            renewed, ["mes_value", "erp_value", "reason", "sentence", "version", "via", "message"]
        )
    if fresh or renewed:
        announce("conflicts")
    return set(by_order)


def _known(orders: set[int]) -> dict[Place, ErpConflict]:
    """The latest conflict of each value."""
    if not orders:
        return {}
    found = ErpConflict.objects.filter(order__in=orders).select_related("operation", "hold").order_by("pk")
    return {(one.order_id, one.operation_id, one.field, one.name): one for one in found}


def _settle(changes: Sequence[Change], known: dict[Place, ErpConflict], *, via: str) -> None:
    by_order = {change.order.pk: change for change in changes}
    again = {_place(change, one) for change in changes for one in change.raised}
    for place, conflict in known.items():
        change = by_order[conflict.order_id]
        if conflict.state == ConflictState.OPEN and place not in again and _speaks_of(change, conflict):
            conflict.order = change.order
            end_conflict(conflict, ConflictState.SETTLED, by=None, via=via[:80])


def _speaks_of(change: Change, conflict: ErpConflict) -> bool:
    """Does the ERP's newer message say what it wishes there?"""
    document = change.document
    if conflict.field in (ErpField.CANCELLATION, ErpField.CLOSING):
        return bool(document.cancel) or document.status is not None
    if conflict.field == ErpField.COMPONENTS:
        return document.components is not None
    if conflict.operation is None and conflict.field != ErpField.NEW_OPERATION:
        sources = {name: source for source, name in ORDER_FIELDS.items()}
        return getattr(document, sources.get(conflict.name, conflict.name)) is not None
    number, _dot, name = conflict.name.partition(".")
    if document.operations is None or (document.named is not None and number not in document.named):
        return False
    if conflict.field != ErpField.WORK_PLAN:
        return True
    source = {field: source for source, field in OPERATION_FIELDS.items()}[name]
    lines = [line for line in document.operations if line.number == number]
    return any(getattr(line, source) is not None for line in lines)


def _place(change: Change, one: Raised) -> Place:
    return change.order.pk, one.operation.pk if one.operation else None, one.field, one.name


def _set(conflict: ErpConflict, change: Change, one: Raised, *, via: str, message: int | None) -> None:
    conflict.mes_value, conflict.erp_value, conflict.reason = one.mes_value, one.erp_value, one.reason[:300]
    conflict.sentence = parts_of(one.reason)
    conflict.version, conflict.via, conflict.message = change.document.version, via[:80], message


def _hold(change: Change, reason: str) -> Hold:
    return Hold(order=change.order, kind=HoldKind.ERP_CHANGE, reason=reason[:300])


def _held_words(change: Change) -> str:
    """What was changed, in the language and the time of the order's plant."""
    with translation.override(change.order.plant.language), timezone.override(change.order.plant.zone):
        wishes = ", ".join(
            f"{title_of(name)} {value_of(name, old) or NO_DATA} → {value_of(name, new) or NO_DATA}"
            for name, (old, new) in _held(change)
        )
        return _("Changed by the ERP: %(changes)s") % {"changes": wishes}


def _held(change: Change) -> list[tuple[str, list[str]]]:
    return [(name, change.changes.get(name, ["", ""])) for name in change.held]
