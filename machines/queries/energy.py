"""What machines used of energy in an interval, and in which of their states."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from itertools import islice

from django.db.models import QuerySet

from machines.models import EnergyMeter, EnergyUse, MeterKind, StateInterval
from machines.models.state import TsTzRange
from mes.lib.spans import ZERO, Span, intersect, subtract, union

NOTHING = Decimal(0)
LONGEST = timedelta(days=40)
"""No stretch that isn't an estimate is longer; of an estimate only this is looked for."""
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Metered:
    """``kwh`` were used evenly in ``span``."""

    span: Span
    kwh: Decimal
    estimated: bool = False
    kind: str = MeterKind.ENERGY.value


@dataclass(frozen=True, slots=True)
class Amount:
    """Energy of some time: ``known`` is how much of that time meters tell of, ``estimated`` is a part of
    ``kwh`` that was spread over gaps."""

    kwh: Decimal = NOTHING
    estimated: Decimal = NOTHING
    known: timedelta = ZERO

    def __add__(self, other: Amount) -> Amount:
        return Amount(self.kwh + other.kwh, self.estimated + other.estimated, self.known + other.known)

    @property
    def kilowatts(self) -> Decimal | None:
        """On average while it is known."""
        seconds = Decimal(str(self.known.total_seconds()))
        return self.kwh * 3600 / seconds if seconds else None


@dataclass(slots=True)
class MachineEnergy:
    """Of one machine in ``span``: by state and in all; ``kinds``: the meters it was read from."""

    span: Span
    by_state: dict[str, Amount] = field(default_factory=dict)
    total: Amount = field(default_factory=Amount)
    kinds: frozenset[str] = frozenset()

    @property
    def coverage(self) -> Decimal | None:
        """The share of the interval that meters tell of."""
        if self.span.is_empty:
            return None
        return Decimal(self.total.known // _MICROSECOND) / Decimal(self.span.duration // _MICROSECOND)


def metered_machines(machines: Collection[int]) -> set[int]:
    """Which of these machines (ids) have a meter among their signals. One query."""
    return set(EnergyMeter.objects.filter(machine__in=machines).values_list("machine_id", flat=True))


def metered(machines: Collection[int], span: Span) -> dict[int, list[Metered]]:
    """What the meters of machines (ids) tell of ``span``, cut at its ends. One query.

    Time of which a counter tells is not told by power as well. Stretches of several meters may overlap.
    """
    rows = (
        EnergyUse.objects.filter(
            machine__in=machines,
            started_at__gte=span.start - LONGEST,
            started_at__lt=span.end,
            ended_at__gt=span.start,
        )
        .order_by("machine_id", "started_at")
        .values_list("machine_id", "started_at", "ended_at", "kwh", "estimated", "kind")
    )
    found: dict[int, list[Metered]] = defaultdict(list)
    for machine, start, end, kwh, estimated, kind in rows.iterator(chunk_size=5000):
        found[machine].append(Metered(Span(start, end), kwh, estimated, kind))
    return {
        machine: [part for one in counters_first(told) for part in cut(one, span)]
        for machine, told in found.items()
    }


def counters_first(told: Sequence[Metered]) -> list[Metered]:
    """Power only where no counter tells."""
    if len({one.kind for one in told}) < 2:
        return list(told)
    counted = union(one.span for one in told if one.kind == MeterKind.ENERGY)
    found = [one for one in told if one.kind == MeterKind.ENERGY]
    for one in told:
        if one.kind != MeterKind.ENERGY:
            for part in subtract([one.span], counted):
                found += cut(one, part)
    return sorted(found, key=lambda one: one.span)


def cut(one: Metered, within: Span) -> Iterator[Metered]:
    """The part of a stretch that lies in ``within``, with its share of the energy."""
    part = one.span & within
    if part is None:
        return
    if part == one.span:
        yield one
    else:
        yield Metered(part, one.kwh * _share(part, one.span), one.estimated, one.kind)


def amount_in(told: Iterable[Metered], spans: Iterable[Span], *, parts: int = 1) -> Amount:
    """Energy in ``spans`` (in order, without overlap), ``parts`` of them sharing it; ``told`` in order."""
    wanted, first = list(spans), 0
    kwh = estimated = NOTHING
    known: list[Span] = []
    for one in told:
        while first < len(wanted) and wanted[first].end <= one.span.start:
            first += 1
        for span in islice(wanted, first, None):
            if span.start >= one.span.end:
                break
            for piece in cut(one, span):
                kwh += piece.kwh / parts
                estimated += piece.kwh / parts if piece.estimated else NOTHING
                known.append(piece.span)
    return Amount(kwh, estimated, sum((span.duration for span in union(known)), ZERO))


def energy_of(machines: Collection[int], span: Span) -> dict[int, MachineEnergy]:
    """Energy of machines (ids) in ``span`` by state; only of those whose meters tell of it. Two queries.

    A machine with several slots is running while any of them is, and the order of ``STATES`` decides else.
    """
    told = metered(machines, span)
    states = _states(told, span)
    found: dict[int, MachineEnergy] = {}
    for machine, stretches in told.items():
        one = MachineEnergy(span, kinds=frozenset(each.kind for each in stretches))
        rest = [span]
        for state in STATES:
            here = intersect(states[machine][state], rest)
            amount = amount_in(stretches, here)
            if amount.known:
                one.by_state[state] = amount
            rest = subtract(rest, here)
        if (unknown := amount_in(stretches, rest)).known:
            one.by_state["unknown"] = unknown + one.by_state.get("unknown", Amount())
        for amount in one.by_state.values():
            one.total += amount
        found[machine] = one
    return found


STATES = ("producing", "setup", "micro_stop", "stop", "maintenance", "idle", "unknown")


def _states(machines: Collection[int], span: Span) -> dict[int, dict[str, list[Span]]]:
    found: dict[int, dict[str, list[Span]]] = defaultdict(lambda: defaultdict(list))
    rows = during(StateInterval.objects.filter(machine__in=machines), span).order_by("started_at")
    for machine, state, start, end in rows.values_list("machine_id", "state", "started_at", "ended_at"):
        low, high = max(start, span.start), min(end or span.end, span.end)
        if low < high:
            found[machine][state].append(Span(low, high))
    return defaultdict(lambda: defaultdict(list), found)


def during(rows: QuerySet[StateInterval], span: Span) -> QuerySet[StateInterval]:
    return (
        rows.filter(started_at__lt=span.end)
        .alias(during=TsTzRange("started_at", "ended_at"))
        .filter(during__overlap=(span.start, span.end))
    )


def _share(part: Span, whole: Span) -> Decimal:
    return Decimal(part.duration // _MICROSECOND) / Decimal(whole.duration // _MICROSECOND)
