"""Prints tables and judges nothing. Seconds are CPU seconds of this process: a busy machine changes little.

Each part is written to ``var/bench-planning/`` when it is through; ``--resume`` prints those that are there
in place of measuring them again, so that the whole table can be made in pieces. Benchmarks that others
published are read from ``../shared/data`` beside the repository; parts that need them are left out when it is
absent.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

from orders.planning.warm import plans_compiled
from tests.bench.planning import (
    changes,
    clicks,
    feasible,
    futures,
    instances,
    log,
    promises,
    scaling,
    screens,
    setup,
)
from tests.bench.planning.table import KEPT, keep, kept, say
from tests.support.shared_data import SHARED

Part = tuple[str, Callable[[list[float]], None]]
PARTS: dict[str, Part] = {
    "s1": ("S1 feasible always: 0 violations", feasible.checked),
    "s2": ("S2 first plan: 5,000 in 0.5 s, 20,000 in 3 s", scaling.first_plans),
    "s3-1000": ("S3 after 2 s 30 %, after 60 s 45 %", scaling.improvement_of(1_000, 20)),
    "s3-5000": ("S3 after 60 s 45 %", scaling.improvement_of(5_000, 60)),
    "s3-20000": ("S3 after 60 s 25 %", scaling.improvement_of(20_000, 150)),
    "jsp": ("S4 mean gap 8 % at 10 s, 5 % at 60 s", instances.job_shops),
    "large": ("S4 bel optimal within 10 s, 10,000 operations 12 % at 60 s", instances.large_job_shops),
    "fjsp": ("S4 mean gap 6 % at 60 s", instances.flexible_job_shops),
    "twt": ("S5 mean gap 5 % at 10 s", instances.weighted_tardiness),
    "flow": ("S6 mean gap 20 % at 60 s", instances.flow_shops),
    "sdst": ("S6 mean gap 6 % at 60 s", instances.setup_flow_shops),
    "s7": ("S7 three answers in 2 s, nothing frozen moves", changes.rush_orders),
    "s8": ("S8 replanned in 1 s at 5,000", changes.replanning),
    "rows": ("S2 from rows to rows: 5,000 in 0.5 s, 20,000 in 3 s", clicks.first_plans),
    "clicks": ("S2, S7, S8 from rows to rows", clicks.clicks),
    "screens": ("S7 2 s in the browser, a quote 1 s, S8 within 5 s of the stop", screens.screens),
    "board": ("500 machines, 5,000 operations smooth", screens.board),
    "setup": ("P7 at most 0.90 of the constant's error", setup.predicted),
    "p1": ("P1 coverage within 3 points", promises.coverage),
    "p2": ("P2 width at most 65 % of history's, pinball 55 %", promises.width),
    "p3": ("P3 pinball P80 at most 6.4 days", log.predicted),
    "p4": ("P4 1,000 futures of 5,000 operations in 2 s", futures.played),
    "p5": ("P5 on time at P80: 80 % within 3", promises.on_time),
    "alerts": ("precision and recall 0.8", promises.alerts),
}
NEED_DATA = {"jsp", "large", "fjsp", "twt", "flow", "sdst", "setup", "p3"}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.planning", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"any of {', '.join(PARTS)}; default all")
    parser.add_argument("--seconds", default="10,60", help="budgets of the search, 10,60 by default")
    parser.add_argument("--resume", action="store_true", help=f"print what is in {KEPT} already")
    parser.add_argument("--seeds", default="1,2,3,4,5", help="of the simulated plants, 1,2,3,4,5 by default")
    arguments = parser.parse_args()
    if unknown := set(arguments.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    promises.SEEDS[:] = [int(one) for one in arguments.seeds.split(",")]
    if arguments.resume:
        promises.resume()
    budgets = [float(one) for one in arguments.seconds.split(",")]
    warm = False
    for name in arguments.parts or PARTS:
        if arguments.resume and kept(name):
            continue
        if name in NEED_DATA and not SHARED.is_dir():
            say(f"\n{name}: left out, ../shared/data is absent")
            continue
        if not warm:
            plans_compiled()
            warm = True
        goal, measure = PARTS[name]
        with keep(name):
            say(f"\n[{name}] goal: {goal}")
            measure(budgets)


main()
