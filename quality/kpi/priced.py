"""What each wrong assumption costs: days of the orders that are open now, and money."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from orders.planning.load import Loaded
from orders.planning.profiles import truth
from quality.kpi.gaps import Gap, Standard


@dataclass(frozen=True, slots=True)
class Priced:
    """``days``: by how much the open orders' lead times are wrong, summed over ``orders`` of them; positive:
    they will take longer than promised. ``euros``: what the window's hours cost; None without a rate."""

    gap: Gap
    days: float
    orders: int
    euros: float | None


def priced(gaps: Iterable[Gap], loaded: Loaded, rates: Mapping[str, float]) -> list[Priced]:
    """The dearest in days first, then in hours. ``rates``: euros an hour by machine code."""
    needs, a_day = truth.needs_of(loaded), truth.day_seconds(loaded)
    groups = {machine.group.code: machine.group_id for machine, _slot in loaded.slots}
    usual = sorted(a_day.values())[len(a_day) // 2] if a_day else truth.FULL_DAY
    found = []
    for gap in gaps:
        seconds = _seconds(gap, needs, groups, loaded)
        elapsed = gap.standard in (Standard.OUTSIDE, Standard.DELIVERY)
        day = truth.FULL_DAY if elapsed else a_day.get(gap.machine, usual)
        rate = rates.get(gap.machine)
        euros = None if rate is None else gap.hours * rate
        found.append(Priced(gap, truth.total_days(seconds, day), len(seconds), euros))
    return sorted(found, key=lambda one: (-abs(one.days), -abs(one.gap.hours), one.gap.key))


def _seconds(
    gap: Gap, needs: list[truth.Need], groups: Mapping[str, int], loaded: Loaded
) -> dict[int, float]:
    group = groups.get(gap.machine, 0)
    match gap.standard:
        case Standard.RUN:
            return truth.later_by_run(needs, gap.machine, gap.item, gap.measured / gap.planned)
        case Standard.SETUP:
            return truth.later_by_setup(needs, gap.machine, gap.item, gap.measured / gap.planned)
        case Standard.SCRAP:
            return truth.later_by_run(needs, gap.machine, gap.item, 1 / max(1 - gap.measured, 0.05))
        case Standard.AVAILABILITY:
            # What is promised on the assumed share takes this many times as long.
            factor = 1 + 1 / max(gap.measured, 0.05) - 1 / gap.planned
            return truth.later_by_run(needs, gap.machine, None, factor)
        case Standard.OUTSIDE:
            return truth.later_by_outside(needs, group, gap.measured / gap.planned)
        case Standard.WAITING:
            return truth.later_by_waiting(needs, group, gap.measured)
        case Standard.DELIVERY:
            return truth.later_by_delivery(loaded, gap.machine, gap.item, gap.measured)
