"""Machines that write their signals into a folder, where an edge gateway takes them: one of each kind."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable, Sequence
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
    """``written``: each machine's rows in the order in which they stand in the files."""

    def __init__(self, folder: Path) -> None:
        self.written: dict[str, list[Written]] = {machine: [] for machine in ITEMS}
        self._folder = folder
        self._files = 0
        self._known: dict[str, set[int]] = defaultdict(set)

    def take(self, deliveries: Iterable[Delivery]) -> list[Delivery]:
        """Write what these machines say, each row once. Returns what goes another way."""
        rows, others = [], []
        for delivery in deliveries:
            signal = delivery.signal
            if signal.machine not in ITEMS:
                others.append(delivery)
            elif signal.seq not in self._known[signal.machine]:
                self._known[signal.machine].add(signal.seq)
                rows.append(signal)
        for some in pieces(rows, MOST_ROWS):
            self._write(some)
        return others

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
