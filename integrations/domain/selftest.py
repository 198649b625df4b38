"""Live checks against a partner before it is relied on. What its way can't do is said, not left out.

Reach it, be let in, read an order, write a test confirmation and find it, repeat it without a second effect,
cancel it; and how far its clock is from ours. The three that book do so on the test order that a person
names, and take it back.
"""

from __future__ import annotations

import socket
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import httpx
import structlog
from django.db import transaction
from django.utils import timezone

from integrations.domain.connectors import Connector, Line, PartnerError, Posting, connector, has_connector
from integrations.domain.fetching import line_to
from integrations.domain.outbox.drop import outbox_of
from integrations.domain.outbox.outcome import Outcome
from integrations.domain.outbox.webhook import clock_ahead
from integrations.domain.reconciliation.totals import plain
from integrations.enums import CheckResult, Delivery, OutboundState, SelfCheck
from integrations.models import AlarmLimits, Connection, InboundMessage, SelfTest, SelfTestRequest
from mes.accounts.models import User
from mes.lib.errors import MesError
from mes.lib.sentences import gettext as _
from mes.lib.sentences import ngettext, parts_of
from orders.domain.documents import Confirmation
from orders.models import Operation

logger = structlog.get_logger(__name__)

TIMEOUT = 10.0
LONGEST = timedelta(minutes=15)
"""Longer than any run: its worker died."""
YES = (OutboundState.DELIVERED, OutboundState.POSTED)


@dataclass(frozen=True, slots=True)
class Result:
    """Of one check, with a sentence that says what was seen."""

    check: SelfCheck
    result: CheckResult
    text: str

    def as_json(self) -> dict[str, Any]:
        said = {"check": self.check, "result": self.result, "text": self.text[:500]}
        return {**said, "sentence": parts_of(self.text)}


class CheckFailedError(Exception):
    """What was seen instead."""


class NotPossibleError(Exception):
    """Why the connection's way can't do a check."""


def ask_self_test(*, connection: Connection, by: User, operation: Operation | None = None) -> SelfTestRequest:
    """Ask the worker to run all checks; one that is open already is that one."""
    request, _made = SelfTestRequest.objects.get_or_create(
        connection=connection, ended_at=None, defaults={"by": by, "operation": operation}
    )
    return request


def run_asked(*, now: datetime | None = None) -> int:
    """Run every self-test that was asked for. One whose worker died ends as it is: its checks book, so they
    aren't run again by themselves. Returns how many were run."""
    now = now or timezone.now()
    stale = SelfTestRequest.objects.filter(ended_at=None, started_at__lt=now - LONGEST)
    for request in stale.select_related("connection", "operation__order", "by"):
        _keep(request)
    count = 0
    asked = SelfTestRequest.objects.filter(ended_at=None, started_at=None).select_related(
        "connection__plant", "connection__api_key", "operation__order__unit", "operation__machine_group", "by"
    )
    for request in asked:
        if SelfTestRequest.objects.filter(pk=request.pk, started_at=None).update(started_at=now):
            _run(request)
            count += 1
    return count


def _run(request: SelfTestRequest) -> None:
    """All checks, one after the other; each is kept as soon as it is done."""
    probe = _Probe(request.connection, request.operation)
    for check in SelfCheck:
        request.results.append(_checked(check, getattr(probe, check.value)).as_json())
        request.save(update_fields=["results"])
    _keep(request)


@transaction.atomic
def _keep(request: SelfTestRequest) -> None:
    """End a request; what it found is a fact from now on."""
    done = {result["check"] for result in request.results}
    missing = _("It was not done: the run broke off. Look whether a test piece stands booked.")
    broken = [
        Result(check, CheckResult.FAILED, missing).as_json() for check in SelfCheck if check not in done
    ]
    open_ones = SelfTestRequest.objects.filter(pk=request.pk, ended_at=None)
    if open_ones.update(ended_at=timezone.now()):
        operation = request.operation
        SelfTest.objects.create(
            connection=request.connection,
            by=request.by,
            order_number=operation.order.number if operation else "",
            operation_number=operation.number if operation else "",
            results=[*request.results, *broken],
        )


def _checked(check: SelfCheck, run: Callable[[], str]) -> Result:
    try:
        return Result(check, CheckResult.PASSED, run())
    except NotPossibleError as reason:
        return Result(check, CheckResult.IMPOSSIBLE, str(reason))
    except (CheckFailedError, MesError, httpx.HTTPError, OSError) as error:
        return Result(check, CheckResult.FAILED, str(error) or type(error).__name__)
    except Exception as error:
        # A defect of a connector is a failed check, not a broken page.
        logger.exception("self_test_failed", check=check)
        return Result(check, CheckResult.FAILED, type(error).__name__)


def _must_be_taken(outcome: Outcome) -> None:
    if outcome.state not in YES:
        raise CheckFailedError(outcome.problem or outcome.answer or str(outcome.state))


class _Probe:
    """The checks of one run; each returns what it saw or raises. Later ones build on earlier ones."""

    def __init__(self, connection: Connection, operation: Operation | None) -> None:
        self.connection = connection
        self.operation = operation
        self.booked: Posting | None = None
        self.references: list[str] = []
        self.before: Decimal | None = None

    def reach(self) -> str:
        if self.connection.delivery == Delivery.FILE:
            probe = f".spool/self-test-{uuid.uuid4().hex}"
            with outbox_of(self.connection) as place:
                place.write(probe, b"self-test")
                place.remove(probe)
            return _("The folder %s can be written to.") % self.connection.outbox_folder
        if self.connection.delivery == Delivery.PULL:
            raise NotPossibleError(_("The partner calls us."))
        host, port = self._host()
        with socket.create_connection((host, port), timeout=TIMEOUT):
            return _("%(host)s answers on port %(port)d.") % {"host": host, "port": port}

    def authenticate(self) -> str:
        if self.connection.delivery == Delivery.CONNECTOR:
            list(self._connector().totals(self._line(), [self._order_number()]))
            return _("The partner answered a question for totals.")
        if self.connection.delivery == Delivery.PULL and self.connection.api_key:
            used = self.connection.api_key.last_used_at
            if used is None:
                raise CheckFailedError(_("The partner has never come in with its key."))
            return _("The partner came in with its key at %s.") % f"{used:%Y-%m-%d %H:%M} UTC"
        raise NotPossibleError(_("A delivery tells whether the signature or the folder's rights are right."))

    def read_order(self) -> str:
        if has_connector(self.connection.format):
            page = next(iter(self._connector().fetch(self._line(), {})), None)
            if page is None or not page.messages:
                raise CheckFailedError(_("The partner has no order for us."))
            count = len(page.messages)
            return ngettext("The partner gave %d message.", "The partner gave %d messages.", count) % count
        newest = InboundMessage.objects.filter(connection=self.connection, state="applied").defer("body")
        found = newest.order_by("-received_at").first()
        if found is None:
            raise CheckFailedError(_("No message of the partner was applied yet: let it send one."))
        return _("Its last message was applied at %s.") % f"{found.received_at:%Y-%m-%d %H:%M} UTC"

    def write_and_find(self) -> str:
        self._must_book()
        self.before = self._booked_there()
        self.booked = posting = Posting("confirmation", self._confirmation())
        self._book(posting)
        return self._expect(self.before + 1, _("One piece was booked and found."))

    def repeat(self) -> str:
        posting = self._need_booking()
        self._book(replace(posting, uncertain=True))
        return self._expect(self._base() + 1, _("The same confirmation again had no second effect."))

    def cancel(self) -> str:
        posting = self._need_booking()
        identity = posting.confirmation.identity
        for reference in list(self.references) or [""]:
            back = replace(posting.confirmation, identity=uuid.uuid4().hex.upper(), reverses=identity)
            reversal = Posting("reversal", back, reference=reference)
            _must_be_taken(self._connector().post(self._line(), reversal))
        self.booked = None
        return self._expect(self._base(), _("The booking was taken back."))

    def clock(self) -> str:
        if self.connection.delivery not in (Delivery.CONNECTOR, Delivery.WEBHOOK):
            raise NotPossibleError(_("The partner's clock is seen only where it is called."))
        self._host()
        with httpx.Client(timeout=TIMEOUT, trust_env=False, follow_redirects=False) as client:
            answer = client.head(self.connection.address)
        ahead = clock_ahead(answer.headers.get("Date", ""), time.time())
        if ahead is None:
            raise NotPossibleError(_("The partner doesn't tell its time."))
        limits = AlarmLimits.objects.filter(connection=self.connection).first() or AlarmLimits()
        text = _("The partner's clock differs by %d s.") % round(ahead)
        if abs(ahead) > limits.clock_seconds + 1:
            raise CheckFailedError(text)
        return text

    def _host(self) -> tuple[str, int]:
        parts = urlsplit(self.connection.address)
        if not parts.hostname:
            raise NotPossibleError(_("The connection has no address to call."))
        return parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)

    def _line(self) -> Line:
        return line_to(self.connection)

    def _connector(self) -> Connector:
        return connector(self.connection.format)

    def _order_number(self) -> str:
        return self.operation.order.number if self.operation else ""

    def _must_book(self) -> None:
        if self.connection.delivery != Delivery.CONNECTOR:
            raise NotPossibleError(_("This needs an interface of the partner that is called."))
        if self.operation is None:
            raise NotPossibleError(_("Name a test order: one piece is booked on it and taken back."))

    def _need_booking(self) -> Posting:
        self._must_book()
        if self.booked is None:
            raise CheckFailedError(_("The test confirmation was not booked before."))
        return self.booked

    def _base(self) -> Decimal:
        return self.before or Decimal(0)

    def _book(self, posting: Posting) -> None:
        """A refusal books nothing; whatever else may be booked is taken back by ``cancel``, each key once."""
        outcome = self._connector().post(self._line(), posting)
        if outcome.state not in YES and not outcome.uncertain and not self.references:
            self.booked = None
        if outcome.reference and outcome.reference not in self.references:
            self.references.append(outcome.reference)
        _must_be_taken(outcome)

    def _booked_there(self) -> Decimal:
        assert self.operation is not None
        totals = list(self._connector().totals(self._line(), [self.operation.order.number]))
        if not totals:
            raise PartnerError("unknown_order", _("The partner doesn't know the test order."))
        mine = [one for one in totals if plain(one.operation) == plain(self.operation.number)]
        return sum((one.good for one in mine or totals), Decimal(0))

    def _expect(self, good: Decimal, text: str) -> str:
        found = self._booked_there()
        if found != good:
            wrong = _("%(found)s good pieces stand there, not %(expected)s.")
            raise CheckFailedError(wrong % {"found": found.normalize(), "expected": good.normalize()})
        return text

    def _confirmation(self) -> Confirmation:
        """One good piece without any time, as of now."""
        operation = self.operation
        assert operation is not None
        now, nothing = timezone.now(), Decimal(0)
        return Confirmation(
            identity=uuid.uuid4().hex.upper(),
            sequence=0,
            order=operation.order.number,
            operation=operation.number,
            plant=self.connection.plant.code,
            work_centre=operation.machine_group.code,
            confirmation_number=operation.confirmation_number,
            unit=operation.order.unit.code,
            good=Decimal(1),
            scrap=nothing,
            rework=nothing,
            scrap_reason="",
            setup_seconds=nothing,
            run_seconds=nothing,
            stop_seconds=nothing,
            labour_seconds=nothing,
            start=now,
            end=now,
            person="",
            final=False,
            created=now,
            time_zone=self.connection.plant.time_zone,
        )
