"""Prints tables and judges nothing. Seconds are CPU seconds of this process: a busy machine changes little.

Benchmarks that others published are read from ``../shared/data`` beside the repository; parts that need them
are left out when it is absent.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

from tests.bench.planning import changes, clicks, futures, instances, log, promises, scaling, setup
from tests.bench.planning.table import say
from tests.support.shared_data import SHARED

PARTS: dict[str, Callable[[list[float]], None]] = {
    "s2": scaling.first_plans,
    "s3": scaling.improvement,
    "s7": changes.rush_orders,
    "s8": changes.replanning,
    "clicks": clicks.clicks,
    "jsp": instances.job_shops,
    "fjsp": instances.flexible_job_shops,
    "twt": instances.weighted_tardiness,
    "flow": instances.flow_shops,
    "setup": setup.predicted,
    "p1": promises.coverage,
    "p2": promises.width,
    "p3": log.predicted,
    "p4": futures.played,
    "p5": promises.on_time,
    "alerts": promises.alerts,
}
NEED_DATA = {"jsp", "fjsp", "twt", "flow", "setup", "p3"}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.planning", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"any of {', '.join(PARTS)}; default all")
    parser.add_argument("--seconds", default="10,60", help="budgets of the search, 10,60 by default")
    arguments = parser.parse_args()
    if unknown := set(arguments.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}")
    budgets = [float(one) for one in arguments.seconds.split(",")]
    scaling.warm_up()
    for part in arguments.parts or PARTS:
        if part in NEED_DATA and not SHARED.is_dir():
            say(f"\n{part}: left out, ../shared/data is absent")
            continue
        PARTS[part](budgets)


main()
