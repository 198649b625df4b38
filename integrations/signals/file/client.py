"""Watches a folder: takes files that are written, moves them to done or error when they are stored.

A file's rows are known by the hash of its content, so that the same file dropped again, or taken again after
a crash before it was moved, counts once (see ``integrations.signals.file.numbers``).
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from integrations.signals.base import (
    Batch,
    BrowsedItem,
    ConnectionLost,
    Cursor,
    Observation,
    Settings,
    Undecoded,
)
from integrations.signals.file.decode import BadRow, DamagedFile, Form, Row, WrongSettings, rows_of
from integrations.signals.file.numbers import Numbers
from integrations.signals.file.roles import role_of_column

LOOK_SECONDS = 0.5
MOST_AT_ONCE = 1000
HISTORICAL_SECONDS = 60.0
DONE, ERROR = "done", "error"
HASH_LENGTH = 16
SAMPLED = 3
"""Files read to show which columns there are."""


@dataclass(slots=True)
class _Taken:
    """A file being taken, with what is wrong in it."""

    path: Path
    data: bytes
    content: str
    problems: list[str] = field(default_factory=list)


class FileTransport:
    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._folder = Path(settings.address.removeprefix("file://"))
        self._stable = float(settings.options.get("stable_seconds") or 2)
        self._pattern = str(settings.options.get("pattern") or "*")
        self._sizes: dict[Path, tuple[int, int, float]] = {}

    async def observe(self, cursor: Cursor) -> AsyncIterator[Batch]:
        form, numbers = self._form(), Numbers(cursor)
        await asyncio.to_thread(self._check)
        yield Batch(gapless=True)
        while True:
            for path in await asyncio.to_thread(self._ready):
                taken = await asyncio.to_thread(self._read, path)
                if taken is None:
                    continue
                try:
                    batches = await asyncio.to_thread(_batches, taken, form, numbers)
                except DamagedFile as error:
                    taken.problems.append(str(error))
                    batches = [Batch(undecoded=[_undecoded(taken, taken.data[:2000], str(error))])]
                for batch in batches:
                    yield batch
                # All of it is stored: the last batch was followed by another question.
                await asyncio.to_thread(self._move, taken)
            await asyncio.sleep(LOOK_SECONDS)
            await asyncio.to_thread(self._check)

    async def browse(self) -> Sequence[BrowsedItem]:
        form = self._form()
        await asyncio.to_thread(self._check)
        return await asyncio.to_thread(self._columns, form)

    def _form(self) -> Form:
        try:
            return Form.of(self._settings.options)
        except WrongSettings as error:
            raise ConnectionLost(str(error)) from error

    def _check(self) -> None:
        try:
            if not self._folder.is_dir():
                raise ConnectionLost(f"There is no folder {self._folder}.")
            for name in (DONE, ERROR):
                (self._folder / name).mkdir(exist_ok=True)
        except OSError as error:
            raise ConnectionLost(f"{self._folder}: {error.strerror or error}") from error

    def _ready(self) -> list[Path]:
        """Files whose size and time have not changed for long enough, oldest first. No links, no folders."""
        now = datetime.now(UTC).timestamp()
        found: dict[Path, tuple[int, int, float]] = {}
        ready: list[tuple[int, Path]] = []
        for path in self._files(self._folder):
            try:
                status = path.stat()
            except OSError:
                continue
            size, changed, since = self._sizes.get(path, (-1, 0, now))
            if (size, changed) != (status.st_size, status.st_mtime_ns):
                since = now
            found[path] = (status.st_size, status.st_mtime_ns, since)
            if now - since >= self._stable:
                ready.append((status.st_mtime_ns, path))
        self._sizes = found
        return [path for _changed, path in sorted(ready)]

    def _files(self, folder: Path) -> list[Path]:
        try:
            return [
                path
                for path in folder.glob(self._pattern)
                if path.parent == folder
                and path.is_file()
                and not path.is_symlink()
                and not path.name.startswith((".", "~"))
                and path.suffix not in (".tmp", ".part")
            ]
        except (OSError, ValueError) as error:
            raise ConnectionLost(f"{folder}: {error}") from error

    def _read(self, path: Path) -> _Taken | None:
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise ConnectionLost(f"{path.name}: {error.strerror or error}") from error
        return _Taken(path, data, hashlib.sha256(data).hexdigest()[:HASH_LENGTH])

    def _move(self, taken: _Taken) -> None:
        """To done, or to error with a file beside it that says line by line what was wrong."""
        folder = self._folder / (ERROR if taken.problems else DONE)
        target = folder / f"{taken.content[:8]}-{taken.path.name}"
        try:
            if taken.problems:
                said = target.with_name(target.name + ".why")
                said.write_text("\n".join(f"{taken.path.name}: {one}" for one in taken.problems) + "\n")
            taken.path.replace(target)
        except FileNotFoundError:
            return
        except OSError as error:
            raise ConnectionLost(f"{taken.path.name} can't be moved: {error.strerror or error}") from error
        self._sizes.pop(taken.path, None)

    def _columns(self, form: Form) -> list[BrowsedItem]:
        """The columns of the newest files, also of those taken before, with their last values."""
        files = [*self._files(self._folder), *self._files(self._folder / DONE)]
        files.sort(key=lambda path: path.stat().st_mtime, reverse=True)
        items: dict[str, BrowsedItem] = {}
        for path in files[:SAMPLED]:
            taken = self._read(path)
            if taken is None:
                continue
            try:
                rows = [row for row in rows_of(taken.data, form) if isinstance(row, Row)]
            except DamagedFile:
                continue
            for row in rows:
                for name, value in row.values.items():
                    address = address_of(row.device, name)
                    if address not in items or (items[address].ts or row.ts) <= row.ts:
                        items[address] = BrowsedItem(
                            address,
                            name,
                            kind="column",
                            device=row.device,
                            value=value,
                            ts=row.ts,
                            role=role_of_column(name),
                        )
        return sorted(items.values(), key=lambda item: item.address)


def address_of(device: str, column: str) -> str:
    return f"{device}/{column}" if device else column


def _batches(taken: _Taken, form: Form, numbers: Numbers) -> list[Batch]:
    """A file's rows in batches; raises ``DamagedFile``."""
    rows: list[Row] = []
    undecoded: list[Undecoded] = []
    for row in rows_of(taken.data, form):
        if isinstance(row, BadRow):
            taken.problems.append(f"line {row.line}: {row.reason}")
            undecoded.append(_undecoded(taken, row.raw.encode(), f"line {row.line}: {row.reason}"))
        else:
            rows.append(row)
    numbered = zip(numbers.of(taken.content, rows, damaged=bool(undecoded)), rows, strict=True)
    cursor, now = numbers.as_json(), datetime.now(UTC)
    observations = [one for number, row in numbered for one in _observed(row, numbers.epoch, number, now)]
    return [
        Batch(
            observations[start : start + MOST_AT_ONCE],
            undecoded=undecoded[start : start + MOST_AT_ONCE],
            cursor=cursor,
        )
        for start in range(0, max(len(observations), len(undecoded)), MOST_AT_ONCE)
    ]


def _observed(row: Row, epoch: str, number: int, now: datetime) -> Iterator[Observation]:
    historical = (now - row.ts).total_seconds() > HISTORICAL_SECONDS
    for sub, (name, value) in enumerate(row.values.items()):
        yield Observation(
            address_of(row.device, name),
            value,
            row.ts,
            epoch,
            number,
            sub,
            historical=historical,
            native=str(value),
        )


def _undecoded(taken: _Taken, raw: bytes, reason: str) -> Undecoded:
    return Undecoded(raw, "damaged_line", f"{taken.path.name}, {reason}")
