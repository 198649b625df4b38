"""Distributions of one plant, estimated from what was measured up to a moment. Pure."""

from __future__ import annotations

import math
import statistics
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby, pairwise

from orders.planning.engine.uncertainty import Breakdowns, Pool
from orders.planning.profiles.change import changed_since
from orders.planning.profiles.measured import Changeover, Measurements, RunTime, Standstill, Watched
from orders.planning.profiles.pools import (
    STRENGTH,
    Estimate,
    Sample,
    fading,
    mean_of,
    ring_of,
    scaled,
)
from orders.planning.profiles.pools import estimate as estimated
from orders.planning.profiles.tree import Path, Tree

DAY, WEEK = 86_400.0, 604_800.0
LOWEST, HIGHEST = 0.05, 20.0
"""A single measurement beyond is an accident of recording; it counts as the limit."""
FULL_STANDARD = 600.0
"""Seconds: a ratio to a shorter standard says less, in proportion."""
ENOUGH = 5
"""With fewer measurements of its own a changeover takes what is pooled."""
SOONEST = 0.25
"""The share of handovers that is faster than what a plan leaves for one."""
ASSUMED_SAME_FAMILY = 30
OUTDATED = 1 / 16
"""What a measurement from before the plant changed still counts."""

WIDE = Pool((0.7, 0.85, 1.0, 1.15, 1.3), (0.1, 0.2, 0.4, 0.2, 0.1))
"""Nothing is measured yet: the standard, and no trust in it."""
ONE = Pool((1.0,), (1.0,))


@dataclass(frozen=True, slots=True)
class Changing:
    """What a changeover takes. ``measured``: by its own measurements (at least ``ENOUGH``), else pooled."""

    seconds: float
    measured: bool
    estimate: Estimate


class Profiles:
    """Asked lazily: only what a plan needs is estimated. Items and families are those of the database."""

    def __init__(self, measured: Measurements) -> None:
        self.measured = measured

    # --- run times

    def run_path(self, machine: int, item: int, group: int | None = None) -> Path:
        """``group``: of a machine that was never measured."""
        family = self.measured.families.get(item) or f"item {item}"
        return (self.measured.groups.get(machine, group or 0), machine, family, item)

    def run_ratio(self, machine: int, item: int, group: int | None = None) -> Estimate:
        """How many times its standard a run takes, stops inside."""
        return self.run_times.of(self.run_path(machine, item, group))

    def machine_ratio(self, machine: int, group: int | None = None) -> Estimate:
        return self.run_times.of((self.measured.groups.get(machine, group or 0), machine))

    @cached_property
    def run_times(self) -> Tree:
        return Tree(
            (
                (
                    self.run_path(one.machine, one.item),
                    replace(sample, weight=sample.weight * worth(one.at, self.runs_changed)),
                )
                for one in self.measured.run_times
                if one.standard > 0 and one.seconds > 0
                for sample in [self.ratio(one.at, one.seconds, one.standard, one.open)]
            ),
            WIDE,
        )

    @cached_property
    def runs_changed(self) -> int:
        """Since when (epoch) runs take provably longer or shorter than before, each beside its machine's
        usual ratio; 0: they don't."""
        ended: dict[int, list[tuple[int, float]]] = defaultdict(list)
        for one in self.measured.run_times:
            if one.standard > 0 and one.seconds > 0 and not one.open:
                ended[one.machine].append((one.at, one.seconds / one.standard))
        beside = []
        for rows in ended.values():
            usual = statistics.median(ratio for _at, ratio in rows)
            beside += [(at, ratio / usual) for at, ratio in rows]
        beside.sort()
        newest = changed_since([ratio for _at, ratio in beside])
        return beside[-newest][0] if newest else 0

    @cached_property
    def stops_changed(self) -> int:
        """Since when (epoch) the plant's stops outside runs follow each other provably faster or slower than
        before; 0: they don't."""
        moments = sorted(one.at for one in self.measured.standstills if not one.in_run)
        newest = changed_since([right - left for left, right in pairwise(moments)])
        return moments[-newest] if newest else 0

    # --- setup

    @cached_property
    def setup_ratios(self) -> Tree:
        """How many times its standard a full setup takes (after another family and item)."""
        return Tree(
            (
                (
                    self.run_path(one.machine, one.item),
                    self.ratio(one.at, one.seconds, one.standard, one.open),
                )
                for one in self.measured.changeovers
                if one.standard > 0 and one.seconds > 0 and self.is_full(one)
            ),
            WIDE,
        )

    @cached_property
    def changeovers(self) -> Tree:
        """Seconds, by group, machine, what comes (family or item) and what was before."""
        return Tree(
            (self.change_path(one.machine, one.before, one.item), self.seconds(one))
            for one in self.measured.changeovers
        )

    def change_path(self, machine: int, before: int, item: int) -> Path:
        return (
            self.measured.groups.get(machine, 0),
            machine,
            self.family_of(item),
            "same" if before == item else self.family_of(before),
        )

    def family_of(self, item: int) -> str:
        return self.measured.families.get(item) or self.measured.items.get(item, "")

    def is_full(self, one: Changeover) -> bool:
        return one.before != one.item and self.family_of(one.before) != self.family_of(one.item)

    def changeover(self, machine: int, before: int, item: int) -> Changing:
        """From one item to the other on a machine: the median of what is measured, pooled where it's few."""
        path = self.change_path(machine, before, item)
        own = self.changeovers.of(path)
        taken = own if own.own >= ENOUGH else self.changeovers.of(path[:3])
        return Changing(taken.median, own.own >= ENOUGH, own)

    @cached_property
    def pairs(self) -> dict[int, dict[tuple[str, str], Estimate]]:
        """Changeovers by machine and (family from, family to), the same item left out."""
        found: dict[int, dict[tuple[str, str], Estimate]] = defaultdict(dict)
        for path in self.changeovers.at:
            if len(path) == 4 and path[3] not in ("same", ""):
                _group, machine, to, before = path
                found[machine][str(before), str(to)] = self.changeovers.of(path)  # type: ignore[index]
        return dict(found)

    def setup_table(self, machine: int) -> dict[tuple[str, str], int]:
        """Mean seconds by (family from, family to) of what was measured at least ``ENOUGH`` times there."""
        families = set(self.measured.families.values())
        return {
            pair: round(found.mean)
            for pair, found in sorted(self.pairs.get(machine, {}).items())
            if found.own >= ENOUGH and pair[0] != pair[1] and families.issuperset(pair)
        }

    @property
    def same_family_percent(self) -> int:
        """Of a full setup, within a family; ``ASSUMED_SAME_FAMILY`` while fewer than ``ENOUGH`` are
        measured."""
        if self.same_family.own < ENOUGH:
            return ASSUMED_SAME_FAMILY
        return round(100 * self.same_family.mean / self.setup_ratios.of(()).mean)

    @cached_property
    def same_family(self) -> Estimate:
        """What a setup within a family takes of its standard, in the whole plant."""
        inside = [
            self.ratio(one.at, one.seconds, one.standard, one.open)
            for one in self.measured.changeovers
            if one.standard > 0
            and one.before != one.item
            and self.family_of(one.before) == self.family_of(one.item)
        ]
        return estimated([ring_of(inside)], WIDE)

    @cached_property
    def setup_spread(self) -> Tree:
        """How far a setup strays from what is expected of it, by group and machine: a factor."""
        return Tree(self._setup_spread(), WIDE)

    def _setup_spread(self) -> Iterable[tuple[Path, Sample]]:
        for one in self.measured.changeovers:
            path = self.change_path(one.machine, one.before, one.item)
            expected = self.changeovers.of(path).mean
            if expected > 0 and one.seconds > 0:
                yield path[:2], self.ratio(one.at, one.seconds, expected, one.open)

    # --- stops

    @cached_property
    def stops(self) -> Tree:
        """Seconds of stops in runs, by group and machine."""
        return self._standing(in_run=True)

    @cached_property
    def interruptions(self) -> Tree:
        """Elapsed seconds of stops that no run contains, by group and machine."""
        return self._standing(in_run=False)

    def _standing(self, *, in_run: bool) -> Tree:
        return Tree(
            (self._place(one), Sample(float(one.seconds), one.open, self.age(one.at)))
            for one in self.measured.standstills
            if one.in_run == in_run
        )

    def _place(self, one: Standstill) -> Path:
        return (self.measured.groups.get(one.machine, 0), one.machine)

    def breakdowns(self, machine: int) -> Breakdowns:
        """Stops outside runs, by the time the machine set up and ran; how often is drawn to the plant's rate
        like ``STRENGTH`` stops of its own. Old ones fade like all that is measured."""
        busy, count = math.fsum(self._busy.values()), math.fsum(self._struck.values())
        if not busy or not count:
            return Breakdowns()
        own_busy, own = self._busy.get(machine, 0.0), self._struck.get(machine, 0.0)
        path = (self.measured.groups.get(machine, 0), machine)
        every = (own_busy + STRENGTH * busy / count) / (own + STRENGTH)
        return Breakdowns(every, self.interruptions.of(path).pool)

    @cached_property
    def _busy(self) -> dict[int, float]:
        """Seconds of set-up and run, faded, by machine."""
        found: dict[int, float] = defaultdict(float)
        worked: list[RunTime | Changeover] = [*self.measured.run_times, *self.measured.changeovers]
        for one in worked:
            found[one.machine] += one.seconds * self._faded(one.at)
        return found

    @cached_property
    def _struck(self) -> dict[int, float]:
        """Stops outside runs, faded, by machine."""
        found: dict[int, float] = defaultdict(float)
        for one in self.measured.standstills:
            if not one.in_run:
                found[one.machine] += self._faded(one.at)
        return found

    def _faded(self, at: int) -> float:
        return fading(self.age(at)) * worth(at, self.stops_changed)

    def stop_every(self, machine: int) -> float | None:
        """Seconds of production between two stops in runs; None where no signal tells or none was seen."""
        watched = self.watched.get(machine)
        count = len(self.stops.at.get((self.measured.groups.get(machine, 0), machine), ()))
        return watched.produced / count if watched and count else None

    @cached_property
    def watched(self) -> dict[int, Watched]:
        return {one.machine: one for one in self.measured.watched}

    def availability(self, machine: int) -> tuple[float, float] | None:
        """The share of a run's production in which the machine produced (of what is known), and the share
        nobody knows. None where no signal tells."""
        one = self.watched.get(machine)
        known = (one.produced + one.stopped) if one else 0
        if one is None or known <= 0:
            return None
        return one.produced / known, one.unknown / (known + one.unknown)

    # --- pieces, waiting, suppliers, rush orders

    @cached_property
    def extra(self) -> Tree:
        """Pieces worked on for each good one: 1 without scrap and rework."""
        return Tree(
            (
                (
                    self.run_path(one.machine, one.item),
                    Sample(
                        min((one.good + one.scrap + one.rework) / one.good, HIGHEST) if one.good > 0 else 2.0,
                        age=self.age(one.at),
                    ),
                )
                for one in self.measured.outcomes
                if one.good + one.scrap + one.rework > 0
            ),
            ONE,
        )

    @cached_property
    def handovers(self) -> Tree:
        """Working seconds between operations while the next machine was idle: transport, by group."""
        return Tree(
            ((one.group,), Sample(float(one.idle), one.open, self.age(one.at)))
            for one in self.measured.handovers
        )

    @cached_property
    def queues(self) -> Tree:
        """Working seconds between operations, all reasons together, by group."""
        return Tree(
            ((one.group,), Sample(float(one.seconds), one.open, self.age(one.at)))
            for one in self.measured.handovers
        )

    def handover_seconds(self, group: int) -> float:
        """What a plan leaves between two operations: what a quarter of the handovers beat. 0 while fewer than
        ``ENOUGH`` are measured."""
        if len(self.handovers.at.get((), ())) < ENOUGH:
            return 0.0
        return self.handovers.of((group,)).quantile(SOONEST)

    @cached_property
    def suppliers(self) -> Tree:
        """How many times the planned time a supplier needs, by group and item."""
        return Tree(
            (
                ((one.group, one.item), self.ratio(one.at, one.seconds, one.standard, one.open))
                for one in self.measured.outsides
                if one.standard > 0
            ),
            WIDE,
        )

    @cached_property
    def supplier_seconds(self) -> Tree:
        """Elapsed seconds a supplier needs, by group and item: of what nobody planned."""
        return Tree(
            ((one.group, one.item), Sample(float(one.seconds), one.open, self.age(one.at)))
            for one in self.measured.outsides
        )

    def away(self, group: int, item: int, standard: float) -> Pool:
        """Elapsed seconds of an operation at a supplier: its planned ones as suppliers keep to theirs; where
        there are none what was measured, and 0 while nothing is."""
        if standard > 0:
            return scaled(self.suppliers.of((group, item)).pool, standard)
        return self.supplier_seconds.of((group, item)).pool

    @cached_property
    def deliveries(self) -> Tree:
        """Elapsed seconds behind the day a delivery was told for, by supplier and item. While nothing is
        measured it is taken at its word."""
        return Tree(
            ((one.supplier, one.item), Sample(float(one.late), one.open, self.age(one.at)))
            for one in self.measured.deliveries
        )

    @cached_property
    def rush_every(self) -> float:
        """Elapsed seconds between two rush orders; 0: fewer than two came."""
        count = len(self.measured.rush_orders)
        return (self.measured.until - self.measured.since) / count if count > 1 else 0.0

    # --- drift

    @cached_property
    def drift(self) -> Tree:
        """How far a machine's weeks stray from its mean, as a factor. What chance alone makes of a week with
        few runs is taken out: only the rest is common to the machine's work."""
        return Tree(self._weeks(), ONE)

    def _weeks(self) -> Iterable[tuple[Path, Sample]]:
        runs = [
            one for one in self.measured.run_times if one.standard > 0 and one.seconds > 0 and not one.open
        ]
        runs.sort(key=lambda one: (one.machine, one.at, one.operation))
        for machine, rows in groupby(runs, key=lambda one: one.machine):
            weeks: dict[int, list[tuple[float, float]]] = defaultdict(list)
            for one in rows:
                weeks[int(one.at // WEEK)].append((float(one.seconds), float(one.standard)))
            ratios = {
                week: sum(seconds for seconds, _ in pairs) / sum(standard for _, standard in pairs)
                for week, pairs in weeks.items()
            }
            if len(ratios) < 2:
                continue
            mean = statistics.fmean(ratios.values())
            between = statistics.variance(ratios.values())
            chance = statistics.fmean(_variance_of_mean(pairs) for pairs in weeks.values())
            real = max(0.0, 1 - chance / between) if between > 0 else 0.0
            for week, ratio in sorted(ratios.items()):
                factor = 1 + (min(max(ratio / mean, LOWEST), HIGHEST) - 1) * real**0.5
                path = (self.measured.groups.get(machine, 0), machine)
                yield path, Sample(factor, age=self.age(int((week + 1) * WEEK)))

    # --- arithmetic

    def age(self, at: int) -> float:
        """Days."""
        return max(self.measured.until - at, 0) / DAY

    def ratio(self, at: int, seconds: float, standard: float, open_: bool) -> Sample:
        value = min(max(seconds / standard, LOWEST), HIGHEST)
        return Sample(value, open_, self.age(at), min(1.0, standard / FULL_STANDARD))

    def seconds(self, one: Changeover) -> Sample:
        return Sample(float(one.seconds), one.open, self.age(one.at))


def worth(at: int, changed: int) -> float:
    """Of what became known then, in a plant that changed at ``changed`` (0: never)."""
    return OUTDATED if at < changed else 1.0


def _variance_of_mean(pairs: list[tuple[float, float]]) -> float:
    """Of a week's ratio, from the spread of its runs; one run alone says nothing and counts as pure chance of
    ten percent."""
    if len(pairs) < 2:
        return 0.01
    return statistics.variance(seconds / standard for seconds, standard in pairs) / len(pairs)


def centred(pool: Pool) -> Pool:
    """The same spread around a mean of 1."""
    mean = mean_of(pool)
    return scaled(pool, 1 / mean) if mean > 0 else ONE
