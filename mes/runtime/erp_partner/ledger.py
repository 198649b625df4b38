"""What the simulated ERP has booked: one row per identity, however often a confirmation comes."""

from __future__ import annotations

import sqlite3
import threading
import time
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REOPENED_AFTER_SECONDS = 60
REFUSED_ONE_IN = 1000
"""A few in the demo's history, for people to try how they are mended; not a plant in trouble."""
TABLE = """
    CREATE TABLE IF NOT EXISTS confirmation (
        identity TEXT PRIMARY KEY, channel TEXT NOT NULL, kind TEXT NOT NULL, order_number TEXT NOT NULL,
        operation TEXT NOT NULL, good REAL NOT NULL, scrap REAL NOT NULL, rework REAL NOT NULL,
        status TEXT NOT NULL, reason TEXT NOT NULL, reference INTEGER NOT NULL, copies INTEGER NOT NULL,
        first_at REAL NOT NULL
    )
"""


@dataclass(frozen=True, slots=True)
class Booking:
    """What the ERP says about one confirmation."""

    identity: str
    posted: bool
    reference: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Ticket:
    """A confirmation as it came. Quantities are pieces; a reversal takes its quantities back."""

    identity: str
    kind: str
    order: str
    operation: str
    good: float = 0.0
    scrap: float = 0.0
    rework: float = 0.0
    reverses: str = ""

    @classmethod
    def of(cls, content: Mapping[str, Any], kind: str = "") -> Ticket:
        """From the JSON of the webhook or the pull endpoint. Raises ``KeyError`` or ``ValueError``."""
        kind = kind or str(content.get("kind", ""))
        content = {"good": 0, "scrap": 0, "rework": 0, **content} if kind == "proposal" else content
        return cls(
            identity=str(content["identity"]).upper(),
            kind=kind,
            order=str(content["order"]),
            operation=str(content["operation"]),
            good=float(content["good"]),
            scrap=float(content["scrap"]),
            rework=float(content["rework"]),
            reverses=str(content.get("reverses") or ""),
        )


class Ledger:
    """Safe for several threads. ``refuse_one_in`` refuses that share at first: their period is closed.

    What is sent again a minute later finds the period open, as after a person has seen to it; pulling it
    again opens nothing.
    """

    def __init__(self, path: Path, *, refuse_one_in: int = REFUSED_ONE_IN) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._refuse_one_in = refuse_one_in
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA busy_timeout=60000")
        self._database.execute("PRAGMA journal_mode=WAL")
        # What is written survives the death of this process; a power cut is not played here.
        self._database.execute("PRAGMA synchronous=NORMAL")
        self._database.execute(TABLE)
        self._database.execute("CREATE INDEX IF NOT EXISTS by_reference ON confirmation (reference)")

    def book(self, ticket: Ticket, channel: str, *, now: float | None = None) -> Booking:
        """Book once; a repeat gets the first answer."""
        now = time.time() if now is None else now
        with self._lock:
            known = self._database.execute(
                "SELECT status, reason, reference, first_at FROM confirmation WHERE identity = ?",
                (ticket.identity,),
            ).fetchone()
            if known is None:
                return self._first(ticket, channel, now)
            status, reason, reference, first_at = known
            self._database.execute(
                "UPDATE confirmation SET copies = copies + 1 WHERE identity = ?", (ticket.identity,)
            )
            waited = now - first_at >= REOPENED_AFTER_SECONDS
            if status == "refused" and waited and channel != "pull":
                self._database.execute(
                    "UPDATE confirmation SET status = 'posted', reason = '' WHERE identity = ?",
                    (ticket.identity,),
                )
                status = "posted"
            return Booking(ticket.identity, status == "posted", str(reference), reason)

    def _first(self, ticket: Ticket, channel: str, now: float) -> Booking:
        refused = self._refuse_one_in and zlib.crc32(ticket.identity.encode()) % self._refuse_one_in == 0
        reason = "The posting period is closed." if refused else ""
        (highest,) = self._database.execute(
            "SELECT coalesce(max(reference), 4900000000) FROM confirmation"
        ).fetchone()
        sign = -1 if ticket.reverses else 1
        self._database.execute(
            "INSERT INTO confirmation VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?)",
            (
                *(ticket.identity, channel, ticket.kind, ticket.order, ticket.operation),
                *(sign * ticket.good, sign * ticket.scrap, sign * ticket.rework),
                *("refused" if refused else "posted", reason, highest + 1, now),
            ),
        )
        return Booking(ticket.identity, not refused, str(highest + 1), reason)

    def summary(self) -> dict[str, Any]:
        """Counts by channel and status, repeats, and the newest bookings."""
        with self._lock:
            counts = self._database.execute(
                "SELECT channel, status, count(*), sum(copies - 1) FROM confirmation"
                " GROUP BY 1, 2 ORDER BY 1, 2"
            ).fetchall()
            newest = self._database.execute(
                "SELECT reference, order_number, operation, kind, good, scrap, rework, status, reason,"
                " channel FROM confirmation ORDER BY reference DESC LIMIT 20"
            ).fetchall()
        names = ("reference", "order", "operation", "kind", "good", "scrap", "rework", "status", "reason")
        return {
            "counts": [
                {"channel": channel, "status": status, "confirmations": count, "repeats": repeats}
                for channel, status, count, repeats in counts
            ],
            "newest": [dict(zip((*names, "channel"), row, strict=True)) for row in newest],
        }

    def sums(self, order: str) -> list[dict[str, Any]]:
        """What is posted for an order, by operation."""
        with self._lock:
            rows = self._database.execute(
                "SELECT operation, sum(good), sum(scrap), sum(rework), count(*) FROM confirmation"
                " WHERE order_number = ? AND status = 'posted' GROUP BY 1 ORDER BY 1",
                (order,),
            ).fetchall()
        names = ("operation", "good", "scrap", "rework", "confirmations")
        return [dict(zip(names, row, strict=True)) for row in rows]
