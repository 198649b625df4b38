"""P3: orders of a real machine shop, each predicted when it began from what had happened until then; and of
logs drawn like it, in which every end is known."""

from __future__ import annotations

import csv
import math
import random
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from orders.planning.profiles.pools import Sample, quantile
from orders.planning.profiles.tree import Tree
from orders.planning.promise.levels import STEPS, WANTED, Grid, at_level
from orders.planning.promise.record import Entry, Record
from orders.planning.promise.reliability import loss
from orders.planning.promise.reliability import quantile as of_finished
from orders.planning.promise.tracking import Statement
from tests.bench.planning.table import headed, row, say
from tests.support.setups import LOG
from tests.support.shared_data import shared_bytes

DAY = 86_400.0
LEAST = 20
"""Orders that must have finished before the first is predicted."""
DRAWN, WEEKS = 6, 13
CUT, CUT_WEEKS = 40, 7
A_WEEK, MIDDLE, SIGMA, LONGEST = 17, 14.7, 0.867, 90
"""Orders of a drawn log, and the days they take: log-normal, with the whole log's middle and mean."""
PARTS = "aaaabbbccdefgh"
UNDER_WAY = 90
"""Days before the log in which orders begin that it sees first when they are under way."""


@dataclass(frozen=True, slots=True)
class Made:
    """An order: when its first row began, and when it was packed (None: not before the log ends)."""

    part: str
    began: float
    done: float | None


Dates = tuple[float, ...]
Ends = tuple[float, float | None]
Method = Callable[[Made, Sequence[Made]], Dates]


def predicted(_budgets: list[float]) -> None:
    """Wanted: within 8 points at 50 and 80 %, pinball at 80 % at most 6.4 days.

    Many orders are open when the log ends. "Held" is the share of all statements, those counted as censored
    (Kaplan, Meier 1958; ± two of Greenwood's standard errors). "If over" counts only dates that are over:
    these are the early dates, so that it is too low. The loss is that of dates that are over; an open order's
    is what it is at least."""
    orders, end = orders_of_the_log()
    headed(
        f"P3 real log: {len(orders)} orders",
        *("method", "n", "held 50", "held 80", "held 95", "if over", "pinball, days"),
    )
    for name, method in METHODS.items():
        _row(name, *_predicted(orders, method()), end)
    say("    held with open orders censored, ± two standard errors; the log given is seven weeks long")
    headed(f"P3 {DRAWN} logs of {WEEKS} weeks drawn like it", "method", "n", "held, %", "pinball, days")
    for name, method in METHODS.items():
        _drawn_row(name, [_predicted(drawn_log(seed), method()) for seed in range(1, DRAWN + 1)])
    headed(
        f"P3 {CUT} logs that end after {CUT_WEEKS} weeks as the real one does",
        "method",
        "held then",
        "in truth",
    )
    for name, method in METHODS.items():
        _cut_row(name, [_predicted(drawn_log(seed, CUT_WEEKS), method()) for seed in range(1, CUT + 1)])


def _predicted(orders: Sequence[Made], method: Method) -> tuple[list[Dates], list[Ends]]:
    """What was said of each order, and when it began and ended."""
    dates, ends = [], []
    for one in orders:
        before = [other for other in orders if other.began < one.began]
        if sum(other.done is not None and other.done <= one.began for other in before) >= LEAST:
            dates.append(method(one, before))
            ends.append((one.began, one.done))
    return dates, ends


def drawn_log(seed: int, weeks: int = WEEKS) -> list[Made]:
    """Orders that are under way when the log begins are seen first within a week, as in the real one."""
    chance, moment, orders = random.Random(seed), -UNDER_WAY * DAY, []
    while moment < weeks * 7 * DAY:
        moment += chance.expovariate(A_WEEK / (7 * DAY))
        took = min(MIDDLE * math.exp(chance.gauss(0, SIGMA)), LONGEST) * DAY
        seen = moment if moment >= 0 else chance.uniform(0, 7 * DAY)
        if seen < moment + took:
            orders.append(Made(chance.choice(PARTS), seen, moment + took))
    return sorted(orders, key=lambda one: one.began)


def orders_of_the_log() -> tuple[list[Made], float]:
    rows = list(csv.DictReader(shared_bytes(LOG).decode().splitlines()))
    cases: dict[str, list[dict[str, str]]] = {}
    for entry in rows:
        cases.setdefault(entry["Case ID"], []).append(entry)
    orders = []
    for entries in cases.values():
        packed = [_seconds(one["end"]) for one in entries if "Packing" in one["Activity"]]
        began = min(_seconds(one["start"]) for one in entries)
        orders.append(Made(entries[0]["Part Desc."], began, max(packed) if packed else None))
    return sorted(orders, key=lambda one: one.began), max(_seconds(one["end"]) for one in rows)


def _seconds(moment: str) -> float:
    return datetime.fromisoformat(moment).timestamp()


def finished_alone(one: Made, before: Sequence[Made]) -> tuple[float, ...]:
    took = [
        other.done - other.began for other in before if other.done is not None and other.done <= one.began
    ]
    return tuple(of_finished(took, wanted) for wanted in WANTED)


def censored(one: Made, before: Sequence[Made]) -> tuple[float, ...]:
    pool = _lead_times(one.began, before, parts=False).of(()).pool
    return tuple(quantile(pool, wanted) for wanted in WANTED)


class Recalibrated:
    """Pools by part, drawn to the plant's, open orders censored; read at the levels that the record of its
    own statements asks for."""

    def __init__(self) -> None:
        self.said: list[tuple[Made, Grid]] = []

    def __call__(self, one: Made, before: Sequence[Made]) -> tuple[float, ...]:
        pool = _lead_times(one.began, before, parts=True).of((one.part,)).pool
        grid = tuple(round(quantile(pool, step / STEPS)) for step in range(STEPS + 1))
        record = Record((_entry(*said, one.began) for said in self.said), now=one.began)
        levels = record.levels(item=0, customer=None)
        dates = tuple(float(at_level(grid, level)) for level in levels.used)
        self.said.append((one, grid))
        return dates


METHODS: dict[str, Callable[[], Method]] = {
    "finished orders": lambda: finished_alone,
    "open ones censored": lambda: censored,
    "as the product": Recalibrated,
}


def _entry(other: Made, statement: Grid, now: float) -> Entry:
    ended = other.done if other.done is not None and other.done <= now else None
    return Entry(Statement(other.began, statement, ended))


def _lead_times(now: float, before: Sequence[Made], *, parts: bool) -> Tree:
    samples = []
    for other in before:
        done = other.done if other.done is not None and other.done <= now else None
        took, age = (done or now) - other.began, (now - (done or now)) / DAY
        samples.append(((other.part,) if parts else (), Sample(took, done is None, age)))
    return Tree(samples)


def _share_held(
    dates: Sequence[tuple[float, ...]],
    ends: Sequence[tuple[float, float | None]],
    end: float,
    level: int,
) -> tuple[float, float]:
    """Of how long orders took as a share of what was said, what doesn't lie beyond 1, and its standard error.
    Where the log ends before any date of that size is over, it is what is held at least."""
    parts = sorted(
        (((done if done is not None else end) - began) / said[level], done is None)
        for said, (began, done) in zip(dates, ends, strict=True)
    )
    left, lasting, variance = len(parts), 1.0, 0.0
    for share, is_open in parts:
        if share > 1:
            break
        if not is_open:
            lasting *= 1 - 1 / left
            variance += 1 / (left * (left - 1)) if left > 1 else 0.0
        left -= 1
    return 1 - lasting, lasting * variance**0.5


def _row(
    name: str, dates: Sequence[tuple[float, ...]], ends: Sequence[tuple[float, float | None]], end: float
) -> None:
    held: list[list[bool]] = [[], [], []]
    losses: list[list[float]] = [[], [], []]
    for said, (began, done) in zip(dates, ends, strict=True):
        for level, wanted in enumerate(WANTED):
            took = (done if done is not None else end) - began
            if began + said[level] <= end:
                held[level].append(done is not None and took <= said[level])
                losses[level].append(loss(took / DAY, said[level] / DAY, wanted))
    row(
        name,
        f"{len(dates)}, {'/'.join(str(len(one)) for one in held)} over",
        *(_share(*_share_held(dates, ends, end, level)) for level in range(len(WANTED))),
        "/".join(f"{100 * statistics.fmean(one):.0f}" if one else "-" for one in held),
        "/".join(f"{statistics.fmean(one):.2f}" if one else "-" for one in losses),
    )


def _share(share: float, error: float) -> str:
    return f"{100 * share:.0f} ± {200 * error:.0f}"


def _cut_row(name: str, logs: Sequence[tuple[list[Dates], list[Ends]]]) -> None:
    """What "held" says of such a log when it ends, ± two standard deviations between logs; and the truth."""
    end = CUT_WEEKS * 7 * DAY
    then: list[list[float]] = [[] for _ in WANTED]
    kept: list[list[bool]] = [[] for _ in WANTED]
    for dates, ends in logs:
        seen = [(began, done if done is not None and done <= end else None) for began, done in ends]
        for level in range(len(WANTED)):
            then[level].append(_share_held(dates, seen, end, level)[0])
            kept[level] += [
                (done or 0.0) - began <= said[level] for said, (began, done) in zip(dates, ends, strict=True)
            ]
    held = (_share(statistics.fmean(one), statistics.stdev(one)) for one in then)
    row(name, ", ".join(held), "/".join(f"{100 * statistics.fmean(one):.0f}" for one in kept))


def _drawn_row(name: str, logs: Sequence[tuple[list[Dates], list[Ends]]]) -> None:
    rows = [
        ((done or 0.0) - began, said)
        for dates, ends in logs
        for said, (began, done) in zip(dates, ends, strict=True)
    ]
    shares, losses = [], []
    for level, wanted in enumerate(WANTED):
        shares.append(100 * statistics.fmean(took <= said[level] for took, said in rows))
        losses.append(statistics.fmean(loss(took / DAY, said[level] / DAY, wanted) for took, said in rows))
    row(
        name,
        len(rows),
        "/".join(f"{share:.0f}" for share in shares),
        "/".join(f"{one:.2f}" for one in losses),
    )
