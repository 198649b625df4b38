"""Published benchmarks as shops. A makespan is the lateness of one job that holds all and is due at once."""

from __future__ import annotations

import csv
import io
import json
import statistics
import time
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from orders.planning.engine.arrays import to_arrays
from orders.planning.engine.dispatch import first_sequences
from orders.planning.engine.improve import improve
from orders.planning.engine.shop import Alternative, Job, Resource, Shop, Task, Weights, Window
from orders.planning.engine.validate import violations
from tests.bench.planning.table import headed, row
from tests.support.shared_data import SHARED

ALWAYS = (Window(0, 10**8),)
ONLY_LATE = Weights(setup=0.0, flow=0.0)
Step = list[tuple[int, int]]
"""Machine and time of each alternative."""

FLOW, FLOW_SHOPS = SHARED / "sdst-and-tardiness-flowshop", 8

JOB_SHOPS = (
    "ft10",
    "la37",
    "abz7",
    "abz9",
    "ta21js",
    "ta23js",
    "swv11",
    "swv13",
    "ta41js",
    "ta43js",
)
LARGE = ("bel00", "bel01", "bel02", "tai_100_100_1", "tai_100_100_2")
FLEXIBLE = ("mk01", "mk05", "mk07", "mk09", "mk11", "mk15", "dpp01a", "dpp09a", "dpp17a", "behnke59")
SINGER_PINEDO = {
    "abz5": 1403,
    "ft10": 1363,
    "la17": 899,
    "la19": 948,
    "orb01": 2568,
    "orb03": 2111,
    "orb05": 1593,
    "orb07": 590,
    "orb09": 1316,
}
"""Optima for due dates of 1.3 times a job's work (Singer, Pinedo 1998)."""


def job_shops(budgets: list[float]) -> None:
    best = best_known("jsp-benchmarks")
    _table("Job shop, makespan", ((name, best[name], shop_of(_jsp(name))) for name in JOB_SHOPS), budgets)


def large_job_shops(budgets: list[float]) -> None:
    best = best_known("jsp-benchmarks")
    names = [name for name in LARGE if name in best]
    _table("Large job shop, makespan", ((name, best[name], shop_of(_jsp(name))) for name in names), budgets)


def flexible_job_shops(budgets: list[float]) -> None:
    best = best_known("fjsp-benchmarks")
    _table("Flexible job shop, makespan", ((n, best[n], shop_of(_fjsp(n))) for n in FLEXIBLE), budgets)


def weighted_tardiness(budgets: list[float]) -> None:
    shops = ((name, best, singer_pinedo(_jsp(name))) for name, best in SINGER_PINEDO.items())
    _table("Job shop, weighted tardiness (Singer, Pinedo, 1.3)", shops, budgets)


def flow_shops(budgets: list[float]) -> None:
    """Total tardiness. Published plans keep one sequence on all machines, ours needn't."""
    best = _published("TT-PFSP")
    names = [name for name in best if best[name] > 0][:FLOW_SHOPS]
    shops = ((name, best[name], tardiness_flow_shop(FLOW / "TT-PFSP" / name)) for name in names)
    _table("Flow shop, total tardiness", shops, budgets)


def setup_flow_shops(budgets: list[float]) -> None:
    """Makespan with changeovers. In published plans a machine is set up before its job has come; ours sets up
    what is there, so that some of the gap can't be closed."""
    best = _published("SDST-PFSP")
    shops = (
        (name, best[name], setup_flow_shop(FLOW / "SDST-PFSP" / name)) for name in list(best)[:FLOW_SHOPS]
    )
    _table("Flow shop with changeovers, makespan", shops, budgets)


def _published(problem: str) -> dict[str, float]:
    rows = csv.DictReader(io.StringIO((FLOW / "bks_and_published_results.csv").read_text()))
    return {one["instance"]: float(one["bks"]) for one in rows if one["problem"] == problem}


def _table(title: str, shops: Iterable[tuple[str, float, Shop]], budgets: list[float]) -> None:
    budgets_named = [f"{seconds:g} s" for seconds in budgets]
    headed(
        f"{title}: gap to the best known, %", "instance (operations)", "best known", "rule", *budgets_named
    )
    gaps: list[list[float]] = []
    for name, best, shop in shops:
        found = first_sequences(to_arrays(shop), weights=ONLY_LATE)
        values = [float(found.cost[1]) * 3600]
        for seconds in budgets:
            plan = improve(shop, found, seconds=seconds, weights=ONLY_LATE, clock=time.process_time)
            if broken := violations(shop, plan):
                raise AssertionError(broken[0])
            values.append(plan.cost.late_hours * 3600)
        gaps.append([100 * (value / best - 1) for value in values])
        row(f"{name} ({len(shop.tasks)})", str(round(best)), *gaps[-1])
    row("mean", "", *(statistics.fmean(one) for one in zip(*gaps, strict=True)))


def given_shops() -> Iterator[tuple[str, Shop]]:
    """All job shops and flexible job shops that are given, but for the largest."""
    for folder, read in (("jsp-benchmarks", _jsp), ("fjsp-benchmarks", _fjsp)):
        for path in sorted((SHARED / folder / "instances").glob("*.txt")):
            yield path.stem, shop_of(read(path.stem))


def shop_of(jobs: list[list[Step]]) -> Shop:
    """One job of all operations, chained as the instance says."""
    return Shop(_machines(jobs), (Job("all", 0),), tuple(_tasks(jobs, one_job=True)))


def singer_pinedo(jobs: list[list[Step]]) -> Shop:
    """Due after 1.3 times the work; a fifth of the jobs weighs 4, a fifth 1, the others 2."""
    fifth = len(jobs) / 5
    weights = [4.0 if place < fifth else 1.0 if place >= 4 * fifth else 2.0 for place in range(len(jobs))]
    work = [sum(step[0][1] for step in job) for job in jobs]
    due = tuple(Job(str(place), int(1.3 * work[place]), weight) for place, weight in enumerate(weights))
    return Shop(_machines(jobs), due, tuple(_tasks(jobs, one_job=False)))


def tardiness_flow_shop(path: Path) -> Shop:
    numbers = iter([int(one) for one in path.read_text().split()])
    count, machines = next(numbers), next(numbers)
    due = [next(numbers) for _ in range(count)]
    jobs = [[[(machine, next(numbers))] for machine in range(machines)] for _ in range(count)]
    return Shop(
        _machines(jobs),
        tuple(Job(str(place), one) for place, one in enumerate(due)),
        tuple(_tasks(jobs, one_job=False)),
    )


def setup_flow_shop(path: Path) -> Shop:
    """A family for each job; a machine needs no changeover for its first one."""
    numbers = iter([int(one) for one in path.read_text().split()])
    count, machines = next(numbers), next(numbers)
    jobs = [[[(machine, next(numbers))] for machine in range(machines)] for _ in range(count)]
    tables = tuple(
        {(str(one), str(other)): next(numbers) for one in range(count) for other in range(count)}
        for _ in range(machines)
    )
    tasks = [
        replace(task, family=str(place // machines)) for place, task in enumerate(_tasks(jobs, one_job=True))
    ]
    resources = tuple(replace(one, table=number) for number, one in enumerate(_machines(jobs)))
    return Shop(resources, (Job("all", 0),), tuple(tasks), tables)


def _machines(jobs: list[list[Step]]) -> tuple[Resource, ...]:
    highest = max(machine for job in jobs for step in job for machine, _time in step)
    return tuple(Resource(str(machine), ALWAYS) for machine in range(highest + 1))


def _tasks(jobs: list[list[Step]], *, one_job: bool) -> Iterator[Task]:
    count = 0
    for number, job in enumerate(jobs):
        for place, step in enumerate(job):
            yield Task(
                job=0 if one_job else number,
                alternatives=tuple(Alternative(machine, time) for machine, time in step),
                after=(count - 1,) if place else (),
            )
            count += 1


def best_known(folder: str) -> dict[str, float]:
    rows = json.loads((SHARED / folder / "bks.json").read_text())
    return {one["instance"]: float(one["upper_bound"]) for one in rows}


def _jsp(name: str) -> list[list[Step]]:
    folder = SHARED / "jsp-benchmarks" / "instances"
    path = folder / f"{name}.txt"
    text = path.read_text() if path.exists() else _unzipped(folder / f"{name}.zip")
    jobs = []
    for line in text.splitlines()[1:]:
        numbers = [int(one) for one in line.split() if int(one) >= 0]
        if numbers:
            jobs.append([[pair] for pair in zip(numbers[::2], numbers[1::2], strict=True)])
    return jobs


def _unzipped(path: Path) -> str:
    with zipfile.ZipFile(path) as packed:
        return packed.read(packed.namelist()[0]).decode()


def _fjsp(name: str) -> list[list[Step]]:
    lines = (SHARED / "fjsp-benchmarks" / "instances" / f"{name}.txt").read_text().splitlines()[1:]
    jobs = []
    for line in lines:
        numbers = iter([int(one) for one in line.split()])
        steps = next(numbers, 0)
        if steps:
            jobs.append(
                [[(next(numbers), next(numbers)) for _ in range(next(numbers))] for _ in range(steps)]
            )
    return jobs
