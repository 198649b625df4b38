"""Reading again no more than what can differ.

A stretch begins at a checkpoint before the first change and ends at a *fence*: the first checkpoint after the
last change at which the fold arrives in the very state that is kept there. What was told later then follows
from the same state, the same samples and the same rules, so that its rows stay as they are.

Rows know nothing of fences. A fence therefore doesn't serve while cycles before it are held back (a set-up
may still amend them), nor where a cycle told after it ends before it: cycles of one slot that end at one
instant are numbered together.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from machines.domain.checkpoints import (
    Fence,
    drop_checkpoints,
    edges_of,
    find_fences,
    keep_checkpoints,
)
from machines.domain.facts import Changes, CycleKey, Facts, cycle_rows, differences, interval_rows
from machines.domain.measure import FoldState, Output, Rules, Sample
from machines.domain.measure.fold import fold_at_pace
from machines.domain.measure.pace import Pace
from machines.domain.parameters import load_rules
from machines.domain.replay import BEGINNING, Start, add_output, bucket, find_starts, load_samples
from mes.lib import bulk


@dataclass(frozen=True, slots=True)
class Span:
    """What changed of a machine (id) lies in [since, until]; fences are looked for until ``sure``, no later
    than where all that was told is stored."""

    machine: int
    plant: int
    since: datetime
    until: datetime
    sure: datetime


@dataclass(slots=True)
class Stretch:
    """A machine folded on from a checkpoint to a fence; ``anchors`` are the states to keep in between."""

    start: Start
    fence: Fence
    facts: Facts
    anchors: list[tuple[datetime, FoldState]]


def after_floor(at: datetime, floor: datetime | None) -> datetime:
    """The same moment, or where raw samples begin if those before are gone."""
    return at if floor is None else max(at, floor + timedelta(microseconds=1))


def read_stretches(spans: Collection[Span], changes: Changes, *, limit: int) -> set[int]:
    """Derive what changed again, note how rows differ and keep the checkpoints in between anew.

    Returns the machines (ids) for which that is all; of the others nothing is noted. At most about ``limit``
    samples of each are read. A constant number of queries.
    """
    fences = find_fences([(span.machine, span.until, span.sure) for span in spans])
    spans = [span for span in spans if span.machine in fences]
    if not spans:
        return set()
    starts = find_starts({span.machine: span.since for span in spans})
    samples, more = load_samples(
        {machine: start.at for machine, start in starts.items()},
        until={machine: some[-1].at for machine, some in fences.items()},
        limit=limit,
    )
    rules = load_rules(list(starts), since=min(start.at for start in starts.values()))
    found: dict[int, Stretch] = {}
    for span in spans:
        machine = span.machine
        end = more.get(machine)
        stretch = read_stretch(
            *(span, starts[machine], samples.get(machine, []), rules[machine]),
            [fence for fence in fences[machine] if end is None or fence.at < end],
        )
        if stretch is not None:
            found[machine] = stretch
    _note_differences(found, changes)
    if found:
        drop_checkpoints((machine, one.start.at, one.fence.at) for machine, one in found.items())
        keep_checkpoints([(machine, *anchor) for machine, one in found.items() for anchor in one.anchors])
    return set(found)


def read_stretch(
    span: Span, start: Start, samples: Sequence[Sample], rules: Rules, fences: Iterable[Fence]
) -> Stretch | None:
    """Fold until a fence is reached; None if none is. The samples are all there are until the last fence."""
    begin, state, pace = edges_of(start.state), start.state, Pace(rules)
    out, anchors, place = Output(), list[tuple[datetime, FoldState]](), 0
    for fence in fences:
        end = bisect_right(samples, fence.at, lo=place, key=_ts)
        for number, group in groupby(samples[place:end], key=_bucket):
            if state.heard is not None and state.heard > start.at and bucket(state.heard) != number:
                anchors.append((state.heard, state.clone()))
            add_output(out, fold_at_pace(state, list(group), rules, pace))
        place = end
        if fence.is_reached(state) and not _holds_back(state):
            facts = Facts(
                plant=span.plant,
                cycles=cycle_rows(span.machine, out.cycles),
                intervals=interval_rows(span.machine, out.intervals),
                cycles_after=start.at,
                intervals_from=begin or {slot.number: BEGINNING for slot in state.slots if slot.line},
                cycles_until=fence.at,
                intervals_until=edges_of(state),
            )
            return Stretch(start, fence, facts, anchors)
    return None


def _ts(sample: Sample) -> datetime:
    return sample.ts


def _bucket(sample: Sample) -> int:
    return bucket(sample.ts)


def _holds_back(state: FoldState) -> bool:
    return any(slot.line is not None and slot.line.streak for slot in state.slots)


def _note_differences(found: dict[int, Stretch], changes: Changes) -> None:
    """Note what differs, and take out those of which rows beyond the fence have to do with it."""
    own = Changes()
    differences({machine: one.facts for machine, one in found.items()}, own)
    if entangled := _entangled(found, own.gone_cycles | own.new_cycles.keys()):
        for machine in entangled:
            del found[machine]
        own = Changes()
        differences({machine: one.facts for machine, one in found.items()}, own)
    changes.add(own)


def _entangled(found: Mapping[int, Stretch], changed: Iterable[CycleKey]) -> set[int]:
    """Machines with a cycle told after the fence among those that changed, or whose last one changed."""
    spans: dict[tuple[int, int], tuple[datetime, datetime]] = {}
    for machine, slot, ended_at, _nth in changed:
        first, last = spans.get((machine, slot), (ended_at, ended_at))
        spans[machine, slot] = (min(first, ended_at), max(last, ended_at))
    if not spans:
        return set()
    rows = [(*place, *span, found[place[0]].fence.at) for place, span in spans.items()]
    with bulk.cursor() as cursor:
        cursor.execute(
            """
            SELECT DISTINCT w.machine_id
            FROM unnest(%s::int8[], %s::int2[], %s::timestamptz[], %s::timestamptz[], %s::timestamptz[])
                AS w(machine_id, slot, first, last, fence)
            WHERE EXISTS (
                SELECT FROM machines_cycle c
                WHERE c.machine_id = w.machine_id AND c.slot = w.slot
                    AND c.ended_at BETWEEN w.first AND w.last AND c.seen_at > w.fence
            ) OR EXISTS (
                SELECT FROM machines_machinenow n
                WHERE n.machine_id = w.machine_id AND n.slot = w.slot
                    AND (n.last_cycle_at IS NULL OR n.last_cycle_at <= w.last)
            )
            """,
            [list(column) for column in zip(*rows, strict=True)],
        )
        return {machine for (machine,) in cursor.fetchall()}
