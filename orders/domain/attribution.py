"""Which run gets which cycle: a pure function of cycles and runs.

Rules A1, A4, A5, A6, A7, A8, A9 and S6 of the counting reference. Times are UTC, intervals half open.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum

from mes.lib.fields import ZERO
from mes.lib.programs import normalise_program

GOOD_RUN = 3
TOLERANCE = 0.2
PIECE = Decimal(1)


class Confidence(StrEnum):
    EXACT = "exact"
    LIKELY = "likely"
    MISMATCH = "mismatch"
    ESTIMATED = "estimated"


@dataclass(frozen=True, slots=True)
class CountedCycle:
    """A cycle of one slot: ``quantity`` pieces, ``bad`` of them bad.

    ``credit_at`` is its start. ``since`` is set where only (since, credit_at] is known.
    """

    slot: int
    credit_at: datetime
    quantity: Decimal
    program: str = ""
    duration: timedelta | None = None
    since: datetime | None = None
    bad: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class RunSpan:
    """A run on one slot, [start, end), an end of None meaning still. Production begins at
    ``production_at``.
    """

    id: int
    slot: int
    start: datetime
    end: datetime | None
    production_at: datetime | None
    program: str = ""

    def holds(self, moment: datetime) -> bool:
        return self.start <= moment and (self.end is None or moment < self.end)


@dataclass(frozen=True, slots=True)
class Credit:
    """Pieces for one run at one moment; ``setup`` pieces were made while proving and are not good pieces."""

    run: int
    at: datetime
    quantity: Decimal
    setup: bool
    confidence: Confidence
    bad: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Attribution:
    credits: tuple[Credit, ...]
    unassigned: tuple[CountedCycle, ...]


def attribute(cycles: Iterable[CountedCycle], runs: Sequence[RunSpan]) -> Attribution:
    """Credit each cycle to the run of its slot that holds its start; the rest stays unassigned."""
    by_slot: dict[int, list[RunSpan]] = {}
    for run in runs:
        by_slot.setdefault(run.slot, []).append(run)
    credits: list[Credit] = []
    unassigned: list[CountedCycle] = []
    for cycle in cycles:
        candidates = by_slot.get(cycle.slot, [])
        if cycle.since is not None:
            shared = _share(cycle, candidates)
            credits += shared
            rest = cycle.quantity - sum((credit.quantity for credit in shared), ZERO)
            if rest:
                unassigned.append(CountedCycle(cycle.slot, cycle.credit_at, rest, cycle.program))
            continue
        holder = next((run for run in candidates if run.holds(cycle.credit_at)), None)
        if holder is None:
            unassigned.append(cycle)
        elif cycle.quantity:
            credits.append(_credit(cycle, holder))
    return Attribution(tuple(credits), tuple(unassigned))


def _credit(cycle: CountedCycle, run: RunSpan) -> Credit:
    return Credit(
        run=run.id,
        at=cycle.credit_at,
        quantity=cycle.quantity,
        setup=run.production_at is None or cycle.credit_at < run.production_at,
        confidence=_confidence(cycle, run),
        bad=cycle.bad,
    )


def _confidence(cycle: CountedCycle, run: RunSpan) -> Confidence:
    made, wanted = normalise_program(cycle.program), normalise_program(run.program)
    if not made or not wanted:
        return Confidence.LIKELY
    return Confidence.EXACT if made == wanted else Confidence.MISMATCH


def _share(cycle: CountedCycle, runs: Sequence[RunSpan]) -> list[Credit]:
    """Split a quantity of unknown times by the runs' share of the gap: largest remainder, exact sum (A7)."""
    assert cycle.since is not None
    overlaps = []
    for run in sorted(runs, key=lambda run: run.start):
        end = cycle.credit_at if run.end is None else min(run.end, cycle.credit_at)
        length = (end - max(run.start, cycle.since)).total_seconds()
        if length > 0:
            overlaps.append((run, end, length))
    if not overlaps:
        return []
    lengths = [length for _, _, length in overlaps]
    pieces, bad = _split(cycle.quantity, lengths), _split(cycle.bad, lengths)
    return [
        Credit(
            run=run.id,
            at=end - timedelta(microseconds=1),
            quantity=quantity,
            setup=run.production_at is None or end <= run.production_at,
            confidence=Confidence.ESTIMATED,
            bad=bad[index],
        )
        for index, ((run, end, _), quantity) in enumerate(zip(overlaps, pieces, strict=True))
        if quantity
    ]


def _split(amount: Decimal, weights: Sequence[float]) -> list[Decimal]:
    """Whole pieces in proportion to ``weights``, by largest remainder, adding up to ``amount``."""
    total = sum(weights)
    shares = [amount * Decimal(weight) / Decimal(total) for weight in weights]
    whole = [share.to_integral_value(ROUND_FLOOR) for share in shares]
    left = amount - sum(whole, ZERO)
    for index in sorted(range(len(shares)), key=lambda index: (whole[index] - shares[index], index)):
        step = min(PIECE, left)
        whole[index] += step
        left -= step
    return whole


def production_begin(
    cycles: Sequence[CountedCycle], run: RunSpan, reference: timedelta | None
) -> datetime | None:
    """When setup ended by itself: the start of the first of three cycles in a row that run the program within
    ±20 % of the reference cycle (S6). None without a reference or without such cycles."""
    if reference is None:
        return None
    row: list[CountedCycle] = []
    for cycle in sorted(cycles, key=lambda cycle: cycle.credit_at):
        if not run.holds(cycle.credit_at) or cycle.slot != run.slot or cycle.since is not None:
            continue
        fits = (
            cycle.duration is not None
            and abs(cycle.duration / reference - 1) <= TOLERANCE
            and _confidence(cycle, run) is not Confidence.MISMATCH
        )
        row = [*row, cycle] if fits else []
        if len(row) == GOOD_RUN:
            return row[0].credit_at
    return None
