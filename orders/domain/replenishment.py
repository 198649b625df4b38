"""Deciding proposals: into a production order, into a supplier order, or not."""

from __future__ import annotations

import uuid
from datetime import date, datetime, time
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from mes.accounts.models import User
from mes.lib.errors import InvalidInput, Problem, Refused
from mes.lib.live import announce
from mes.lib.tracking import changes_by_command
from orders.domain.available import today_in
from orders.domain.documents import OrderDocument
from orders.domain.intake import apply_documents
from orders.domain.purchases import PurchaseDocument, PurchaseLine, apply_purchases
from orders.enums import ProposalState, Strategy
from orders.models import ProductionOrder, PurchaseOrderLine, ReplenishmentProposal

VIA = "replenishment"


def can_decide(proposal: ReplenishmentProposal) -> bool:
    return proposal.state == ProposalState.OPEN


def check_decide(proposal: ReplenishmentProposal) -> None:
    """Raise Refused ``decided`` for a proposal that isn't open any more."""
    if not can_decide(proposal):
        raise Refused("decided", _("Somebody has already decided this."))


@transaction.atomic
def accept_proposal(
    *,
    proposal: ReplenishmentProposal,
    by: User | None,
    key: uuid.UUID,
    quantity: Decimal | None = None,
    needed_on: date | None = None,
) -> ReplenishmentProposal:
    """Turn a proposal into a planned production order for stock, or into a supplier order for what is bought;
    with another quantity or day where the planner says so. The same key decides once.

    Raises Refused for one that was decided, InvalidInput for a quantity that isn't above zero or a day that
    is over.
    """
    locked = _locked(proposal)
    if locked.key == key and locked.state == ProposalState.ACCEPTED:
        return locked
    check_decide(locked)
    amount = locked.quantity if quantity is None else quantity
    if amount <= 0:
        message = _("The quantity must be positive.")
        raise InvalidInput([Problem("not_positive", message, "quantity", value=str(amount))])
    today = today_in(locked.rule.plant)
    day = max(locked.needed_on, today) if needed_on is None else needed_on
    if day < today:
        raise InvalidInput([Problem("past", _("This day is over."), "needed_on", value=str(day))])
    with changes_by_command("accept_proposal", by=by):
        if locked.bought:
            locked.purchase_line = _buy(locked, amount, day, by=by)
        else:
            locked.order = _make(locked, amount, day, by=by)
        locked.quantity, locked.needed_on = amount, day
        return _decided(locked, ProposalState.ACCEPTED, by=by, key=key)


@transaction.atomic
def reject_proposal(
    *, proposal: ReplenishmentProposal, reason: str, by: User | None, key: uuid.UUID
) -> ReplenishmentProposal:
    """Say no, and why. Raises InvalidInput without a reason, Refused for one that was decided."""
    locked = _locked(proposal)
    if locked.key == key and locked.state == ProposalState.REJECTED:
        return locked
    check_decide(locked)
    if not reason.strip():
        raise InvalidInput([Problem("reason_missing", _("Say why it is rejected."), "reason")])
    locked.reason = reason.strip()[:300]
    with changes_by_command("reject_proposal", by=by):
        return _decided(locked, ProposalState.REJECTED, by=by, key=key)


def _locked(proposal: ReplenishmentProposal) -> ReplenishmentProposal:
    return (
        ReplenishmentProposal.objects.select_for_update(of=("self",))
        .select_related("rule__plant", "rule__item")
        .get(pk=proposal.pk)
    )


def _decided(
    proposal: ReplenishmentProposal, state: ProposalState, *, by: User | None, key: uuid.UUID
) -> ReplenishmentProposal:
    proposal.state, proposal.decided_at, proposal.decided_by, proposal.key = state, timezone.now(), by, key
    proposal.save()
    announce(f"replenishment:{proposal.rule.plant_id}")
    return proposal


def _make(
    proposal: ReplenishmentProposal, quantity: Decimal, day: date, *, by: User | None
) -> ProductionOrder:
    rule = proposal.rule
    document = OrderDocument(
        number="",
        plant=rule.plant.code,
        item=rule.item.code,
        quantity=quantity,
        strategy=Strategy.MTS,
        due=_noon(day, rule.plant.time_zone),
    )
    [result] = apply_documents([document], plant=rule.plant, by=by, via=VIA, all_or_nothing=True)
    assert result.order_id is not None
    return ProductionOrder.objects.get(pk=result.order_id)


def _noon(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(12), ZoneInfo(zone))


def _buy(
    proposal: ReplenishmentProposal, quantity: Decimal, day: date, *, by: User | None
) -> PurchaseOrderLine:
    rule = proposal.rule
    document = PurchaseDocument(
        number="",
        supplier=rule.supplier or _("supplier to be chosen"),
        lines=(PurchaseLine("10", rule.item.code, quantity, day),),
    )
    [order] = apply_purchases([document], plant=rule.plant, by=by)
    return order.lines.get()
