"""Deciding about many messages at once: noted first, carried out piece by piece by whoever comes by."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from integrations.domain.outbox.manual import discard, redate, resend
from integrations.enums import DecisionKind
from integrations.models import BulkDecision, OutboundMessage
from mes.accounts.models import User
from mes.lib.errors import InvalidInput, MesError, Problem
from mes.lib.live import announce
from mes.lib.sentences import gettext as _

PIECE = 100
MOST = 100_000


@transaction.atomic
def decide(
    *, kind: DecisionKind, messages: Sequence[int], reason: str, by: User, key: uuid.UUID
) -> BulkDecision:
    """Note a decision about the messages, oldest first. The same key again is the same decision.

    Raises InvalidInput without a reason, without messages, or with too many.
    """
    known = BulkDecision.objects.filter(key=key).first()
    if known is not None:
        return known
    problems = []
    if not reason.strip():
        problems.append(Problem("reason_missing", _("This needs a reason."), "reason"))
    if not messages:
        problems.append(Problem("nothing_chosen", _("Choose at least one message."), "messages"))
    if len(messages) > MOST:
        problems.append(Problem("too_many", _("At most %d messages at once.") % MOST, "messages"))
    if problems:
        raise InvalidInput(problems)
    return BulkDecision.objects.create(
        kind=kind, reason=reason.strip()[:400], by=by, key=key, messages=sorted(set(messages))
    )


def carry_on(decision: BulkDecision, *, most: int = PIECE) -> BulkDecision:
    """Carry out the next piece. Several at once take turns; each message is one transaction of its own effect
    together with the position, so that a crash repeats nothing."""
    for _step in range(most):
        with transaction.atomic():
            locked = (
                BulkDecision.objects.select_for_update(of=("self",)).select_related("by").get(pk=decision.pk)
            )
            if locked.ended_at is not None:
                return locked
            _one(locked)
            decision = locked
    return decision


def carry_on_all() -> int:
    """Carry out every open decision to its end. Returns how many there were."""
    count = 0
    for decision in BulkDecision.objects.filter(ended_at=None).order_by("pk"):
        count += 1
        while carry_on(decision).ended_at is None:
            pass
    return count


_COMMANDS = {DecisionKind.RESEND: resend, DecisionKind.REDATE: redate, DecisionKind.DISCARD: discard}


def _one(decision: BulkDecision) -> None:
    if decision.position < decision.total:
        command = _COMMANDS[DecisionKind(decision.kind)]
        message = OutboundMessage.objects.filter(pk=decision.messages[decision.position]).first()
        try:
            if message is None:
                raise MesError("unknown_message", _("There is no such message."))
            command(message=message, by=decision.by, reason=decision.reason)
        except MesError as error:
            decision.refused += 1
            decision.refusal = str(error)[:300]
        else:
            decision.done += 1
        decision.position += 1
    if decision.position >= decision.total:
        decision.ended_at = timezone.now()
    decision.save(update_fields=["position", "done", "refused", "refusal", "ended_at"])
    announce(f"bulk-decision:{decision.pk}")
