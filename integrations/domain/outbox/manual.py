"""What people do with messages: send again, mend, hold back, give up, say that it is booked."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone

from integrations.domain.outbox.redating import give_todays_date
from integrations.domain.steps import note_decision
from integrations.enums import Mend, OutboundState
from integrations.models import OutboundMessage
from mes.accounts.models import User
from mes.lib.errors import InvalidInput, Problem, Refused
from mes.lib.live import announce
from mes.lib.sentences import gettext as _
from mes.lib.sentences import joined, parts_of

RESENDABLE = (OutboundState.PARKED, OutboundState.DELIVERED, OutboundState.QUEUED)
DISCARDABLE = (OutboundState.PARKED, OutboundState.QUEUED)


@transaction.atomic
def resend(*, message: OutboundMessage, by: User, reason: str = "") -> OutboundMessage:
    """Send a message once more, now, under the same identity: a partner that has it books nothing twice."""
    return _send_again(_resendable(message), by, _("sent again by %s") % by, reason)


@transaction.atomic
def redate(*, message: OutboundMessage, by: User, reason: str = "") -> OutboundMessage:
    """Send a refused message once more with today as its posting date, because the period of its own is
    closed."""
    locked = _resendable(message)
    if locked.state != OutboundState.PARKED:
        raise Refused("wrong_state", _("Only a refused message gets another posting date."))
    today = give_todays_date(locked)
    locked.save(update_fields=["canonical"])
    words = _("posted with the date %(date)s by %(who)s") % {"date": today.isoformat(), "who": by}
    return _send_again(locked, by, words, reason)


def _resendable(message: OutboundMessage) -> OutboundMessage:
    locked = _lock(message)
    if locked.state not in RESENDABLE:
        raise Refused(
            "wrong_state", _("A message in state “%s” can't be sent again.") % locked.get_state_display()
        )
    return locked


def _send_again(locked: OutboundMessage, by: User, words: str, reason: str) -> OutboundMessage:
    locked.state = OutboundState.QUEUED
    locked.next_try_at = timezone.now()
    locked.rendered = ""
    locked.answer = ""
    said = joined(": ", [part for part in (words, reason.strip()) if part])
    locked.tell(said)
    locked.mend, locked.is_asked = Mend.NONE, False
    locked.save(
        update_fields=[
            "state",
            "next_try_at",
            "rendered",
            "answer",
            "problem",
            "sentence",
            "mend",
            "is_asked",
        ]
    )
    note_decision(locked, by=by, words=said)
    announce("outbox")
    return locked


@transaction.atomic
def settle_as_booked(*, message: OutboundMessage, by: User, reference: str, reason: str) -> OutboundMessage:
    """A person looked into the ERP and found it booked: it is posted, and what waits behind it goes on.

    Raises InvalidInput without a reason, Refused unless the message waits for a person.
    """
    if not reason.strip():
        raise InvalidInput([Problem("reason_missing", _("Say where you saw that it is booked."), "reason")])
    locked = _lock(message)
    if locked.state != OutboundState.PARKED:
        raise Refused("wrong_state", _("Only a message that waits for a person can be settled so."))
    now = timezone.now()
    locked.state = OutboundState.POSTED
    locked.delivered_at, locked.posted_at = locked.delivered_at or now, now
    locked.reference = reference.strip()[:120] or locked.reference
    words = _("found booked by %(who)s: %(reason)s") % {"who": by, "reason": reason.strip()}
    locked.tell(words)
    locked.mend, locked.is_asked, locked.uncertain = Mend.NONE, False, False
    locked.save(
        update_fields=[
            "state",
            "delivered_at",
            "posted_at",
            "reference",
            "problem",
            "sentence",
            "mend",
            "is_asked",
            "uncertain",
        ]
    )
    note_decision(locked, by=by, words=words)
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
    words = _("held back by %(who)s: %(reason)s") % {"who": by, "reason": reason.strip()}
    locked.tell(words)
    locked.save(update_fields=["state", "problem", "sentence"])
    note_decision(locked, by=by, words=words)
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
    note = _("discarded by %(who)s: %(reason)s") % {"who": by, "reason": reason.strip()}
    given_up = {"state": OutboundState.DISCARDED, "problem": note[:500], "sentence": parts_of(note)}
    OutboundMessage.objects.filter(pk=locked.pk).update(**given_up)
    waiting = list(OutboundMessage.objects.filter(reverses=locked, state__in=DISCARDABLE))
    OutboundMessage.objects.filter(pk__in=[one.pk for one in waiting]).update(**given_up)
    locked.refresh_from_db()
    for one in (locked, *waiting):
        one.state = OutboundState.DISCARDED
        note_decision(one, by=by, words=note)
    announce("outbox")
    return locked


def _lock(message: OutboundMessage) -> OutboundMessage:
    return (
        OutboundMessage.objects.select_for_update(of=("self",))
        .select_related("connection__plant")
        .get(pk=message.pk)
    )
