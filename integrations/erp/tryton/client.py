"""Tryton as a system that is called: fetching productions, booking cycles, totals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from integrations.domain.connectors import ErpTotal, Fetched, Line, Page, PartnerError, Posting
from integrations.domain.outbox.outcome import Outcome, again, parked
from integrations.erp.calls import NeverSentError
from integrations.erp.tryton import tables
from integrations.erp.tryton.booking import book
from integrations.erp.tryton.codec import read_answer
from integrations.erp.tryton.mapping import MESSAGE_TYPE, version
from integrations.erp.tryton.records import PRODUCTION, Cycle, Production, read_cycles, read_productions
from integrations.erp.tryton.session import RefusalError, Session

PAGE = 20
RECORDS = ("", "works.", "inputs.")
ROUND_SECONDS = 240.0
"""For one round of asking: less than the fetching service's lease."""


class TrytonConnector:
    """The fetching service's and the relay's door to this folder."""

    name = "tryton"

    def fetch(self, line: Line, cursor: Mapping[str, Any]) -> Iterator[Page]:
        """Open productions the first time, then whatever changed since. One message per production.

        The cursor: ``since`` the latest change known when the last round ended, ``behind`` the last record of
        an unfinished round, ``until`` the latest change seen in it.
        """
        with Session(line, seconds=ROUND_SECONDS) as erp:
            since, until = cursor.get("since", ""), cursor.get("until", "")
            behind = int(cursor.get("behind", 0))
            while True:
                domain = [*_changed(since, erp.profile), ["number", "!=", None], ["id", ">", behind]]
                rows = erp.search(PRODUCTION, domain, ["origin"], limit=PAGE)
                messages = []
                for row in rows:
                    body = _body(erp, row)
                    until = max(until, _latest(body))
                    messages.append(Fetched(body, MESSAGE_TYPE, str(row["id"])))
                if len(rows) < PAGE:
                    yield Page(tuple(messages), {"since": max(since, until)})
                    return
                behind = rows[-1]["id"]
                yield Page(tuple(messages), {"since": since, "behind": behind, "until": until})

    def post(self, line: Line, posting: Posting) -> Outcome:
        """Looks first, always: what an earlier attempt left is found by our note on the cycle."""
        try:
            with Session(line) as erp:
                outcome = book(erp, posting)
                return replace(outcome, clock_seconds=erp.conversation.clock_seconds)
        except RefusalError as error:
            return parked(str(error), code=error.code)
        except NeverSentError as error:
            return again(str(error), unreachable=error.unreachable, uncertain=True, code=error.code)
        except PartnerError as error:
            return again(str(error), uncertain=True, code=error.code)

    def totals(self, line: Line, orders: Sequence[str]) -> Iterable[ErpTotal]:
        """Times are those of the cycles; quantities what our notes on them say, except that the last
        operation of a finished production has what Tryton took into stock."""
        with Session(line) as erp:
            productions = read_productions(erp, orders)
            cycles = read_cycles(erp, [work for one in productions for work in one.numbers])
        return [
            _total(production, work, number, [cycle for cycle in cycles if cycle.work == work], erp.profile)
            for production in productions
            for work, number in production.numbers.items()
        ]


def _changed(since: str, profile: tables.Profile) -> list[Any]:
    if not since:
        return [["state", "in", list(tables.OPEN)]]
    overlap = timedelta(seconds=float(profile.overlap_seconds))
    moment = datetime.fromisoformat(since).astimezone(UTC) - overlap
    fields = [f"{record}{name}" for record in RECORDS for name in ("write_date", "create_date")]
    return [["OR", *([field, ">=", moment] for field in fields)], ["state", "in", list(tables.NUMBERED)]]


def _body(erp: Session, row: Mapping[str, Any]) -> bytes:
    """The production with everything it needs, in one answer of Tryton."""
    of_sale = str(row.get("origin") or "").startswith(tables.SALE_LINE + ",")
    fields = [*tables.PRODUCTION_FIELDS, *(tables.SALE_FIELDS if of_sale else ())]
    return erp.raw(PRODUCTION, "read", [row["id"]], fields)


def _latest(body: bytes) -> str:
    return max(version(row) for row in read_answer(body))


def _total(
    production: Production, work: int, number: str, cycles: Sequence[Cycle], profile: tables.Profile
) -> ErpTotal:
    done = [cycle for cycle in cycles if cycle.state == "done"]
    notes = [cycle.note for cycle in done if cycle.note]
    good = sum((note.good for note in notes), Decimal(0))
    if production.state == "done" and work == production.last_work:
        stocked = [move for move in production.outputs(waste=False) if move["unit"] == production.unit]
        good = sum((Decimal(str(move["quantity"])) for move in stocked), Decimal(0))
    setup = sum((note.setup_seconds for note in notes if "setup" in profile.time), Decimal(0))
    total = sum((cycle.seconds or Decimal(0) for cycle in done), Decimal(0))
    return ErpTotal(
        order=production.number,
        operation=number,
        good=good,
        scrap=sum((note.scrap for note in notes), Decimal(0)),
        rework=sum((note.rework for note in notes), Decimal(0)),
        setup_seconds=setup,
        run_seconds=total - setup,
    )
