"""What a machine's states and reasons looked like at a moment: by what was received and said until then."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from machines.domain.arrivals import sample_of
from machines.domain.ingest import value_of
from machines.domain.measure import FoldState, Interval, fold, tail
from machines.domain.measure import Sample as Signal
from machines.domain.packs.read import packed_between
from machines.domain.parameters import load_rules
from machines.domain.replay import samples_of
from machines.models import Machine, Sample, StopCoding

WARM_UP = timedelta(days=1)
"""Read before the window, so that references and counters are known in it."""
MOST = 500_000


@dataclass(frozen=True, slots=True)
class StatesThen:
    """Seconds by state in [start, end), the reasons said by then, and how many signals had come."""

    seconds: dict[str, float]
    codings: list[StopCoding]
    samples: int


def states_believed(machine: Machine, start: datetime, end: datetime, *, at: datetime) -> StatesThen:
    """The states of [start, end) (UTC) as they follow from the samples received up to ``at``.

    Read by the rules that are valid for that time now. Before the first raw sample that is still kept nothing
    is known.
    """
    last = min(end, at)
    rows = Sample.objects.filter(
        machine=machine, ts__gte=start - WARM_UP, ts__lt=last, received_at__lte=at
    ).select_related("epoch")
    found = {one.position: one for one in map(_signal, rows[:MOST])}
    for pack in packed_between(machine.pk, start - WARM_UP, last):
        for one in samples_of(pack, received_by=at):
            if start - WARM_UP <= one.ts < last:
                found[one.position] = one
    signals = [found[position] for position in sorted(found)]
    seconds: dict[str, float] = defaultdict(float)
    if signals:
        rules = load_rules([machine.pk], since=start - WARM_UP)[machine.pk]
        state = FoldState()
        closed = fold(state, signals, rules).intervals
        view = tail(state, rules, last)
        for interval in [*closed, *view.intervals, *view.open]:
            if (length := _within(interval, start, last)) > 0:
                seconds[interval.state.value] += length
    codings = StopCoding.objects.filter(
        machine=machine, recorded_at__lte=at, span__overlap=(start, end)
    ).exclude(superseded_by__recorded_at__lte=at)
    listed = list(codings.select_related("reason", "by").order_by("span"))
    return StatesThen(dict(seconds), listed, len(signals))


def _within(interval: Interval, start: datetime, end: datetime) -> float:
    return (min(interval.end or end, end) - max(interval.start, start)).total_seconds()


def _signal(row: Sample) -> Signal:
    return sample_of(
        *(row.ts, row.item, value_of(row.number, row.text), row.epoch.source_id, row.epoch.boot),
        *(row.seq, row.sub, row.slot, row.quality, row.flags),
        received=row.received_at,
    )
