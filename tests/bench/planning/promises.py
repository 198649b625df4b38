"""P1, P2, P5: a simulated plant in which every order is promised. How often what was said held, how narrow it
was beside the quantiles of past orders, and what a schedule over an assumed availability would have kept."""

from __future__ import annotations

import pickle
import statistics
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache

from orders.planning.promise.alerting import AT_RISK, LIKELY_LATE, Rule
from orders.planning.promise.levels import WANTED
from orders.planning.promise.reliability import sharpness
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
AHEAD = 2 * 86_400


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
    """Wanted: width at most 65 %, pinball at most 55 % of the history's."""
    headed(
        "P2 beside quantiles of the last 400 finished orders",
        *("seed", "n", "P95-P50, h", "history, h", "ratio, %", "pinball 80, h", "history, h", "ratio, %"),
    )
    ratios = []
    for seed in SEEDS:
        found = sharpness(said_of(lived(seed).quotes[LEAD_IN:]))
        if None in (found.width, found.history_width, found.pinball, found.history_pinball):
            continue
        ratios.append((100 * found.width / found.history_width, 100 * found.pinball / found.history_pinball))
        row(
            *(seed, found.count, found.width, found.history_width, ratios[-1][0]),
            *(found.pinball, found.history_pinball, ratios[-1][1]),
        )
    if ratios:
        row("mean", "", "", "", statistics.fmean(one for one, _ in ratios), "", "", _mean_pinball(ratios))


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
    """Wanted of "likely late": precision and recall of at least 0.8, two days before the promised date."""
    headed("Warnings two days ahead", "seed, rule", "orders", "late, %", "warned", "precision", "recall")
    totals = {"at risk": [0, 0, 0, 0], "likely late": [0, 0, 0, 0]}
    for seed in SEEDS:
        for (name, total), rule in zip(totals.items(), (AT_RISK, LIKELY_LATE), strict=True):
            counts = _warned(lived(seed).quotes[LEAD_IN:], rule, alone=rule is LIKELY_LATE)
            total[:] = [count + more for count, more in zip(total, counts, strict=True)]
            _alert_row(f"{seed}, {name}", counts)
    for name, total in totals.items():
        _alert_row(f"all, {name}", total)


def _warned(quotes: Sequence[Quoted], rule: Rule, *, alone: bool) -> list[int]:
    """Orders that were open two days before their date, late ones, warnings, right ones. ``alone``: by the
    futures without the record."""
    counts = [0, 0, 0, 0]
    for one in quotes:
        seen = [raw if alone else read for at, raw, read in one.late if at <= one.dates[1] - AHEAD]
        if seen:
            warned, late = rule.after(seen), (one.ended or 0.0) > one.dates[1]
            found = (True, late, warned, warned and late)
            counts = [count + more for count, more in zip(counts, found, strict=True)]
    return counts


def _alert_row(name: str, counts: Sequence[int]) -> None:
    orders, late, warned, right = counts
    shares = [f"{right / max(count, 1):.2f}" for count in (warned, late)]
    row(name, orders, 100 * late / max(orders, 1), warned, *shares)
