"""The buffer on disk: SQLite in WAL mode, committed before a sender is told that its values are safe.

Samples leave in the order they came. The buffer is bounded by the size of what it holds: the oldest make
room, and for each machine it is noted from when to when samples are missing. The last dropped value of each
item is kept as a baseline, so that the state and the counters after the gap are known. What was dropped is
told to the server before anything that came later.
"""

from __future__ import annotations

import sqlite3
import uuid
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson

from integrations.signals.mapping import Sample

EVENTS = frozenset({"cycle_event", "pulse"})
"""Items that are news only: the last of them is no baseline."""
CHUNK = 500
LONGEST_RAW = 4000

SCHEMA = """
CREATE TABLE IF NOT EXISTS chunk (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at TEXT NOT NULL, samples INTEGER NOT NULL, body BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS problem (
    id INTEGER PRIMARY KEY AUTOINCREMENT, body BLOB NOT NULL
);
CREATE TABLE IF NOT EXISTS gap (
    source TEXT NOT NULL, machine TEXT NOT NULL, sealed INTEGER NOT NULL, key TEXT NOT NULL,
    since TEXT NOT NULL, until TEXT NOT NULL, samples INTEGER NOT NULL, up INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (source, machine, sealed)
);
CREATE TABLE IF NOT EXISTS baseline (
    machine TEXT NOT NULL, source TEXT NOT NULL, item TEXT NOT NULL, slot INTEGER NOT NULL,
    body BLOB NOT NULL, PRIMARY KEY (machine, source, item, slot)
);
CREATE TABLE IF NOT EXISTS standing (
    code TEXT PRIMARY KEY, cursor BLOB NOT NULL, stood_at TEXT, heard_at TEXT, received INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS fact (name TEXT PRIMARY KEY, body BLOB NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Entry:
    """What one connection brought. ``problems``: (code, reason, raw text)."""

    code: str
    samples: Sequence[Sample]
    problems: Sequence[tuple[str, str, str]] = ()
    cursor: Mapping[str, Any] | None = None
    observations: int = 0


@dataclass(frozen=True, slots=True)
class Parcel:
    """Samples to be sent next, as (received, sample), and the first and last chunk they came from."""

    first: int
    last: int
    samples: Sequence[tuple[datetime, Sample]]


@dataclass(frozen=True, slots=True)
class Depth:
    """How full it is. ``size`` in bytes; ``dropped`` since the buffer was made."""

    samples: int
    size: int
    oldest: datetime | None
    dropped: int


@dataclass(frozen=True, slots=True)
class StandingRow:
    cursor: Mapping[str, Any]
    stood_at: datetime | None
    heard_at: datetime | None
    received: int


class Spool:
    """One file, one writing process. All methods block; call them from one thread at a time."""

    def __init__(self, path: Path, *, limit: int) -> None:
        """``limit``: bytes of samples kept at most."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._limit = limit
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.execute("PRAGMA busy_timeout=5000")
        self._db.executescript(SCHEMA)
        if self.fact("spool") is None:
            self.keep_fact("spool", uuid.uuid4().hex)
        self.name = str(self.fact("spool"))
        self._size = self._sum("length(body)")
        self._samples = self._sum("samples")
        self._on_its_way = 0

    def close(self) -> None:
        self._db.close()

    # --- in

    def put(self, entries: Sequence[Entry], now: datetime) -> None:
        """Keep what several connections brought, with their cursors, for good. The oldest make room."""
        size, samples = self._size, self._samples
        try:
            with self._transaction():
                for entry in entries:
                    self._put(entry, now)
                self._make_room()
        except BaseException:
            self._size, self._samples = size, samples
            raise

    def _put(self, entry: Entry, now: datetime) -> None:
        for start in range(0, len(entry.samples), CHUNK):
            some = entry.samples[start : start + CHUNK]
            body = zlib.compress(orjson.dumps(some), 3)
            self._db.execute(
                "INSERT INTO chunk (at, samples, body) VALUES (?, ?, ?)", (now.isoformat(), len(some), body)
            )
            self._size += len(body)
            self._samples += len(some)
        for code, reason, raw in entry.problems:
            row = {"connection": entry.code, "code": code, "reason": reason, "raw": raw[:LONGEST_RAW]}
            self._db.execute("INSERT INTO problem (body) VALUES (?)", (orjson.dumps(row),))
        self._note_standing(entry, now)

    def _note_standing(self, entry: Entry, now: datetime) -> None:
        known = self.standing(entry.code)
        cursor = entry.cursor if entry.cursor is not None else (known.cursor if known else {})
        heard = now if entry.observations else (known.heard_at if known else None)
        received = entry.observations + (known.received if known else 0)
        self._db.execute(
            "INSERT INTO standing (code, cursor, heard_at, received) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (code) DO UPDATE SET cursor = excluded.cursor, heard_at = excluded.heard_at, "
            "received = excluded.received",
            (entry.code, orjson.dumps(dict(cursor)), heard.isoformat() if heard else None, received),
        )

    # --- room

    def _make_room(self) -> None:
        while self._size > self._limit:
            # What is on its way to the server may have arrived already: the next ones make room first.
            oldest = self._db.execute(
                "SELECT id, samples, body, length(body) FROM chunk ORDER BY id <= ?, id LIMIT 1",
                (self._on_its_way,),
            ).fetchone()
            if oldest is None:
                return
            number, count, body, size = oldest
            for sample in _unpacked(body):
                self._note_dropped(sample)
            self._db.execute("DELETE FROM chunk WHERE id = ?", (number,))
            self._size -= size
            self._samples -= count
            self._keep_fact("dropped", int(self.fact("dropped") or 0) + count)
        # What can't be read is no measurement: the newest are enough.
        self._db.execute("DELETE FROM problem WHERE id <= (SELECT max(id) FROM problem) - 10000")

    def _note_dropped(self, sample: Sample) -> None:
        """Extend the gap of the sample's machine, and keep the sample as the baseline after it."""
        self._db.execute(
            "INSERT INTO gap (source, machine, sealed, key, since, until, samples) "
            "VALUES (?, ?, 0, ?, ?, ?, 1) ON CONFLICT (source, machine, sealed) DO UPDATE "
            "SET since = min(since, excluded.since), "
            "until = max(until, excluded.until), samples = samples + 1",
            (_gap_source(sample), sample["machine"], str(uuid.uuid4()), _utc(sample), _utc(sample)),
        )
        if sample["item"] in EVENTS:
            return
        self._db.execute(
            "INSERT INTO baseline VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (machine, source, item, slot) DO UPDATE SET body = excluded.body",
            (
                sample["machine"],
                sample["source"],
                sample["item"],
                sample.get("slot", 0),
                orjson.dumps({**sample, "snapshot": sample["item"] != "available"}),
            ),
        )

    # --- out

    def next_parcel(self, most: int) -> Parcel | None:
        """The oldest samples, at least one chunk and about ``most``; None when nothing waits."""
        rows = self._db.execute(
            "SELECT id, at, body, samples FROM chunk ORDER BY id LIMIT ?", (max(1, most),)
        )
        samples: list[tuple[datetime, Sample]] = []
        first = last = 0
        for number, at, body, count in rows:
            if samples and len(samples) + count > most:
                break
            first, last = first or number, number
            received = datetime.fromisoformat(at)
            samples += [(received, sample) for sample in _unpacked(body)]
        self._on_its_way = last
        return Parcel(first, last, samples) if first else None

    def done(self, parcel: Parcel) -> None:
        """The server has these samples: forget them."""
        (size, count) = self._db.execute(
            "SELECT coalesce(sum(length(body)), 0), coalesce(sum(samples), 0) FROM chunk "
            "WHERE id BETWEEN ? AND ?",
            (parcel.first, parcel.last),
        ).fetchone()
        with self._transaction():
            self._db.execute("DELETE FROM chunk WHERE id BETWEEN ? AND ?", (parcel.first, parcel.last))
        self._size -= size
        self._samples -= count
        self._on_its_way = 0

    def come_back(self) -> None:
        """The parcel did not reach the server: it may be dropped again like everything else."""
        self._on_its_way = 0

    def seal_gaps(self) -> list[dict[str, Any]]:
        """What was dropped, to be told: the same until it is told; what is dropped meanwhile comes after.

        ``up``: the connection stood when the last of it came.
        """
        columns = "key, source, machine, since, until, samples, up"
        names = ("key", "connection", "machine", "since", "until", "samples", "up")
        select = f"SELECT {columns} FROM gap WHERE sealed = 1 ORDER BY since, machine"  # noqa: S608
        rows = self._db.execute(select).fetchall()
        if not rows:
            with self._transaction():
                self._db.execute("UPDATE gap SET sealed = 1")
                self._db.executemany(
                    "UPDATE gap SET up = 0 WHERE source = ? AND machine = ?", self._down_at_the_end()
                )
            rows = self._db.execute(select).fetchall()
        found = [dict(zip(names, row, strict=True)) for row in rows]
        return [{**gap, "up": bool(gap["up"])} for gap in found]

    def _down_at_the_end(self) -> list[tuple[str, str]]:
        """(connection, machine) whose last dropped word about the link is that it was lost."""
        rows = self._db.execute("SELECT source, machine, body FROM baseline WHERE item = 'available'")
        return [
            (source.removesuffix("/link"), machine)
            for source, machine, body in rows.fetchall()
            if orjson.loads(body)["value"] is False
        ]

    def baselines(self) -> list[Sample]:
        """The last dropped value of each item, to be sent after the gaps."""
        rows = self._db.execute("SELECT body FROM baseline ORDER BY machine, source, item, slot")
        return [orjson.loads(body) for (body,) in rows]

    def gaps_told(self, baselines: Sequence[Sample]) -> None:
        """The server knows of the sealed gaps and has these baselines."""
        with self._transaction():
            self._db.execute("DELETE FROM gap WHERE sealed = 1")
            self._db.executemany(
                "DELETE FROM baseline WHERE body = ?", [(orjson.dumps(sample),) for sample in baselines]
            )

    def problems(self, most: int) -> list[tuple[int, dict[str, Any]]]:
        rows = self._db.execute("SELECT id, body FROM problem ORDER BY id LIMIT ?", (most,))
        return [(number, orjson.loads(body)) for number, body in rows]

    def problems_told(self, last: int) -> None:
        with self._transaction():
            self._db.execute("DELETE FROM problem WHERE id <= ?", (last,))

    # --- what is known

    def depth(self) -> Depth:
        oldest = self._db.execute("SELECT at FROM chunk ORDER BY id LIMIT 1").fetchone()
        return Depth(
            self._samples,
            self._size,
            datetime.fromisoformat(oldest[0]) if oldest else None,
            int(self.fact("dropped") or 0),
        )

    def standing(self, code: str) -> StandingRow | None:
        row = self._db.execute(
            "SELECT cursor, stood_at, heard_at, received FROM standing WHERE code = ?", (code,)
        ).fetchone()
        if row is None:
            return None
        return StandingRow(orjson.loads(row[0]), _moment(row[1]), _moment(row[2]), row[3])

    def note_stood(self, codes: Sequence[str], now: datetime) -> None:
        """These connections stand at this moment."""
        with self._transaction():
            self._db.executemany(
                "UPDATE standing SET stood_at = ? WHERE code = ?", [(now.isoformat(), code) for code in codes]
            )

    def fact(self, name: str) -> Any:
        row = self._db.execute("SELECT body FROM fact WHERE name = ?", (name,)).fetchone()
        return orjson.loads(row[0]) if row else None

    def keep_fact(self, name: str, value: Any) -> None:
        with self._transaction():
            self._keep_fact(name, value)

    def _keep_fact(self, name: str, value: Any) -> None:
        self._db.execute(
            "INSERT INTO fact VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET body = excluded.body",
            (name, orjson.dumps(value)),
        )

    def _sum(self, what: str) -> int:
        return int(self._db.execute(f"SELECT coalesce(sum({what}), 0) FROM chunk").fetchone()[0])  # noqa: S608

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")


def _unpacked(body: bytes) -> list[Sample]:
    found: list[Sample] = orjson.loads(zlib.decompress(body))
    return found


def _gap_source(sample: Sample) -> str:
    """The connection's own name: what it says about its link belongs to the same gap."""
    return str(sample["source"]).removesuffix("/link")


def _utc(sample: Sample) -> str:
    return datetime.fromisoformat(sample["ts"]).astimezone(UTC).isoformat(timespec="microseconds")


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
