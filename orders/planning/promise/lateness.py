"""Why an order was late: its lateness split into measured causes that add up to it. Pure.

From the promise to the end every moment belongs to one thing: it was made, set up, stood in a run, was at a
supplier, on hold, short of material, or waited for a machine that had no shift, stood still, made other
orders, or was free. Of this the promise had foreseen the planned setup, run and supplier times, and left the
rest of its span for waiting. That rest is taken from the ordinary kinds of waiting first (``ORDINARY``).
What is left of each cause then is lateness, to the microsecond; less than planned counts against it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from mes.lib.spans import Span, intersect, subtract, total, union
from orders.enums import LateCause
from orders.queries.lateness import Around, LateOrder, Step

NONE = timedelta(0)
MICROSECOND = timedelta(microseconds=1)
ORDINARY = (
    LateCause.CLOSED,
    LateCause.QUEUE,
    LateCause.IDLE,
    LateCause.DOWN,
    LateCause.OVERTAKEN,
    LateCause.MATERIAL,
    LateCause.HOLD,
)
"""Kinds of waiting, those first that every promise reckons with."""
Causes = dict[LateCause, timedelta]


@dataclass(frozen=True, slots=True)
class Lateness:
    """``causes`` add up to ``late``, the largest first; negative is time that was gained."""

    order: int
    number: str
    late: timedelta
    causes: tuple[tuple[LateCause, timedelta], ...]


def lateness_of(late: LateOrder, machines: Mapping[int, Around]) -> Lateness:
    """``machines`` by id: those the order ran on."""
    causes = _Split(late, machines).causes()
    ordered = sorted(causes.items(), key=lambda one: (-one[1], one[0]))
    return Lateness(
        late.order,
        late.number,
        late.ended_at - late.promised_at,
        tuple((cause, length) for cause, length in ordered if length),
    )


def added_up(found: Iterable[Lateness]) -> list[tuple[LateCause, timedelta, int]]:
    """All lateness by cause with the number of orders it made later, the largest first."""
    sums: Causes = defaultdict(lambda: NONE)
    orders: dict[LateCause, int] = defaultdict(int)
    for one in found:
        for cause, length in one.causes:
            sums[cause] += length
            orders[cause] += length > NONE
    ordered = sorted(sums.items(), key=lambda one: (-one[1], one[0]))
    return [(cause, length, orders[cause]) for cause, length in ordered if length]


class _Split:
    def __init__(self, late: LateOrder, machines: Mapping[int, Around]) -> None:
        self.late = late
        self.machines = machines
        self.left = [Span(late.made_at, late.ended_at)]
        self.planned = NONE

    def take(self, spans: Iterable[Span]) -> timedelta:
        """How much of this nothing else claimed."""
        found = intersect(self.left, spans)
        self.left = subtract(self.left, found)
        return total(found)

    def causes(self) -> Causes:
        found: Causes = defaultdict(lambda: NONE)
        for step in self.late.steps:
            self.made(step, found)
        for step in self.late.steps:
            self.set_up(step, found)
        for step in self.late.steps:
            found[LateCause.STOPS] += self.take(intersect(self.inside(step, step.making), self.stood(step)))
            self.away(step, found)
        waited = self.waited()
        allowed = self.late.promised_at - self.late.made_at - self.planned
        for cause in ORDINARY:
            spared = min(max(allowed, NONE), waited.get(cause, NONE))
            found[cause] += waited.get(cause, NONE) - spared
            allowed -= spared
        found[LateCause.PROMISE] -= allowed
        return found

    def made(self, step: Step, found: Causes) -> None:
        took = self.take(subtract(self.inside(step, step.making), self.stood(step)))
        remade = NONE
        if step.pieces > 0:
            remade = int((took // MICROSECOND) * (step.pieces - step.good) / step.pieces) * MICROSECOND
        planned = NONE if step.away else self.expected(step, step.making, step.run, took - remade)
        found[LateCause.REMAKE] += remade
        found[LateCause.SPEED] += took - remade - planned
        self.planned += planned

    def set_up(self, step: Step, found: Causes) -> None:
        took = self.take(self.inside(step, step.setting))
        planned = NONE if step.away else self.expected(step, step.setting, step.setup, took)
        found[LateCause.SETUP] += took - planned
        self.planned += planned

    def away(self, step: Step, found: Causes) -> None:
        spans = [step.outside] if step.outside is not None else []
        took = self.take(spans)
        planned = self.expected(step, spans, step.setup + step.run, took) if step.away else NONE
        found[LateCause.SUPPLIER] += took - planned
        self.planned += planned

    def expected(self, step: Step, done: Sequence[Span], planned: timedelta, took: timedelta) -> timedelta:
        """What the promise still had to foresee of it: less what was done before. While a step lasts nobody
        knows how long it will take: no more than it took."""
        if not done or max(span.end for span in done) <= self.late.made_at:
            return NONE
        before = total(intersect(done, [Span(min(self.start(done), self.late.made_at), self.late.made_at)]))
        left = max(planned - before, NONE)
        return left if step.over else min(left, took)

    def start(self, spans: Sequence[Span]) -> datetime:
        return min((span.start for span in spans), default=self.late.made_at)

    def inside(self, step: Step, spans: Sequence[Span]) -> list[Span]:
        """The part in the machine's shifts, or in which signals saw it produce."""
        around = self.machines.get(step.machine or 0)
        return intersect(spans, union(around.working, around.producing)) if around else union(spans)

    def stood(self, step: Step) -> list[Span]:
        around = self.machines.get(step.machine or 0)
        return around.standing if around else []

    def waited(self) -> Causes:
        found: Causes = defaultdict(lambda: NONE)
        found[LateCause.HOLD] = self.take(self.late.holds)
        begun = [one for one in self.late.steps if one.setting or one.making or one.outside]
        begun.sort(key=lambda one: self.start(_worked(one)))
        cursor = self.late.made_at
        for step in begun:
            first, last = self.start(_worked(step)), max(span.end for span in _worked(step))
            if step.not_before is not None:
                missing = min(step.not_before, first)
                found[LateCause.MATERIAL] += self.take([Span(cursor, missing)] if cursor < missing else [])
            if cursor < last:
                self.waited_for(step, Span(cursor, last), found)
                cursor = last
        found[LateCause.IDLE] += self.take(self.left)
        return found

    def waited_for(self, step: Step, until: Span, found: Causes) -> None:
        """The time that nothing claimed up to there, by what its machine did meanwhile."""
        around = self.machines.get(step.machine or 0)
        if around is None:
            found[LateCause.IDLE] += self.take([until])
            return
        others = [(span, came) for span, order, came in around.others if order != self.late.order]
        later = [span for span, came in others if came > self.late.made_at]
        before = [span for span, came in others if came <= self.late.made_at]
        open_ = union(around.working, around.producing)
        found[LateCause.CLOSED] += self.take(subtract([until], open_))
        found[LateCause.DOWN] += self.take(intersect([until], around.standing))
        found[LateCause.OVERTAKEN] += self.take(intersect([until], later))
        found[LateCause.QUEUE] += self.take(intersect([until], before))
        found[LateCause.IDLE] += self.take([until])


def _worked(step: Step) -> list[Span]:
    return [*step.setting, *step.making, *([step.outside] if step.outside is not None else [])]
