"""Which run gets which cycle: a pure function of cycles, runs and what people settled.

Rules A1 to A9, R4 and S6 of the counting reference. Times are UTC, intervals half open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from enum import StrEnum

from mes.lib.fields import ZERO
from mes.lib.programs import normalise_program

GOOD_RUN = 3
TOLERANCE = 0.2
PIECE = Decimal(1)
CHANGED = "changed"
BEFORE = timedelta(microseconds=1)
CLOCKS_AGREE = timedelta(seconds=5)
"""A machine's clock that is wrong by less is not called wrong (O3): no border is known more exactly."""

CycleKey = tuple[int, datetime, int]
"""What tells the cycles of a machine apart: slot, end, place among those of one instant."""


class Confidence(StrEnum):
    """How sure it is that a run made the pieces; the same words as orders.enums.Certainty."""

    EXACT = "exact"
    LIKELY = "likely"
    MISMATCH = "mismatch"
    INFERRED = "inferred"
    ESTIMATED = "estimated"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class CountedCycle:
    """A cycle of one slot (0: the machine doesn't say which): ``quantity`` pieces, ``bad`` of them bad.

    ``credit_at`` is its start. ``since`` is set where only (since, credit_at] is known. ``waiting`` pieces
    are in doubt, negative for a correction that the counter proposes; ``doubt`` says why.
    """

    slot: int
    credit_at: datetime
    quantity: Decimal
    program: str = ""
    duration: timedelta | None = None
    since: datetime | None = None
    bad: Decimal = ZERO
    waiting: Decimal = ZERO
    setup: bool = False
    doubt: str = ""
    key: CycleKey | None = None

    @property
    def length(self) -> timedelta:
        """From its start to its end; zero where its end isn't known."""
        if self.duration is not None or self.key is None:
            return self.duration or timedelta()
        return self.key[1] - self.credit_at

    def begins_with(self, border: datetime) -> bool:
        """Whether it starts at or after a border that people told.

        A start just before it belongs to it too, when most of the cycle lies behind the border: what the
        machine's clock is wrong by changes no quantity (P9).
        """
        early = border - self.credit_at
        return early <= timedelta() or (early <= CLOCKS_AGREE and 2 * early < self.length)


@dataclass(frozen=True, slots=True)
class RunSpan:
    """A run on one slot, [start, end), an end of None meaning still. Production begins at
    ``production_at``; ``inferred``: no person opened the run.
    """

    id: int
    slot: int
    start: datetime
    end: datetime | None
    production_at: datetime | None
    program: str = ""
    inferred: bool = False

    def holds(self, moment: datetime) -> bool:
        return self.start <= moment and (self.end is None or moment < self.end)


@dataclass(frozen=True, slots=True)
class Settled:
    """What a person said of one cycle that had counted ``pieces``: ``quantity`` of them belong to ``run``;
    None: to nobody."""

    run: int | None
    pieces: Decimal
    quantity: Decimal
    setup: bool = False


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
    """``waiting`` cycles need a person first; ``discarded`` pieces are none, says a person.

    The pieces of all cycles are the sum of the four (A9).
    """

    credits: tuple[Credit, ...] = ()
    unassigned: tuple[CountedCycle, ...] = ()
    waiting: tuple[CountedCycle, ...] = ()
    discarded: Decimal = ZERO


def attribute(
    cycles: Iterable[CountedCycle],
    runs: Sequence[RunSpan],
    settled: Mapping[CycleKey, Settled] | None = None,
) -> Attribution:
    """Credit each cycle to the run of its slot that holds its start; the rest stays unassigned.

    A start that no run holds belongs to the run that begins with it, as exactly as clocks agree. What a
    person settled stands above the rules (R4).
    """
    by_slot: dict[int, list[RunSpan]] = {}
    for run in runs:
        by_slot.setdefault(run.slot, []).append(run)
    credits: list[Credit] = []
    unassigned: list[CountedCycle] = []
    waiting: list[CountedCycle] = []
    discarded = ZERO
    for cycle in cycles:
        said = settled.get(cycle.key) if settled and cycle.key is not None else None
        if said is not None:
            if said.run is not None and said.quantity:
                credits.append(_credit_by_person(cycle, said))
            discarded += said.pieces - (said.quantity if said.run is not None else ZERO)
            if more := cycle.quantity + cycle.waiting - said.pieces:
                waiting.append(replace(cycle, quantity=ZERO, bad=ZERO, waiting=more, doubt=CHANGED))
            continue
        if cycle.waiting:
            waiting.append(replace(cycle, quantity=ZERO, bad=ZERO))
        if not cycle.quantity:
            continue
        candidates = by_slot.get(cycle.slot, []) if cycle.slot else list(runs)
        if cycle.since is not None:
            shared = _share(cycle, candidates)
            credits += shared
            rest = cycle.quantity - sum((credit.quantity for credit in shared), ZERO)
            if rest:
                unassigned.append(replace(cycle, quantity=rest, bad=min(cycle.bad, rest), waiting=ZERO))
            continue
        holder = _holder(cycle, candidates)
        if holder is None:
            unassigned.append(replace(cycle, waiting=ZERO))
        else:
            credits.append(_credit(cycle, holder))
    return Attribution(tuple(credits), tuple(unassigned), tuple(waiting), discarded)


def _holder(cycle: CountedCycle, runs: Sequence[RunSpan]) -> RunSpan | None:
    """The run that holds the start. Of several (an unknown slot) the only one whose program fits (A2)."""
    holding = [run for run in runs if run.holds(cycle.credit_at)] or _beginning(cycle, runs)
    if len(holding) > 1:
        fitting = (Confidence.EXACT, Confidence.INFERRED)
        holding = [run for run in holding if _confidence(cycle, run) in fitting]
    return holding[0] if len(holding) == 1 else None


def _beginning(cycle: CountedCycle, runs: Sequence[RunSpan]) -> list[RunSpan]:
    return [
        run
        for run in runs
        if run.start > cycle.credit_at
        and cycle.begins_with(run.start)
        and run.holds(run.start)
        and _confidence(cycle, run) is not Confidence.MISMATCH
    ]


def _credit(cycle: CountedCycle, run: RunSpan) -> Credit:
    return Credit(
        run=run.id,
        at=cycle.credit_at,
        quantity=cycle.quantity,
        setup=cycle.setup or run.production_at is None or not cycle.begins_with(run.production_at),
        confidence=_confidence(cycle, run),
        bad=cycle.bad,
    )


def _credit_by_person(cycle: CountedCycle, said: Settled) -> Credit:
    assert said.run is not None
    bad = max(min(cycle.bad, said.quantity), ZERO)
    return Credit(said.run, cycle.credit_at, said.quantity, said.setup, Confidence.PERSON, bad)


def _confidence(cycle: CountedCycle, run: RunSpan) -> Confidence:
    made, wanted = normalise_program(cycle.program), normalise_program(run.program)
    if not made or not wanted:
        return Confidence.INFERRED if run.inferred else Confidence.LIKELY
    if made != wanted:
        return Confidence.MISMATCH
    return Confidence.INFERRED if run.inferred else Confidence.EXACT


def _share(cycle: CountedCycle, runs: Sequence[RunSpan]) -> list[Credit]:
    """Split a quantity of unknown times by the runs' share of the gap: largest remainder, exact sum (A7).

    What falls to time without a run is left out.
    """
    assert cycle.since is not None
    overlaps = []
    for run in sorted(runs, key=lambda run: (run.start, run.id)):
        end = cycle.credit_at if run.end is None else min(run.end, cycle.credit_at)
        length = (end - max(run.start, cycle.since)).total_seconds()
        if length > 0:
            overlaps.append((run, end, length))
    if not overlaps:
        return []
    lengths = [length for _, _, length in overlaps]
    lengths.append(max((cycle.credit_at - cycle.since).total_seconds() - sum(lengths), 0.0))
    pieces, bad = split(cycle.quantity, lengths), split(cycle.bad, lengths)
    return [
        Credit(
            run=run.id,
            at=end - BEFORE,
            quantity=quantity,
            setup=cycle.setup or run.production_at is None or end <= run.production_at,
            confidence=Confidence.ESTIMATED,
            bad=bad[index],
        )
        for index, ((run, end, _), quantity) in enumerate(zip(overlaps, pieces, strict=False))
        if quantity
    ]


def split(amount: Decimal, weights: Sequence[float]) -> list[Decimal]:
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
