"""The arithmetic of confirmations: signed effects of events, split into what may be told at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from orders.domain.documents import Confirmation, StopLine
from orders.models import ProductionEvent
from orders.queries.times import WorkTimes

ZERO = Decimal("0.000")
TIMES = ("setup", "run", "stop", "labour")


@dataclass(slots=True)
class Amounts:
    """Pieces by scrap reason, and seconds by account. May be negative while being added up."""

    good: Decimal = ZERO
    scrap: dict[str, Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))
    rework: dict[str, Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))
    times: dict[str, Decimal] = field(default_factory=lambda: dict.fromkeys(TIMES, ZERO))
    stops: dict[str, Decimal] = field(default_factory=lambda: defaultdict(lambda: ZERO))

    def add_events(self, events: Iterable[ProductionEvent]) -> None:
        for event in events:
            reason = ""
            if event.scrap_reason is not None:
                reason = event.scrap_reason.erp_code or event.scrap_reason.code
            self.good += event.good
            self.scrap[reason] += event.scrap
            self.rework[reason] += event.rework

    def add_confirmed(self, canonical: Mapping[str, Any]) -> None:
        """What a confirmation told."""
        self.good += Decimal(canonical["good"])
        self.scrap[canonical["scrap_reason"]] += Decimal(canonical["scrap"])
        self.rework[canonical["scrap_reason"]] += Decimal(canonical["rework"])
        for name in TIMES:
            self.times[name] += Decimal(canonical[f"{name}_seconds"])
        for stop in canonical["stops"]:
            self.stops[stop["reason"]] += Decimal(stop["seconds"])

    def add_times(self, totals: WorkTimes, *, told: Iterable[Mapping[str, Any]]) -> None:
        """The work so far, less what the confirmations in force have ``told``."""
        before = Amounts()
        for canonical in told:
            before.add_confirmed(canonical)
        for name in TIMES:
            self.times[name] += getattr(totals, name) - before.times[name]
        for reason in {*totals.stops, *before.stops}:
            self.stops[reason] += totals.stops.get(reason, ZERO) - before.stops[reason]

    @property
    def values(self) -> Iterator[Decimal]:
        yield self.good
        yield from self.scrap.values()
        yield from self.rework.values()
        yield from self.times.values()

    @property
    def is_negative(self) -> bool:
        return any(value < 0 for value in self.values)

    @property
    def is_zero(self) -> bool:
        return not any(self.values)

    def take_from(self, other: Amounts, standing: Amounts) -> None:
        """Make up for pieces below zero with those of ``other``, as far as it has some itself or in what it
        told that is ``standing``."""

        def lent(lacking: Decimal, owned: Decimal) -> Decimal:
            return min(max(-lacking, ZERO), max(owned, ZERO))

        pieces = lent(self.good, other.good + standing.good)
        self.good += pieces
        other.good -= pieces
        for mine, theirs, told in (
            (self.scrap, other.scrap, standing.scrap),
            (self.rework, other.rework, standing.rework),
        ):
            for reason in [reason for reason, value in mine.items() if value < 0]:
                pieces = lent(mine[reason], theirs[reason] + told[reason])
                mine[reason] += pieces
                theirs[reason] -= pieces

    def add_pieces(self, said: Mapping[str, Any]) -> None:
        """What ``pieces_as_json`` gave."""
        self.good += Decimal(said.get("good", 0))
        for part, name in ((self.scrap, "scrap"), (self.rework, "rework")):
            for reason, pieces in said.get(name, {}).items():
                part[reason] += Decimal(pieces)

    def pieces_as_json(self) -> dict[str, Any]:
        """The pieces that aren't zero, as decimal strings; empty without any."""
        found: dict[str, Any] = {"good": f"{self.good:.3f}"} if self.good else {}
        for part, name in ((self.scrap, "scrap"), (self.rework, "rework")):
            if kept := {reason: f"{pieces:.3f}" for reason, pieces in part.items() if pieces}:
                found[name] = kept
        return found

    def cut_at_zero(self, owed: Amounts) -> None:
        """Leave out what is below zero; pieces go to ``owed``, times are told as differences of totals."""
        owed.good += min(self.good, ZERO)
        self.good = max(self.good, ZERO)
        for part, theirs in ((self.scrap, owed.scrap), (self.rework, owed.rework)):
            for reason, pieces in part.items():
                theirs[reason] += min(pieces, ZERO)
                part[reason] = max(pieces, ZERO)
        for part in (self.times, self.stops):
            for name, seconds in part.items():
                part[name] = max(seconds, ZERO)

    def absorb(self, open_: Amounts, owed: Amounts) -> None:
        """Take over what earlier confirmations left ``open_``, as far as these pieces don't fall below zero
        by it; ``owed`` notes it as settled."""

        def borne(pieces: Decimal, left: Decimal) -> Decimal:
            return max(left, -max(pieces, ZERO))

        good = borne(self.good, open_.good)
        self.good += good
        open_.good -= good
        owed.good -= good
        for mine, left, noted in (
            (self.scrap, open_.scrap, owed.scrap),
            (self.rework, open_.rework, owed.rework),
        ):
            for reason in list(left):
                pieces = borne(mine[reason], left[reason])
                mine[reason] += pieces
                left[reason] -= pieces
                noted[reason] -= pieces

    @property
    def reasons(self) -> list[str]:
        """Those with pieces; at least one entry, because a confirmation carries one reason."""
        found = {reason for part in (self.scrap, self.rework) for reason, value in part.items() if value}
        return sorted(found) or [""]

    def scrap_of(self, reason: str, blank: Confirmation) -> Confirmation:
        return replace(blank, scrap=self.scrap[reason], rework=self.rework[reason], scrap_reason=reason)

    def all_but_scrap(self, confirmation: Confirmation) -> Confirmation:
        stops = sorted((reason, seconds) for reason, seconds in self.stops.items() if seconds > 0)
        return replace(
            confirmation,
            good=self.good,
            setup_seconds=self.times["setup"],
            run_seconds=self.times["run"],
            stop_seconds=self.times["stop"],
            labour_seconds=self.times["labour"],
            stops=tuple(StopLine(reason, seconds) for reason, seconds in stops),
        )
