"""P1, P2, P5: a simulated plant in which every order is promised. How often what was said held, how narrow it
was beside the quantiles of past orders, and what a schedule over an assumed availability would have kept."""

from __future__ import annotations

import bisect
import pickle
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from orders.planning.promise.levels import WANTED
from orders.planning.promise.reliability import HISTORY, TOO_FEW, quantile, sharpness
from tests.bench.planning.table import KEPT, headed, row, say
from tests.support.simulated_plant.promising import History, Quoted, promise_all, raw_dates, said_of
from tests.support.simulated_plant.truth import Settings, Truth

SEEDS = [1, 2, 3, 4, 5]
QUOTES = 900
BEFORE_STEP = 300
"""Quotes, about."""
LEAD_IN = 150
"""Quotes that build the record up. They are shown in a row of their own and counted in no other."""
LOAD = 0.8
"""Of what the plant manages after the step, so that it manages its orders whatever the seed: only then there
is a distribution to be quoted. Before it the same orders are some 65 %."""
RECOVERED = 200
STRETCHES = 10
RESUMED: list[bool] = []
FINE = 500
"""Steps of levels that are tried."""
NOTICE = (8, 24, 48)
SAID_OVER = (20, 50, 70, 77, 85)
"""Percent. 20 and 77 are what a plant begins with."""


@cache
def lived(seed: int) -> History:
    """The plant's whole life, kept beside the parts: minutes of work that others of them need, too."""
    path = KEPT / f"plant-{seed}.pickle"
    if RESUMED and path.exists():
        history = pickle.loads(path.read_bytes())
        assert isinstance(history, History)
        return history
    settings = Settings(seed=seed, load=LOAD, step=0.0)
    days = BEFORE_STEP / Truth(settings, days=7).orders_a_day() / (1 - settings.rush)
    history = promise_all(replace(settings, step=days), quotes=QUOTES)
    KEPT.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pickle.dumps(history))
    return history


def resume() -> None:
    """Plants that were lived already are read."""
    RESUMED.append(True)


def coverage(_budgets: list[float]) -> None:
    """Wanted: within 3 points, and 200 finished orders after the step again."""
    headed(
        "P1 coverage of 50 / 80 / 95 %, in %",
        *("seed, quotes", "n", "futures alone", "as quoted", "standard error", "levels"),
    )
    everything: dict[str, list[Quoted]] = {}
    for seed in SEEDS:
        history = lived(seed)
        for name, quotes in parts_of(history).items():
            everything.setdefault(name, []).extend(quotes)
            _row(f"{seed}, {name}", quotes)
        say(f"    again within 3 points at 80 %: {recovery(history)} finished orders after the step")
    for name, quotes in everything.items():
        _row(f"all, {name}", quotes)


def parts_of(history: History) -> dict[str, list[Quoted]]:
    counted = history.quotes[LEAD_IN:]
    before = [one for one in counted if history.step_at is None or one.at < history.step_at]
    after = [one for one in counted if one not in before]
    soon = [one for one in after if one.done_then - history.done_at_step < RECOVERED]
    return {
        "lead-in": history.quotes[:LEAD_IN],
        "counted": counted,
        "before step": before,
        "up to 200 after": soon,
        "from 200 after": [one for one in after if one not in soon],
    }


def _row(name: str, quotes: Sequence[Quoted]) -> None:
    if quotes:
        levels = [statistics.fmean(column) for column in zip(*(one.levels for one in quotes), strict=True)]
        kept = (shares(quotes, dates) for dates in (raw_dates, _dates))
        row(name, len(quotes), *kept, standard_errors(quotes), _joined(levels, 2))


def _dates(one: Quoted) -> tuple[float, ...]:
    return one.dates


def shares(quotes: Sequence[Quoted], dates_of: Callable[[Quoted], tuple[float, ...]]) -> str:
    return _joined([100 * held(quotes, dates_of, level) for level in range(len(WANTED))], 0)


def held(quotes: Sequence[Quoted], dates_of: Callable[[Quoted], tuple[float, ...]], level: int) -> float:
    return sum((one.ended or 0.0) <= dates_of(one)[level] for one in quotes) / len(quotes)


def standard_errors(quotes: Sequence[Quoted]) -> str:
    """Of the shares as quoted, in points, from those of ten stretches: orders of one time share its luck,
    so that fewer are independent than there are."""
    size = len(quotes) // STRETCHES
    if size < 2:
        return "too few"
    stretches = [quotes[size * place : size * (place + 1)] for place in range(STRETCHES)]
    by_level = [[held(one, _dates, level) for one in stretches] for level in range(len(WANTED))]
    return _joined([100 * statistics.stdev(one) / STRETCHES**0.5 for one in by_level], 1)


def _joined(values: Sequence[float], digits: int) -> str:
    return "/".join(f"{value:.{digits}f}" for value in values)


def recovery(history: History, *, stretch: int = 100) -> str:
    """After how many finished orders the next ``stretch`` quotes keep 80 % within two standard errors of
    it, in steps of 25."""
    after = [one for one in history.quotes if history.step_at is not None and one.at >= history.step_at]
    for done in range(0, 600, 25):
        coming = [one for one in after if one.done_then - history.done_at_step >= done][:stretch]
        if len(coming) == stretch and abs(held(coming, _dates, 1) - 0.8) <= 0.08:
            return str(done)
    return "not"


def width(_budgets: list[float]) -> None:
    """Wanted: width at most 65 % at equal or better coverage, pinball at most 55 % of the history's. "Equal":
    beside history read at those levels at which, as is known afterwards, it held as often as we did."""
    headed(
        "P2 beside quantiles of the last 400 finished orders",
        *("seed", "n", "P95-P50, h", "history, h", "ratio, %", "pinball 80, h", "history, h", "ratio, %"),
        *("held", "history", "equal, %"),
    )
    ratios = []
    for seed in SEEDS:
        found = sharpness(said_of(lived(seed).quotes[LEAD_IN:]))
        if None in (found.width, found.history_width, found.pinball, found.history_pinball):
            continue
        ratios.append((100 * found.width / found.history_width, 100 * found.pinball / found.history_pinball))
        row(
            *(seed, found.count, found.width, found.history_width, ratios[-1][0]),
            *(found.pinball, found.history_pinball, ratios[-1][1], *at_equal_coverage(lived(seed))),
        )
    if ratios:
        row("mean", "", "", "", statistics.fmean(one for one, _ in ratios), "", "", _mean_pinball(ratios))


def at_equal_coverage(history: History) -> tuple[str, str, float]:
    """What we held and what history's quantiles did, and our width in percent of history's at levels at which
    it would have held as often."""
    quotes = [one for one in history.quotes[LEAD_IN:] if one.ended is not None]
    rows = []
    for one in quotes:
        known = sorted((each for each in quotes if each.ended < one.at), key=lambda each: each.ended)[
            -HISTORY:
        ]
        if len(known) >= TOO_FEW:
            rows.append((one, sorted(each.ended - each.at for each in known)))

    def kept(level: float) -> float:
        return sum(one.ended - one.at <= quantile(past, level) for one, past in rows) / len(rows)

    ours = [held([one for one, _ in rows], _dates, level) for level in range(len(WANTED))]
    steps = range(1, FINE)
    low, high = (
        steps[bisect.bisect_left(steps, ours[level], hi=FINE - 2, key=lambda step: kept(step / FINE))] / FINE
        for level in (0, 2)
    )
    own = sum(one.dates[2] - one.dates[0] for one, _ in rows)
    past = sum(quantile(past, high) - quantile(past, low) for _, past in rows)
    shown = (
        _joined([100 * share for share in shares], 0) for shares in (ours, [kept(one) for one in WANTED])
    )
    return (*shown, 100 * own / past)


def _mean_pinball(ratios: Sequence[tuple[float, float]]) -> float:
    return statistics.fmean(one for _, one in ratios)


def on_time(_budgets: list[float]) -> None:
    """Wanted: 80 within 3 points."""
    headed(
        "P5 promises kept, in %",
        "seed",
        "n",
        "80 % date",
        "schedule / 0.85",
        "days promised",
        "days, schedule",
    )
    for seed in SEEDS:
        quotes = lived(seed).quotes[LEAD_IN:]
        row(
            *(seed, len(quotes), 100 * held(quotes, _dates, 1)),
            100 * held(quotes, lambda one: (one.old_style,) * 3, 1),
            statistics.fmean((one.dates[1] - one.at) / 86_400 for one in quotes),
            statistics.fmean((one.old_style - one.at) / 86_400 for one in quotes),
        )


def alerts(_budgets: list[float]) -> None:
    """Wanted of "likely late": precision and recall of at least 0.8, by when it was first said, if before the
    promised date; what was taken back later counts as said. The columns of hours: recall, if it had to be
    said so long before."""
    headed(
        "Warnings before the promised date",
        *("seeds, said over", "orders", "late, %", "said of", "precision", "recall"),
        *(f"{hours} h before" for hours in NOTICE),
        "median, h",
    )
    for percent in SAID_OVER:
        for seed in SEEDS:
            _alert_row(f"{seed}, {percent} %", warned([lived(seed)], percent))
        _alert_row(f"all, {percent} %", warned([lived(seed) for seed in SEEDS], percent))


@dataclass(frozen=True, slots=True)
class Warned:
    """``ahead``: hours before the promised date, of the late ones among those it was ``said`` of."""

    orders: int
    late: int
    said: int
    ahead: list[float]


def warned(histories: Sequence[History], percent: int) -> Warned:
    orders = late = said = 0
    ahead = []
    for one in (quoted for history in histories for quoted in history.quotes[LEAD_IN:]):
        promised, ended = one.dates[1], one.ended or 0.0
        in_time = (at for at, chance in one.late if chance > percent and at < min(promised, ended))
        first = next(in_time, None)
        orders += 1
        late += ended > promised
        said += first is not None
        if first is not None and ended > promised:
            ahead.append((promised - first) / 3600)
    return Warned(orders, late, said, ahead)


def _alert_row(name: str, found: Warned) -> None:
    right, late = len(found.ahead), max(found.late, 1)
    row(
        *(name, found.orders, 100 * found.late / found.orders, found.said),
        *(f"{right / max(found.said, 1):.2f}", f"{right / late:.2f}"),
        *(f"{sum(one >= hours for one in found.ahead) / late:.2f}" for hours in NOTICE),
        statistics.median(found.ahead) if found.ahead else "-",
    )
