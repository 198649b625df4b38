"""One pure function per key figure, named as in ISO 22400-2 ("ours" where the standard has none).

Ratios are Decimals (1 = 100 %); rates and times name their unit. ``None`` means that there is no data to
answer from; zero is an answer, not a default. Time about which nothing is known is in no ratio.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from statistics import fmean, stdev

from mes.lib.spans import ZERO
from quality.kpi.timemodel import Coverage, Quantities, TimeElements

MICROSECOND = timedelta(microseconds=1)
HOUR = timedelta(hours=1)


def ratio(part: timedelta | Decimal, whole: timedelta | Decimal) -> Decimal | None:
    """``part / whole`` of two times or two quantities; ``None`` if the whole is nothing."""
    numerator, denominator = _number(part), _number(whole)
    return numerator / denominator if denominator else None


def product(*factors: Decimal | None) -> Decimal | None:
    """The product, or ``None`` as soon as one factor is unknown."""
    result = Decimal(1)
    for factor in factors:
        if factor is None:
            return None
        result *= factor
    return result


def availability(elements: TimeElements) -> Decimal | None:
    """APT / PBT (ISO 22400-2)."""
    return ratio(elements.apt, elements.known)


def effectiveness(quantities: Quantities, producing: timedelta) -> Decimal | None:
    """Σ(PRI × PQ) / APT (ISO 22400-2), never an average cycle. Above 1 the standard is too slow.

    ``None`` if a piece has no planned run time: a part of the sum would look like a slow machine.
    """
    return None if quantities.unpriced else ratio(quantities.standard, producing)


def quality_ratio(quantities: Quantities) -> Decimal | None:
    """GQ / PQ (ISO 22400-2). Pieces not yet judged are neither good nor bad and stay out."""
    return ratio(quantities.good, quantities.judged)


def oee_index(elements: TimeElements, quantities: Quantities) -> Decimal | None:
    """Availability × effectiveness × quality ratio (ISO 22400-2)."""
    return product(availability(elements), effectiveness(quantities, elements.apt), quality_ratio(quantities))


def nee_index(elements: TimeElements, quantities: Quantities) -> Decimal | None:
    """Net equipment effectiveness: AUPT / PBT × effectiveness × quality ratio (ISO 22400-2)."""
    return product(
        ratio(elements.aupt, elements.known),
        effectiveness(quantities, elements.apt),
        quality_ratio(quantities),
    )


def technical_efficiency(elements: TimeElements) -> Decimal | None:
    """APT / (APT + ADET) (ISO 22400-2)."""
    return ratio(elements.apt, elements.apt + elements.adet)


def utilization_efficiency(elements: TimeElements) -> Decimal | None:
    """APT / AUBT (ISO 22400-2)."""
    return ratio(elements.apt, elements.aubt)


def allocation_efficiency(elements: TimeElements) -> Decimal | None:
    """AUBT / PBT (ISO 22400-2)."""
    return ratio(elements.aubt, elements.known)


def setup_rate(elements: TimeElements) -> Decimal | None:
    """AUST / AUPT (ISO 22400-2)."""
    return ratio(elements.aust, elements.aupt)


def planned_down_share(elements: TimeElements) -> Decimal | None:
    """PDOT / POT (ours): planned stops are out of PBT, so their share is a figure of its own."""
    return ratio(elements.pdot, elements.pot)


def scrap_ratio(quantities: Quantities) -> Decimal | None:
    """SQ / PQ (ISO 22400-2), over the pieces judged."""
    return ratio(quantities.scrap, quantities.judged)


def rework_ratio(quantities: Quantities) -> Decimal | None:
    """RQ / PQ (ISO 22400-2), over the pieces judged."""
    return ratio(quantities.rework, quantities.judged)


def first_pass_yield(good_at_first: Decimal, inspected: Decimal) -> Decimal | None:
    """GP / IP (ISO 22400-2): parts good at their first inspection over parts inspected."""
    return ratio(good_at_first, inspected)


def fall_off_ratio(scrap_here: Decimal, produced_first: Decimal) -> Decimal | None:
    """Scrap of one operation over the quantity of the first operation of the chain (ISO 22400-2)."""
    return ratio(scrap_here, produced_first)


def throughput_rate(produced: Decimal, execution: timedelta) -> Decimal | None:
    """PQ / AOET in pieces per hour (ISO 22400-2); ``execution`` is first start to last end of the order."""
    return ratio(produced, _hours(execution))


def production_process_ratio(production: timedelta, execution: timedelta) -> Decimal | None:
    """ΣAPT / AOET over all operations of an order (ISO 22400-2). Parallel units may bring it above 1."""
    return ratio(production, execution)


def worker_efficiency(work: timedelta, attendance: timedelta) -> Decimal | None:
    """APWT / APAT (ISO 22400-2): personnel's work on orders over attendance."""
    return ratio(work, attendance)


def machine_capability(values: Sequence[float], lower: float, upper: float) -> float | None:
    """Cm = (USL − LSL) / 6s (ISO 22400-2), s of one short uninterrupted sample of at least two values."""
    spread = _spread(values)
    return (upper - lower) / (6 * spread) if spread else None


def critical_machine_capability(values: Sequence[float], lower: float, upper: float) -> float | None:
    """Cmk = min(USL − x̄, x̄ − LSL) / 3s (ISO 22400-2), of the same sample as Cm."""
    spread = _spread(values)
    return min(upper - fmean(values), fmean(values) - lower) / (3 * spread) if spread else None


def process_capability(subgroups: Sequence[Sequence[float]], lower: float, upper: float) -> float | None:
    """Cp = (USL − LSL) / 6σ̂ (ISO 22400-2), σ̂² the pooled variance within subgroups of at least two values."""
    spread = _pooled_spread(subgroups)
    return (upper - lower) / (6 * spread) if spread else None


def critical_process_capability(
    subgroups: Sequence[Sequence[float]], lower: float, upper: float
) -> float | None:
    """Cpk = min(USL − x̄, x̄ − LSL) / 3σ̂ (ISO 22400-2), σ̂ as for Cp."""
    spread = _pooled_spread(subgroups)
    if not spread:
        return None
    mean = fmean(value for group in subgroups for value in group)
    return min(upper - mean, mean - lower) / (3 * spread)


def mean_time_between_failures(operating: timedelta, failures: int) -> timedelta | None:
    """MTBF = time between failures, repair included, per failure (ISO 22400-2): busy time / failures."""
    return operating / failures if failures else None


def mean_time_to_failure(times_to_failure: Sequence[timedelta]) -> timedelta | None:
    """MTTF = ΣTTF / failures (ISO 22400-2): the mean failure-free operating time."""
    return _mean(times_to_failure)


def mean_time_to_repair(repairs: Sequence[timedelta]) -> timedelta | None:
    """MTTR = ΣTTR / failures (ISO 22400-2)."""
    return _mean(repairs)


def energy_per_piece(energy_kwh: Decimal, produced: Decimal) -> Decimal | None:
    """kWh per piece produced (ISO 22400-2, comprehensive energy consumption for one product)."""
    return ratio(energy_kwh, produced)


def calendar_time_per_good_piece(elements: TimeElements, quantities: Quantities) -> timedelta | None:
    """PBT / GQ (ours): the planning figure, the only one immune to how stops are classified."""
    if not quantities.good:
        return None
    return timedelta(microseconds=round(_number(elements.pbt) / quantities.good))


def coverage_ratio(coverage: Coverage) -> Decimal | None:
    """Observed by signals / PBT (ours)."""
    return ratio(coverage.observed, coverage.pbt)


def reason_coding_rate(coded: timedelta, standstill: timedelta) -> Decimal | None:
    """Standstill with a reason / standstill that asks for one (ours)."""
    return ratio(coded, standstill)


def _number(value: timedelta | Decimal) -> Decimal:
    return Decimal(value // MICROSECOND) if isinstance(value, timedelta) else value


def _hours(time: timedelta) -> Decimal:
    return _number(time) / _number(HOUR)


def _mean(times: Sequence[timedelta]) -> timedelta | None:
    return sum(times, ZERO) / len(times) if times else None


def _spread(values: Sequence[float]) -> float | None:
    return stdev(values) if len(values) > 1 else None


def _pooled_spread(subgroups: Sequence[Sequence[float]]) -> float | None:
    freedom = sum(len(group) - 1 for group in subgroups)
    if freedom < 1 or any(len(group) < 2 for group in subgroups):
        return None
    squares = sum((value - fmean(group)) ** 2 for group in subgroups for value in group)
    return float((squares / freedom) ** 0.5)
