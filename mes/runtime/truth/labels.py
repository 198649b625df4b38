"""Recordings whose units people labelled: NIST/MTC box assembly, 2017.

``truth.csv`` has a row per unit made; what each program does on a machine follows from it, not from us.
"""

from __future__ import annotations

import csv
import gzip
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from machines.enums import ProgramKind
from mes.lib.programs import normalise_program

STATE, PROGRAM, COUNT = "state", "program", "part_count"
ITEMS = {"Program_Status": STATE, "Program_Name_Running": PROGRAM, "Part_Count": COUNT}
COMPLETED = "PROGRAM_COMPLETED"


@dataclass(frozen=True, slots=True)
class Unit:
    """One unit as labelled. ``first_line`` and ``first_active`` are UTC."""

    machine: str
    part: str
    operation: str
    number: int
    file: str
    first_line: datetime
    first_active: datetime | None
    completions: int
    programs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One value of a recording; ``number`` and ``sub`` say where it stands in its file."""

    ts: datetime
    item: str
    value: str
    number: int
    sub: int


@dataclass(frozen=True, slots=True)
class RoleFrom:
    """A program's role on a machine from a moment on (None: always)."""

    machine: str
    program: str
    role: ProgramKind
    valid_from: datetime | None


def read_units(folder: Path) -> list[Unit]:
    """Every labelled unit, in order of time."""
    with (folder / "truth.csv").open(newline="", encoding="utf-8") as file:
        units = [
            Unit(
                machine=row["machine"],
                part=row["part"],
                operation=row["operation"],
                number=int(row["unit"]),
                file=row["file"],
                first_line=moment_of(row["first_line_utc"]),
                first_active=moment_of(row["first_active_utc"]) if row["first_active_utc"] else None,
                completions=row["program_status_sequence"].split("/").count(COMPLETED),
                programs=_names(row["program_names_in_file"]),
            )
            for row in csv.DictReader(file)
        ]
    return sorted(units, key=lambda unit: (unit.first_line, unit.file))


def _names(text: str) -> tuple[str, ...]:
    return tuple(filter(None, (normalise_program(name) for name in text.replace("/", ";").split(";"))))


def moment_of(text: str) -> datetime:
    """UTC time of a line, cut to microseconds. Raises ValueError for anything else."""
    moment = datetime.fromisoformat(text)
    if moment.utcoffset() is None:
        raise ValueError(f"“{text}” has no time zone")
    return moment.astimezone(UTC)


def read_lines(lines: Iterable[str]) -> Iterator[Line]:
    """The values of a recording that count cycles. Damaged lines are left out."""
    for number, text in enumerate(lines, 1):
        if not any(key in text for key in ITEMS):
            continue
        parts = text.rstrip("\r\n").split("|")
        try:
            ts = moment_of(parts[0])
        except ValueError:
            continue
        for sub, (key, value) in enumerate(zip(parts[1::2], parts[2::2], strict=False)):
            if key in ITEMS:
                yield Line(ts, ITEMS[key], value.strip(), number, sub)


def read_day(folder: Path) -> list[Line]:
    """The whole recording of the day on which the job was proved."""
    path = folder / "shdr" / "day-2017-02-01-Hurco02.txt.gz"
    with gzip.open(path, "rt", encoding="utf-8", errors="replace") as lines:
        return list(read_lines(lines))


def read_unit_files(folder: Path) -> dict[str, list[Line]]:
    """The recording of each unit, by file name."""
    found: dict[str, list[Line]] = {}
    for archive in sorted((folder / "shdr").glob("*.tar.gz")):
        with tarfile.open(archive) as files:
            for member in files.getmembers():
                body = files.extractfile(member) if member.isfile() else None
                if body is not None:
                    text = body.read().decode("utf-8", errors="replace")
                    found[Path(member.name).name] = list(read_lines(text.splitlines()))
    return found


def batches(units: Iterable[Unit]) -> list[list[Unit]]:
    """Units of one operation that a machine made one after the other: its runs."""
    found = []
    by_machine = sorted(units, key=lambda unit: (unit.machine, unit.first_line))
    for _key, group in groupby(by_machine, key=lambda unit: (unit.machine, unit.part, unit.operation)):
        found.append(list(group))
    return found


def roles_of(units: Iterable[Unit]) -> list[RoleFrom]:
    """What the labels say of each named program, batch by batch.

    Where a unit took several completed programs, a named one of them helped; elsewhere it made the unit.
    """
    found: list[RoleFrom] = []
    for batch in batches(units):
        known: dict[str, ProgramKind] = {}
        for unit in batch:
            for program in unit.programs:
                helped = unit.completions > 1
                known[program] = ProgramKind.PART_OF if helped else known.get(program, ProgramKind.PRODUCE)
        for program, role in known.items():
            last = next(
                (one for one in reversed(found) if (one.machine, one.program) == (batch[0].machine, program)),
                None,
            )
            if last is None or last.role != role:
                begin = None if last is None else batch[0].first_line
                found.append(RoleFrom(batch[0].machine, program, role, begin))
    return found


def setup_roles(machine: str, lines: Iterable[Line], units: Iterable[Unit]) -> list[RoleFrom]:
    """Programs that ran on a machine and that no unit's label names: set-up."""
    labelled = {program for unit in units if unit.machine == machine for program in unit.programs}
    ran = {normalise_program(line.value) for line in lines if line.item == PROGRAM}
    return [RoleFrom(machine, name, ProgramKind.SETUP, None) for name in sorted(ran - labelled - {""})]
