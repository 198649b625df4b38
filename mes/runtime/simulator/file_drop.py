"""Machines that write their signals into a folder, where an edge gateway takes them: one of each kind."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from mes.runtime.simulator.dirt import Delivery
from mes.runtime.simulator.doors import pieces
from mes.runtime.simulator.messages import Signal

ITEMS = {
    "PRESS-1": ("available", "cycle_count", "energy", "alarm"),
    "MOULD-1": ("available", "cycle_event", "energy", "program", "alarm"),
    "ASSY-1": ("available", "part_count", "alarm"),
    "CNC-2": ("available", "state", "program", "alarm"),
}
"""The machines and what each says."""
TIME, MACHINE = "time", "machine"
COLUMNS = (TIME, MACHINE, *dict.fromkeys(item for items in ITEMS.values() for item in items))
MOST_ROWS = 250


class Written(NamedTuple):
    """A row as the product should have it."""

    ts: datetime
    item: str
    value: float | int | str | bool | None


class FileDrop:
    """``written``: each machine's rows in the order in which they stand in the files.

    That is the machine's own: what is late holds up what came after it. Rows carry no number, so that of two
    at the same moment only their order tells which was first. A signal that is lost would hold up the rest.
    """

    def __init__(self, folder: Path) -> None:
        self.written: dict[str, list[Written]] = {machine: [] for machine in ITEMS}
        self._folder = folder
        self._files = 0
        self._early: dict[str, dict[int, Signal]] = {machine: {} for machine in ITEMS}
        self._next = dict.fromkeys(ITEMS, 1)

    def take(self, deliveries: Iterable[Delivery]) -> list[Delivery]:
        """Write what these machines say, each row once. Returns what goes another way."""
        rows: list[Signal] = []
        others = []
        for delivery in deliveries:
            if delivery.signal.machine in ITEMS:
                rows += self._in_order(delivery.signal)
            else:
                others.append(delivery)
        for some in pieces(rows, MOST_ROWS):
            self._write(some)
        return others

    def _in_order(self, signal: Signal) -> Iterator[Signal]:
        """The signal and those that waited for it; nothing if it has to wait itself, or came before."""
        early = self._early[signal.machine]
        if signal.seq >= self._next[signal.machine]:
            early[signal.seq] = signal
        while (following := early.pop(self._next[signal.machine], None)) is not None:
            self._next[signal.machine] += 1
            yield following

    def _write(self, signals: Sequence[Signal]) -> None:
        out = io.StringIO(newline="")
        table = csv.DictWriter(out, COLUMNS, delimiter=";", lineterminator="\n")
        table.writeheader()
        for signal in signals:
            said = str(signal.value).lower() if isinstance(signal.value, bool) else signal.value
            table.writerow({TIME: signal.ts.isoformat(), MACHINE: signal.machine, signal.item: said})
            self.written[signal.machine].append(Written(signal.ts, signal.item, signal.value))
        self._files += 1
        hidden = self._folder / f".{self._files:06}.tmp"
        hidden.write_text(out.getvalue(), "utf-8")
        hidden.replace(self._folder / f"{self._files:06}.csv")
