"""Forecasts and reorder points on published demand, beside last season's value and the textbook's Croston
(SBA) with normal errors. What was fitted ends before what is judged begins; nothing is tuned to it."""

from __future__ import annotations

import csv
import gzip
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from orders.planning.forecast.backtest import choose, loss_of
from orders.planning.forecast.errors import LEVELS, Floats, mase, pinball, scale_of
from orders.planning.forecast.methods import Method, forecast, library
from orders.planning.forecast.paths import ENOUGH, Likes, likes_of, lumpy_paths
from orders.planning.forecast.reorder import drawn_over, play, reorder_point
from tests.support.shared_data import SHARED

SERVICE = 0.95
NORMAL = {0.5: 0.0, 0.8: 0.8416212336, 0.95: 1.6448536270}
COVER_WEEKS = 8
FUTURES = 400


@dataclass
class Table:
    """Errors by way, an entry for each item."""

    mase: dict[str, list[float]] = field(default_factory=dict)
    loss: dict[str, list[float]] = field(default_factory=dict)

    def add(self, way: str, error: float, loss: float) -> None:
        self.mase.setdefault(way, []).append(error)
        self.loss.setdefault(way, []).append(loss)

    def lines(self) -> Iterator[str]:
        naive_mase, naive_loss = (np.mean(one["last season"]) for one in (self.mase, self.loss))
        for way in self.mase:
            error, loss = np.mean(self.mase[way]), np.mean(self.loss[way])
            ratios = error / naive_mase, loss / naive_loss
            yield f"{'  ' + way:<34}{error:>9.3f}{ratios[0]:>9.2f}{loss:>12.4f}{ratios[1]:>9.2f}"


def measure() -> Iterator[str]:
    """Lines of the tables, as they are known."""
    if not SHARED.is_dir():
        yield "forecast: left out, ../shared/data is absent"
        return
    library()  # loading it is not what is measured
    weekly, leads, smallest = weekly_demand()
    monthly = list(monthly_demand())
    yield from errors("weekly spare parts, 13 weeks ahead", weekly, 91, 13, 52, every=3)
    yield from errors("monthly car parts, 6 months ahead", monthly, 33, 6, 12, every=4)
    yield from fill_rates(weekly, leads, smallest)


def weekly_demand() -> tuple[list[Floats], list[int], list[float]]:
    with gzip.open(SHARED / "mts-demand-weekly" / "man_weekly_dev.csv.gz", "rt", newline="") as file:
        rows = list(csv.reader(file))[1:]
    demand = [np.array([float(cell or 0) for cell in row[7:]]) for row in rows]
    return demand, [int(float(row[5])) for row in rows], [float(row[6] or 1) for row in rows]


def monthly_demand() -> Iterator[Floats]:
    """Parts whose sales are known for all months."""
    with (SHARED / "mts-carparts-monthly" / "carparts_m01_m39.csv").open(newline="") as file:
        for row in list(csv.reader(file))[1:]:
            if all(row[1:]):
                yield np.array([float(cell) for cell in row[1:]])


def errors(
    title: str, series: Sequence[Floats], fitted: int, ahead: int, season: int, *, every: int
) -> Iterator[str]:
    """Only items with at least ``ENOUGH`` demands in the fitted part; every n-th of them, for time."""
    known = [one for one in series if np.count_nonzero(one[:fitted]) >= ENOUGH]
    likes = likes_of(one[:fitted] for one in known)
    table, chosen = Table(), dict.fromkeys(Method, 0)
    start = time.process_time()
    judged = known[::every]
    for number, one in enumerate(judged):
        history, actual = one[:fitted], one[fitted : fitted + ahead]
        scale = scale_of(history, season)
        said = {"season": season, "likes": likes, "seed": number + 1}
        way = choose(history, ahead, **said).method
        chosen[way] += 1
        for name, method in (
            ("automatic choice", way),
            ("last season", Method.SEASONAL_NAIVE),
            ("TSB, drawn", Method.TSB),
            ("past demands drawn again", Method.RESAMPLED),
        ):
            found = forecast(method, history, ahead, **said)
            table.add(name, mase(actual, found.mean, scale), loss_of(found, actual, scale))
        table.add("SBA, normal errors (textbook)", *textbook_errors(history, actual, scale))
    seconds = time.process_time() - start
    yield f"\n{title}: {len(judged)} of {len(known)} items with demand, {seconds:.0f} CPU s"
    yield f"{'':<34}{'MASE':>9}{'ratio':>9}{'pinball':>12}{'ratio':>9}"
    yield from table.lines()
    yield "  chosen: " + ", ".join(f"{way} {count}" for way, count in chosen.items() if count)


def sba(history: Floats) -> tuple[float, float]:
    """Croston's mean a period with Syntetos and Boylan's correction, and the standard deviation of its errors
    in the history."""
    answer = library().CrostonSBA().forecast(y=history, h=1, fitted=True)
    wrong = history - np.nan_to_num(answer["fitted"])
    return float(answer["mean"][0]), float(np.sqrt(np.mean(wrong**2)))


def textbook_errors(history: Floats, actual: Floats, scale: float) -> tuple[float, float]:
    mean, spread = sba(history)
    ahead = len(actual)
    total = np.array([float(actual.sum())])
    single, whole = [], []
    for level in LEVELS:
        single.append(pinball(actual, np.full(ahead, max(mean + NORMAL[level] * spread, 0)), level))
        bound = max(mean * ahead + NORMAL[level] * spread * np.sqrt(ahead), 0)
        whole.append(pinball(total, np.array([bound]), level))
    loss = (float(np.mean(single)) + float(np.mean(whole)) / ahead) / 2 / scale
    return mase(actual, np.full(ahead, mean), scale), loss


def fill_rates(demand: Sequence[Floats], leads: Sequence[int], smallest: Sequence[float]) -> Iterator[str]:
    """Reorder points from the fitted weeks, played on the weeks after them; orders of 8 weeks' demand, at
    least the supplier's smallest."""
    yield f"\ndelivered from stock, wanted {SERVICE:.0%}: of units, mean of items, mean stock (units)"
    yield f"{'weeks fitted':<16}{'items':>7}{'drawn futures':>30}{'SBA, normal (textbook)':>30}"
    for fitted in (52, 70, 78):
        known = [n for n, one in enumerate(demand) if np.count_nonzero(one[:fitted]) >= ENOUGH]
        likes = likes_of(demand[n][:fitted] for n in known)
        sides: list[list[tuple[float, float, float]]] = [[], []]
        for n in known:
            history = demand[n][:fitted]
            lot = max(smallest[n], float(np.ceil(history.mean() * COVER_WEEKS)))
            points = (drawn_point(history, leads[n], lot, likes, n), textbook_point(history, leads[n]))
            for side, point in zip(sides, points, strict=True):
                played = play(demand[n], point, lot, leads[n], count_from=fitted)
                side.append((played.wanted, played.delivered, played.stock))
        yield f"{fitted:<16}{len(known):>7}" + "".join(f"{shown(side):>30}" for side in sides)


def drawn_point(history: Floats, lead: int, lot: float, likes: Likes, seed: int) -> float:
    paths = lumpy_paths(history, lead + 1, likes, np.random.default_rng(seed), count=FUTURES)
    drawn = drawn_over(paths, np.full(FUTURES, float(lead)), review=1)
    return float(np.ceil(reorder_point(SERVICE, lot, drawn)))


def textbook_point(history: Floats, lead: int) -> float:
    mean, spread = sba(history)
    periods = lead + 1
    return float(np.ceil(max(mean * periods + NORMAL[SERVICE] * spread * np.sqrt(periods), 0)))


def shown(side: Sequence[tuple[float, float, float]]) -> str:
    wanted, delivered, stock = (sum(part) for part in zip(*side, strict=True))
    items = [one[1] / one[0] for one in side if one[0] > 0]
    return f"{delivered / wanted:.1%}  {np.mean(items):.1%}  {stock:,.0f}"
