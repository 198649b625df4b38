"""Trying a partner's test system from end to end: an order is read, one piece booked, repeated, cancelled.

What no test of ours can prove, because the partner is the plant's own. Nothing is stored here; what was
booked there is cancelled again at the end.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from integrations.domain.connectors import Connector, ErpTotal, Line, Posting, connector
from integrations.domain.fetching import line_to
from integrations.domain.formats import OrderFormat, order_format
from integrations.domain.outbox.compose import CONFIRMATION, REVERSAL
from integrations.domain.outbox.outcome import PERIOD_CLOSED, Outcome
from integrations.domain.outbox.redating import redates_by_itself
from integrations.enums import OutboundState
from integrations.models import Connection
from integrations.queries.mending import today_at
from mes.lib.errors import MesError
from mes.lib.sentences import gettext as _
from orders.domain.documents import Confirmation, OperationLine, OrderDocument

ZERO = Decimal(0)
NO_OPERATION = "9998"


@dataclass(frozen=True, slots=True)
class Tried:
    """One step: what should happen, whether it did, and what was seen instead or besides."""

    name: str
    passed: bool
    seen: str = ""


class Unfit(Exception):
    """What was seen is not what should be."""


def try_partner(
    *, connection: Connection, order: str, operation: str, closed_day: date | None = None
) -> Iterator[Tried]:
    """The steps one after the other; the first that fails ends the run, after cancelling what was booked.

    ``order`` and ``operation`` are those of the partner's **test** system, free for this. With a
    ``closed_day`` a posting in a closed period is tried, too.
    """
    trial = _Trial(connection, order, operation)
    steps: list[tuple[str, Callable[[], str]]] = [
        (_("The order is read"), trial.read_order),
        (_("Totals are told"), trial.note_totals),
        (_("One piece is booked"), trial.book),
        (_("The same again books nothing"), trial.book_again),
        (_("Totals show one piece more"), trial.check_one_more),
        (_("What is wrong is refused with its reason"), trial.book_nonsense),
        *([(_("A closed period"), lambda: trial.book_on(closed_day))] if closed_day else []),
        (_("The piece is cancelled"), trial.cancel),
        (_("Cancelling again changes nothing"), trial.cancel),
        (_("Totals are as before"), trial.check_as_before),
    ]
    for name, step in steps:
        try:
            yield Tried(name, True, step())
        except (Unfit, MesError) as problem:
            yield Tried(name, False, str(problem))
            yield from trial.clean_up()
            return


class _Trial:
    def __init__(self, connection: Connection, order: str, operation: str) -> None:
        self.connection = connection
        self.line: Line = line_to(connection)
        self.partner: Connector = connector(connection.format)
        self.reader: OrderFormat = order_format(connection.format)
        self.order, self.operation = order, operation
        self.before: ErpTotal
        self.ticket: Confirmation
        self.reference = ""
        self.strays: list[str] = []
        self.reversal = uuid.uuid4().hex.upper()

    def read_order(self) -> str:
        """Reads on from the beginning until the order comes by."""
        settings: dict[str, Any] = {"encoding": self.connection.encoding, **self.connection.options}
        count = 0
        for page in self.partner.fetch(self.line, {}):
            for message in page.messages:
                count += 1
                reading = self.reader.read(message.body, zone=self.line.zone, settings=settings)
                if found := next((one for one in reading.documents if one.number == self.order), None):
                    self.ticket = self.one_piece(found, self.operation_of(found))
                    return _("%(count)d messages read; quantity %(quantity)s %(unit)s.") % {
                        "count": count,
                        "quantity": found.quantity,
                        "unit": found.unit,
                    }
                if self.order in message.external_id.split("@") and reading.problems:
                    raise Unfit("; ".join(str(problem) for problem in reading.problems))
        raise Unfit(_("Among %d messages the order doesn't stand.") % count)

    def operation_of(self, document: OrderDocument) -> OperationLine:
        lines = document.operations or ()
        found = next((line for line in lines if line.number == self.operation), None)
        if found is None:
            numbers = ", ".join(line.number for line in lines)
            raise Unfit(_("The order has no such operation, but %s.") % (numbers or "-"))
        return found

    def one_piece(self, document: OrderDocument, operation: OperationLine) -> Confirmation:
        now = timezone.now()
        return Confirmation(
            identity=uuid.uuid4().hex.upper(),
            sequence=0,
            order=document.number,
            operation=operation.number,
            plant=document.plant or "",
            work_centre=operation.work_centre,
            confirmation_number=operation.confirmation_number,
            unit=document.unit or "",
            good=Decimal(1),
            scrap=ZERO,
            rework=ZERO,
            scrap_reason="",
            setup_seconds=ZERO,
            run_seconds=Decimal(60),
            stop_seconds=ZERO,
            labour_seconds=ZERO,
            start=now,
            end=now,
            person="",
            final=False,
            created=now,
            time_zone=str(self.line.zone),
        )

    def note_totals(self) -> str:
        self.before = self.totals()
        return _("%s good pieces stand there.") % self.before.good

    def totals(self) -> ErpTotal:
        found = self.partner.totals(self.line, [self.order])
        mine = (one for one in found if (one.order, one.operation) == (self.order, self.operation))
        return next(mine, ErpTotal(self.order, self.operation, ZERO))

    def book(self) -> str:
        outcome = self.expect_posted(Posting(CONFIRMATION, self.ticket))
        if not outcome.reference:
            raise Unfit(_("The partner told no number of its own; nothing can be cancelled."))
        self.reference = outcome.reference
        return outcome.reference

    def book_again(self) -> str:
        outcome = self.expect_posted(Posting(CONFIRMATION, self.ticket, uncertain=True))
        if outcome.reference != self.reference:
            self.strays.append(outcome.reference)
            raise Unfit(_("It was booked a second time as %s.") % outcome.reference)
        return ""

    def check_one_more(self) -> str:
        return self.check_good(self.before.good + 1)

    def check_as_before(self) -> str:
        return self.check_good(self.before.good)

    def check_good(self, expected: Decimal) -> str:
        good = self.totals().good
        if good != expected:
            seen = {"good": good, "expected": expected}
            raise Unfit(_("%(good)s stand there, %(expected)s should.") % seen)
        return str(good)

    def book_nonsense(self) -> str:
        wrong = replace(self.ticket, identity=uuid.uuid4().hex.upper(), operation=NO_OPERATION)
        outcome = self.partner.post(self.line, Posting(CONFIRMATION, wrong))
        if outcome.state != OutboundState.PARKED:
            raise Unfit(_("It ended as “%(state)s”: %(problem)s") % _shown(outcome))
        return outcome.problem

    def book_on(self, day: date | None) -> str:
        """Posted with another day or left to a person, as the options say; what was posted is cancelled."""
        late = replace(self.ticket, identity=uuid.uuid4().hex.upper(), posting_date=day)
        outcome = self.partner.post(self.line, Posting(CONFIRMATION, late))
        if outcome.code == PERIOD_CLOSED and redates_by_itself(self.connection):
            late = replace(late, posting_date=today_at(self.connection), first_posting_date=day)
            outcome = self.partner.post(self.line, Posting(CONFIRMATION, late))
        if outcome.state == OutboundState.PARKED:
            return outcome.problem
        if outcome.state != OutboundState.POSTED:
            raise Unfit(_("It ended as “%(state)s”: %(problem)s") % _shown(outcome))
        self.expect_posted(self.reversal_of(late, outcome.reference, uuid.uuid4().hex.upper()))
        return _("Booked as %s and cancelled; look which day it has there.") % outcome.reference

    def cancel(self) -> str:
        return self.expect_posted(self.reversal_of(self.ticket, self.reference, self.reversal)).reference

    def reversal_of(self, ticket: Confirmation, reference: str, identity: str) -> Posting:
        taken_back = replace(ticket, identity=identity, reverses=ticket.identity, final=False)
        return Posting(REVERSAL, taken_back, reference=reference, uncertain=True)

    def expect_posted(self, posting: Posting) -> Outcome:
        outcome = self.partner.post(self.line, posting)
        if outcome.state != OutboundState.POSTED:
            raise Unfit(_("It ended as “%(state)s”: %(problem)s") % _shown(outcome))
        return outcome

    def clean_up(self) -> Iterator[Tried]:
        """A run that failed half-way leaves nothing booked, where that can be helped."""
        for reference in filter(None, [self.reference, *self.strays]):
            identity = self.reversal if reference == self.reference else uuid.uuid4().hex.upper()
            try:
                self.expect_posted(self.reversal_of(self.ticket, reference, identity))
                yield Tried(_("Cleaning up"), True, reference)
            except (Unfit, MesError) as problem:
                by_hand = {"key": reference, "problem": problem}
                seen = _("Cancel %(key)s by hand: %(problem)s") % by_hand
                yield Tried(_("Cleaning up"), False, seen)


def _shown(outcome: Outcome) -> dict[str, str]:
    return {"state": str(outcome.state.label), "problem": outcome.problem}
