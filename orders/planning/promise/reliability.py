"""How often what was said did hold: coverage with its uncertainty, places, sharpness, pinball. Pure."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from orders.planning.promise.levels import WANTED, Grid, place_of

TOO_FEW = 30
COHORT = timedelta(days=7)
COMPLETE = 0.95
"""A week's statements count once so many of their orders are finished: else the early ones would count
alone."""
HISTORY = 400
BINS = 10
Z95 = 1.959964


@dataclass(frozen=True, slots=True)
class Said:
    """One statement about an order's end, and the end (None: open). Dates at 50, 80 and 95 %."""

    order: int
    number: str
    item: str
    customer: str
    made_at: datetime
    zero_at: datetime
    dates: tuple[datetime, datetime, datetime]
    grid: Grid
    finished_at: datetime | None

    @property
    def horizon(self) -> timedelta:
        return self.dates[0] - self.made_at


@dataclass(frozen=True, slots=True)
class Share:
    """``held`` of ``count`` kept what was said to be kept with ``wanted``. ``low``/``high``: where the true
    share lies with 95 % (Wilson 1927). Too few: no share."""

    wanted: float
    held: int
    count: int

    @property
    def too_few(self) -> bool:
        return self.count < TOO_FEW

    @property
    def share(self) -> float | None:
        return None if self.too_few else self.held / self.count

    @property
    def interval(self) -> tuple[float, float]:
        if not self.count:
            return 0.0, 1.0
        n, p = self.count, self.held / self.count
        middle = (p + Z95**2 / (2 * n)) / (1 + Z95**2 / n)
        half = Z95 * math.sqrt(p * (1 - p) / n + Z95**2 / (4 * n * n)) / (1 + Z95**2 / n)
        return max(middle - half, 0.0), min(middle + half, 1.0)

    @property
    def off(self) -> bool:
        """Whether chance doesn't explain the difference."""
        low, high = self.interval
        return not self.too_few and not low <= self.wanted <= high


@dataclass(frozen=True, slots=True)
class Group:
    """``width``: mean hours from the 50 % to the 95 % date. None: too few."""

    name: str
    shares: tuple[Share, ...]
    width: float | None


@dataclass(frozen=True, slots=True)
class Sharpness:
    """Mean hours from the 50 % to the 95 % date, and the pinball loss at 80 % in hours, beside the same of
    quantiles of the orders that had finished before. None: too few."""

    count: int
    width: float | None
    history_width: float | None
    pinball: float | None
    history_pinball: float | None


def counted(said: Iterable[Said], *, now: datetime) -> tuple[list[Said], int]:
    """Statements of weeks that are nearly done, and how many wait. Orders of such a week that are still open
    count as not kept as soon as their date is over."""
    weeks: dict[int, list[Said]] = defaultdict(list)
    for one in said:
        weeks[int(one.made_at.timestamp() // COHORT.total_seconds())].append(one)
    complete, waiting = [], 0
    for week in sorted(weeks):
        done = sum(one.finished_at is not None for one in weeks[week])
        if done >= COMPLETE * len(weeks[week]):
            complete += [one for one in weeks[week] if one.finished_at is not None or one.dates[2] < now]
        else:
            waiting += len(weeks[week])
    return complete, waiting


def held(one: Said, level: int) -> bool:
    """``level``: 0, 1, 2 for 50, 80, 95 %."""
    return one.finished_at is not None and one.finished_at <= one.dates[level]


def shares_of(said: Sequence[Said]) -> tuple[Share, ...]:
    return tuple(
        Share(wanted, sum(held(one, level) for one in said), len(said)) for level, wanted in enumerate(WANTED)
    )


def grouped(said: Sequence[Said], name_of: Callable[[Said], Hashable]) -> list[Group]:
    """The largest first."""
    groups: dict[Hashable, list[Said]] = defaultdict(list)
    for one in said:
        groups[name_of(one)].append(one)
    largest = sorted(groups.items(), key=lambda pair: (-len(pair[1]), str(pair[0])))
    return [Group(str(name), shares_of(members), width_of(members)) for name, members in largest]


def width_of(said: Sequence[Said]) -> float | None:
    if len(said) < TOO_FEW:
        return None
    return sum(hours(one.dates[2] - one.dates[0]) for one in said) / len(said)


HORIZONS = ("under 1 day", "1 to 3 days", "3 to 7 days", "1 to 3 weeks", "over 3 weeks")


def horizon_of(one: Said) -> str:
    days = one.horizon / timedelta(days=1)
    return HORIZONS[sum(days >= limit for limit in (1, 3, 7, 21))]


def histogram(said: Sequence[Said]) -> list[list[Said]]:
    """The finished ones by their place among the futures, in ten bins; flat is right, a slope is biased, a U
    is too narrow. Beyond all futures counts into the outer bins."""
    bins: list[list[Said]] = [[] for _ in range(BINS)]
    for one in said:
        if one.finished_at is not None:
            place = place_of(one.grid, (one.finished_at - one.zero_at).total_seconds())
            bins[min(max(int(place * BINS), 0), BINS - 1)].append(one)
    return bins


def sharpness(said: Sequence[Said]) -> Sharpness:
    """Beside quantiles of the lead times of the last 400 orders that had finished when it was said."""
    done = sorted((one for one in said if one.finished_at is not None), key=lambda one: one.made_at)
    ends = sorted((one.finished_at, hours(one.finished_at - one.made_at)) for one in done if one.finished_at)
    rows = []
    for one in done:
        known = [lead for end, lead in ends if end < one.made_at][-HISTORY:]
        if len(known) < TOO_FEW or one.finished_at is None:
            continue
        lead = hours(one.finished_at - one.made_at)
        past = [quantile(known, wanted) for wanted in WANTED]
        own = [hours(date - one.made_at) for date in one.dates]
        rows.append((own[2] - own[0], past[2] - past[0], loss(lead, own[1], 0.8), loss(lead, past[1], 0.8)))
    if len(rows) < TOO_FEW:
        return Sharpness(len(rows), None, None, None, None)
    width, past_width, pinball, past_pinball = (sum(column) / len(rows) for column in zip(*rows, strict=True))
    return Sharpness(len(rows), width, past_width, pinball, past_pinball)


def hours(span: timedelta) -> float:
    return span.total_seconds() / 3600


def loss(actual: float, said: float, level: float) -> float:
    """Pinball loss (Koenker, Bassett 1978): punishes lying and wide intervals alike."""
    return level * (actual - said) if actual > said else (1 - level) * (said - actual)


def quantile(values: Sequence[float], level: float) -> float:
    """With the finite-sample correction of split conformal prediction: (n + 1) / n."""
    ordered = sorted(values)
    return ordered[min(math.ceil((len(ordered) + 1) * level), len(ordered)) - 1]
