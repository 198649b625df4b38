"""One run: send and report until there are enough messages and kills, wait until all has settled, judge."""

from __future__ import annotations

import logging
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from mes.runtime.chaos.killer import Killer
from mes.runtime.erp_chaos.parts import Parts
from mes.runtime.erp_chaos.traffic import Traffic
from mes.runtime.erp_chaos.verdict import (
    Verdict,
    asked,
    behind,
    booked_count,
    end_leases,
    hurry,
    judge,
    unsettled,
)
from mes.runtime.simulator.doors import HttpTransport

logger = logging.getLogger("chaos")

REQUESTS_AT_ONCE = 4
LOOK_EVERY_SECONDS = 0.5
MOST_BEHIND = 1000
"""Reports wait while so much is on its way: what waits long is told together, in fewer messages."""


def play(
    parts: Parts,
    *,
    orders: int,
    messages: int,
    rounds: int,
    between_kills: tuple[int, int],
    patience_seconds: float,
    tell_every_seconds: float = float("inf"),
    enough: threading.Event | None = None,
    seed: int = 17,
) -> Verdict:
    """At least ``messages`` both ways together while every part is killed at least ``rounds`` times. The
    logger ``chaos`` is told every so often how far it is. Once ``enough`` is set, nothing more is sent: what
    was sent till then settles and is judged.

    Raises TimeoutError when after ``patience_seconds`` something still hasn't settled, CannotStart when a
    part can't be started any more.
    """
    door = HttpTransport(parts.url, patience_seconds=patience_seconds)
    traffic = Traffic(door, seed, at_once=REQUESTS_AT_ONCE)
    killer = Killer(
        parts,
        seed=seed,
        between=between_kills,
        done=lambda: _done(traffic, parts.ledger),
        killed=_free_what_it_had,
        failed=door.give_up.set,
    )
    run = _Run(traffic, killer, patience_seconds, tell_every_seconds, enough or threading.Event())
    try:
        with killer.until_done():
            traffic.send_orders(0, orders // 2)
            traffic.report_round()
            killer.start()
            traffic.send_orders(orders // 2, orders - orders // 2)
            while run.sent < messages or killer.rounds < rounds:
                traffic.report_round(run.keep_pace)
    except _Enough:
        logger.info("%.0f s: nothing more is sent", run.seconds)
    run.settle(parts)
    verdict = judge(parts.ledger, traffic.versions, inbound=traffic.inbound)
    verdict.kills, verdict.ended = killer.kills, parts.ended
    verdict.problems += traffic.refusals
    return verdict


class _Enough(Exception):
    """Somebody wants the verdict now."""


@dataclass(slots=True)
class _Run:
    """Holds the traffic to the pace of the relays, and tells how far it is."""

    traffic: Traffic
    killer: Killer
    patience_seconds: float
    tell_every_seconds: float
    enough: threading.Event
    began: float = field(default_factory=time.monotonic)
    told: float = -float("inf")

    @property
    def sent(self) -> int:
        """Messages both ways together."""
        from integrations.models import OutboundMessage

        return self.traffic.inbound + asked(OutboundMessage.objects.count)

    def keep_pace(self) -> None:
        """Wait until not too much is on its way. Raises TimeoutError when it is late, or nobody kills."""
        while True:
            if self.enough.is_set():
                raise _Enough
            asked(hurry)
            self.tell()
            waiting = asked(behind)
            if self.killer.failure is not None:
                raise self.killer.failure
            if self.is_late:
                raise TimeoutError(f"{self.killer.kills}, {waiting} on their way")
            if waiting < MOST_BEHIND:
                return
            time.sleep(LOOK_EVERY_SECONDS)

    def settle(self, parts: Parts) -> None:
        """Wait until nothing is on its way any more. Raises TimeoutError when it is late."""
        while left := asked(unsettled):
            if self.is_late:
                raise TimeoutError(f"not settled: {left}")
            parts.tend()
            asked(hurry)
            self.tell()
            time.sleep(LOOK_EVERY_SECONDS)

    @property
    def is_late(self) -> bool:
        return self.seconds > self.patience_seconds

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.began

    def tell(self) -> None:
        if time.monotonic() - self.told > self.tell_every_seconds:
            self.told = time.monotonic()
            logger.info("%.0f s: %d messages, killed %s", self.seconds, self.sent, self.killer.kills)


def _free_what_it_had(name: str) -> None:
    from django.db import connection

    if name.startswith("relay"):
        asked(end_leases)
        connection.close()  # the killer's thread keeps none


def _done(traffic: Traffic, ledger: Path) -> tuple[int, int]:
    """Requests answered by the MES, and messages booked by the ERP."""
    return traffic.answered, booked_count(ledger)
