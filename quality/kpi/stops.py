"""Where delay comes from: the Pareto of stop reasons and how much of it has a reason at all."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from mes.lib.spans import ZERO
from quality.kpi import formulas
from quality.kpi.collect import Reading
from quality.kpi.elements import Element
from quality.kpi.facts import SlotSegment
from quality.queries import oee as queries


@dataclass(frozen=True, slots=True)
class ReasonShare:
    """One bar of the Pareto of stops. ``reason`` ``None``: nobody has said why."""

    reason: int | None
    code: str
    name: str
    time: timedelta
    stops: int
    share: Decimal
    running_share: Decimal


def stop_pareto(reading: Reading, *, micro_stops: bool = False) -> list[ReasonShare]:
    """Delay by reason, longest first; ``micro_stops`` adds those, which nobody is asked about. One query."""
    wanted = (Element.DELAY, Element.MICRO_STOP) if micro_stops else (Element.DELAY,)
    times: dict[int | None, timedelta] = defaultdict(timedelta)
    stops: dict[int | None, set[Hashable]] = defaultdict(set)
    for machine in reading.machines:
        for row in machine.of_element(*wanted):
            times[row.segment.reason] += row.segment.duration
            stops[row.segment.reason].add(stop_of(row))
    names = queries.stop_reasons(reason for reason in times if reason is not None)
    whole, running = sum(times.values(), ZERO), ZERO
    bars = []
    for reason, time in sorted(times.items(), key=lambda bar: (-bar[1], bar[0] or 0)):
        running += time
        known = names[reason] if reason is not None else None
        bars.append(
            ReasonShare(
                reason,
                known.code if known else "",
                known.name if known else "",
                time,
                len(stops[reason]),
                formulas.ratio(time, whole) or Decimal(0),
                formulas.ratio(running, whole) or Decimal(0),
            )
        )
    return bars


def stop_of(row: SlotSegment) -> Hashable:
    """What makes two segments parts of one stop."""
    return row.segment.stop or (row.machine, row.slot, row.segment.state_start)


def coding_rate(reading: Reading) -> Decimal | None:
    """The share of delay (without micro-stops) for which somebody has named the reason."""
    delay = [row.segment for machine in reading.machines for row in machine.of_element(Element.DELAY)]
    coded = sum((segment.duration for segment in delay if segment.reason is not None), ZERO)
    return formulas.reason_coding_rate(coded, sum((segment.duration for segment in delay), ZERO))
