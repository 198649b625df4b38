"""One run: send and report until there are enough messages and kills, wait until all has settled, judge."""

from __future__ import annotations

import logging
import time
from functools import partial
from pathlib import Path

from mes.runtime.erp_chaos.killer import Killer
from mes.runtime.erp_chaos.parts import Processes
from mes.runtime.erp_chaos.traffic import Traffic
from mes.runtime.erp_chaos.verdict import Verdict, asked, booked_count, hurry, judge, unsettled
from mes.runtime.simulator.doors import HttpTransport

logger = logging.getLogger("chaos")

LOOK_EVERY_SECONDS = 0.5


def play(
    parts: Processes,
    *,
    orders: int,
    messages: int,
    rounds: int,
    pause_seconds: tuple[float, float],
    patience_seconds: float,
    tell_every_seconds: float = float("inf"),
    seed: int = 17,
) -> Verdict:
    """At least ``messages`` both ways together while every part is killed at least ``rounds`` times. The
    logger ``chaos`` is told every so often how far it is.

    Raises TimeoutError when after ``patience_seconds`` something still hasn't settled.
    """
    began = time.monotonic()
    end, tell_next = began + patience_seconds, began
    traffic = Traffic(HttpTransport(parts.url, patience_seconds=patience_seconds), seed)
    done = partial(_done, traffic, parts.ledger)
    killer = Killer(parts, seed=seed, pause_seconds=pause_seconds, done=done)
    try:
        traffic.send_orders(0, orders // 2)
        traffic.report_round()
        killer.start()
        traffic.send_orders(orders // 2, orders - orders // 2)
        while _sent(traffic) < messages or killer.rounds < rounds:
            if killer.failure or time.monotonic() > end:
                raise TimeoutError(f"{killer.kills}, {_sent(traffic)} messages: {killer.failure}")
            traffic.report_round()
            asked(hurry)
            if time.monotonic() > tell_next:
                seconds = time.monotonic() - began
                logger.info("%.0f s: %d messages, killed %s", seconds, _sent(traffic), killer.kills)
                tell_next = time.monotonic() + tell_every_seconds
    finally:
        killer.finish()
    while left := asked(unsettled):
        if time.monotonic() > end:
            raise TimeoutError(f"not settled: {left}")
        asked(hurry)
        time.sleep(LOOK_EVERY_SECONDS)
    verdict = judge(parts.ledger, traffic.versions, inbound=traffic.inbound)
    verdict.kills = killer.kills
    verdict.problems += traffic.refusals
    return verdict


def _done(traffic: Traffic, ledger: Path) -> tuple[int, int]:
    """Requests answered by the MES, and messages booked by the ERP."""
    return traffic.answered, booked_count(ledger)


def _sent(traffic: Traffic) -> int:
    from integrations.models import OutboundMessage

    return traffic.inbound + asked(OutboundMessage.objects.count)
