"""What people do with messages: send again, hold back, give up."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.enums import OutboundState
from integrations.models import OutboundMessage
from mes.accounts.models import User
from mes.lib.errors import InvalidInput, Problem, Refused
from mes.lib.live import announce

RESENDABLE = (OutboundState.PARKED, OutboundState.DELIVERED, OutboundState.QUEUED)
DISCARDABLE = (OutboundState.PARKED, OutboundState.QUEUED)


@transaction.atomic
def resend(*, message: OutboundMessage, by: User) -> OutboundMessage:
    """Send a message once more, now, under the same identity: a partner that has it books nothing twice."""
    locked = _lock(message)
    if locked.state not in RESENDABLE:
        raise Refused(
            "wrong_state", _("A message in state “%s” can't be sent again.") % locked.get_state_display()
        )
    locked.state = OutboundState.QUEUED
    locked.next_try_at = timezone.now()
    locked.rendered = ""
    locked.answer = ""
    locked.problem = (_("sent again by %s") % by)[:500]
    locked.save(update_fields=["state", "next_try_at", "rendered", "answer", "problem"])
    announce("outbox")
    return locked


@transaction.atomic
def hold_back(*, message: OutboundMessage, by: User, reason: str) -> OutboundMessage:
    """Keep a message that hasn't left from leaving, and with it what follows of its order, until it is sent
    again or discarded. Raises InvalidInput without a reason, Refused once it is on its way."""
    if not reason.strip():
        raise InvalidInput([Problem("reason_missing", _("Holding back needs a reason."), "reason")])
    locked = _lock(message)
    if locked.state != OutboundState.QUEUED:
        raise Refused(
            "wrong_state", _("A message in state “%s” can't be held back.") % locked.get_state_display()
        )
    locked.state = OutboundState.PARKED
    locked.problem = (_("held back by %(who)s: %(reason)s") % {"who": by, "reason": reason.strip()})[:500]
    locked.save(update_fields=["state", "problem"])
    announce("outbox")
    return locked


@transaction.atomic
def discard(*, message: OutboundMessage, by: User, reason: str) -> OutboundMessage:
    """Give a message up, because it was settled by hand in the ERP; a waiting reversal of it goes with it."""
    if not reason.strip():
        raise InvalidInput([Problem("reason_missing", _("Discarding needs a reason."), "reason")])
    locked = _lock(message)
    if locked.state not in DISCARDABLE:
        raise Refused(
            "wrong_state", _("A message in state “%s” can't be discarded.") % locked.get_state_display()
        )
    note = (_("discarded by %(who)s: %(reason)s") % {"who": by, "reason": reason.strip()})[:500]
    OutboundMessage.objects.filter(pk=locked.pk).update(state=OutboundState.DISCARDED, problem=note)
    OutboundMessage.objects.filter(reverses=locked, state__in=DISCARDABLE).update(
        state=OutboundState.DISCARDED, problem=note
    )
    locked.refresh_from_db()
    announce("outbox")
    return locked


def _lock(message: OutboundMessage) -> OutboundMessage:
    return OutboundMessage.objects.select_for_update(of=("self",)).get(pk=message.pk)
