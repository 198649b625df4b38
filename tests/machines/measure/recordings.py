"""Recorded machine days as samples."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from pathlib import Path

import pytest

from machines.domain.measure import Sample
from tests.support.shared_data import SHARED

FOLDER = SHARED / "machines"


def folder() -> Path:
    if not FOLDER.is_dir():
        pytest.skip(f"the recordings are not at {FOLDER}")
    return FOLDER


def moment(text: str) -> datetime:
    """UTC time of an adapter line, cut to microseconds."""
    head, _, fraction = text.rstrip("Z").partition(".")
    micros = int(fraction[:6].ljust(6, "0")) if fraction else 0
    return datetime.strptime(head, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC, microsecond=micros)


def read(path: Path, items: dict[str, str]) -> tuple[list[Sample], list[str]]:
    """(samples of the wanted items, damaged lines). The line number is the sequence number."""
    samples, damaged = [], []
    with gzip.open(path, "rt", encoding="utf-8", errors="replace") as lines:
        for number, line in enumerate(lines, 1):
            parts = line.rstrip("\r\n").split("|")
            try:
                ts = moment(parts[0])
            except ValueError:
                damaged.append(line)
                continue
            if len(parts) % 2 == 0 and not any(part in items for part in parts[1::2]):
                damaged.append(line)
                continue
            for sub, (key, value) in enumerate(zip(parts[1::2], parts[2::2], strict=False)):
                if key in items:
                    samples.append(_sample(ts, items[key], value.strip(), number, sub))
    return samples, damaged


def _sample(ts: datetime, item: str, value: str, seq: int, sub: int) -> Sample:
    return Sample(
        ts, item, None if value == "UNAVAILABLE" else value, source=1, epoch="file", seq=seq, sub=sub
    )


def box_day() -> tuple[list[Sample], list[str]]:
    """Hurco02, 1 and 2 February 2017."""
    return read(
        folder() / "nist-mtc-box-assembly" / "shdr" / "day-2017-02-01-Hurco02.txt.gz",
        {"Program_Status": "state", "Program_Name_Running": "program", "Part_Count": "part_count"},
    )


def lathe_day() -> tuple[list[Sample], list[str]]:
    """Mazak01, 24 October 2016; what stands before that day is the state at connect."""
    samples, damaged = read(
        folder() / "nist-sms-shop-days" / "Mazak01-20161024-20161025.txt.gz",
        {"execution": "state", "mode": "mode", "program": "program", "PartCountAct": "part_count"},
    )
    first = datetime(2016, 10, 24, tzinfo=UTC)
    for one in samples:
        if one.ts < first:
            one.ts, one.snapshot = first, True
    return samples, damaged
