"""`python -m mes.runtime.simulator` plays the machines and people; `… report` compares with the truth."""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import signal
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import django

from mes.runtime.failures import CannotStart
from mes.runtime.layout import DEMO, MTCONNECT, PARK

if TYPE_CHECKING:
    from mes.runtime.simulator.report import Report

DAYS = 14.0
SETTLE = timedelta(minutes=30)
WARM_UP = timedelta(hours=3)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m mes.runtime.simulator", description=__doc__)
    parser.add_argument(
        "--days",
        type=float,
        default=float(os.environ.get("MES_DEMO_DAYS") or DAYS),
        help="history before the very first start",
    )
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--speed", type=float, default=0, help="replay at most so many times real time")
    parser.add_argument(
        "--dirty",
        action="store_true",
        default=bool(os.environ.get("MES_DEMO_DIRTY")),
        help="a very first start with spoilt signals",
    )
    commands = parser.add_subparsers(dest="command")
    report = commands.add_parser("report", help="compare what was measured with the truth")
    report.add_argument("--json", action="store_true", help="print JSON in place of a table")
    report.add_argument("--hours", type=float, help="only the last hours")
    options = parser.parse_args()
    os.environ.update(DEMO.environment())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mes.settings.demo")
    django.setup()
    if options.command == "report":
        return print_report(as_json=options.json, hours=options.hours)
    logging.basicConfig(format="%(message)s", level=logging.INFO, force=True)
    for chatty in ("httpx", "httpcore", "asyncio"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    asyncio.run(play(options))
    return 0


async def play(options: argparse.Namespace) -> None:
    from mes.runtime.simulator.dirt import Dirt
    from mes.runtime.simulator.doors import Doors, HttpTransport
    from mes.runtime.simulator.mqtt import MqttLine
    from mes.runtime.simulator.player import Memory, Player

    stop = asyncio.Event()
    transport = HttpTransport(os.environ["MES_WEB_URL"])

    def end() -> None:
        stop.set()
        transport.give_up.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, end)
    spoilt = Dirt(
        *(options.seed, 0.0, 0.02, 300.0, 0.02, 0.05),
        resets_per_day=1,
        outages_per_day=2,
        skew_seconds=2,
    )
    memory = Memory.load(PARK, days=options.days, seed=options.seed, dirt=spoilt if options.dirty else Dirt())
    doors = Doors(transport, Path(os.environ["MES_INBOX_DIR"]))
    line = MqttLine(os.environ["MES_MQTT_URL"])
    await Player(memory, doors, line, options.speed, MTCONNECT.number).play(stop)


class NothingToCompare(Exception):
    """The demo has measured too little; the text says what to do."""


def print_report(*, as_json: bool, hours: float | None) -> int:
    try:
        report = demo_report(hours=hours)
    except NothingToCompare as reason:
        sys.stderr.write(f"{reason}\n")
        return 1
    text = json.dumps(report.as_json(), indent=2) if as_json else report.as_table()
    sys.stdout.write(text + "\n")
    return 0


def demo_report(*, hours: float | None) -> Report:
    """Up to half an hour before the last delivery, so that late people have had their say.

    Raises NothingToCompare.
    """
    from mes.runtime.simulator.dirt import Dirt
    from mes.runtime.simulator.player import Memory
    from mes.runtime.simulator.report import compare, read_up_to
    from mes.runtime.simulator.same_world import check_same_world

    if not PARK.exists():
        raise NothingToCompare("No park has run here yet: start `make demo` first.")
    try:
        check_same_world(PARK)
    except CannotStart as other:
        raise NothingToCompare(str(other)) from other
    memory = Memory.load(PARK, days=0, seed=0, dirt=Dirt())
    until = min(memory.delivered - SETTLE, read_up_to(memory.delivered))
    until = datetime.fromtimestamp(until.timestamp() // 600 * 600, UTC)
    start = memory.origin + WARM_UP
    if hours is not None:
        start = max(start, until - timedelta(hours=hours))
    if until <= start:
        raise NothingToCompare("Too little has been measured yet; ask again in a while.")
    memory.delivered = until
    park = memory.park()
    return compare(park.world, start=start, until=until, line=park.line)


if __name__ == "__main__":
    sys.exit(main())
