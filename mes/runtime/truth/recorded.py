"""Labelled recordings through the product: door, interpreter, attribution, bookings. Nothing stays.

Beside it what two naive counts give: every step of the machine's own counter, every finished program.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone

from machines.domain.ingest import append
from machines.domain.interpret import interpret_dirty
from machines.models import (
    Area,
    CountingItem,
    Machine,
    MachineGroup,
    Plant,
    ProgramRole,
    Trust,
)
from mes.runtime.truth.labels import (
    COMPLETED,
    COUNT,
    STATE,
    Line,
    RoleFrom,
    Unit,
    batches,
    read_day,
    read_unit_files,
    read_units,
    roles_of,
    setup_roles,
)
from orders.domain.counted import bucket_of
from orders.domain.crediting import credit_stretch
from orders.domain.documents import OperationLine, OrderDocument
from orders.domain.execution import interrupt, start_production, start_setup
from orders.domain.intake import apply_documents
from orders.domain.release import release_order
from orders.models import Item, Operation, ProductionOrder, Unresolved
from orders.models import Unit as Measure

AT_ONCE = 2000
SILENCE = Decimal(90_000)
"""Seconds: these machines say nothing for hours while they stand."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """Units of one labelled operation: the truth, what the product booked, what naive counting gives.

    ``unresolved``: pieces that wait for a person. ``setup``: pieces booked as set-up.
    """

    title: str
    units: int
    booked: int
    setup: int
    unresolved: int
    counter_steps: int
    completed_programs: int

    @property
    def error(self) -> int:
        return self.booked - self.units

    @property
    def counter_error(self) -> int:
        return self.counter_steps - self.units

    @property
    def right(self) -> int:
        return min(self.booked, self.units)

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"error": self.error, "counter_error": self.counter_error}


class _Measured(Exception):
    """Ends the measurement: everything is rolled back."""


def measure_recordings(folder: Path) -> list[Recorded]:
    """Play every labelled recording through the product and compare. Nothing stays in the database."""
    rows: list[Recorded] = []
    try:
        with transaction.atomic():
            units = read_units(folder)
            day = read_day(folder)
            rows += [_proved_day(day, units, said=said) for said in (True, False)]
            rows += _unit_files(folder, units)
            raise _Measured
    except _Measured:
        return rows


def _proved_day(lines: Sequence[Line], units: Sequence[Unit], *, said: bool) -> Recorded:
    """The day on which a job was proved. ``said``: a person starts production at the first labelled unit."""
    until = lines[-1].ts
    made = [unit for unit in units if unit.machine == "Hurco02" and unit.first_line < until]
    scene = _Scene("DAY-SAID" if said else "DAY", lines[-1].ts)
    machine = scene.machine("Hurco02", CountingItem.PART_COUNT)
    named = [one for one in roles_of(units) if one.machine == "Hurco02" and one.valid_from is None]
    scene.roles([*named, *setup_roles("Hurco02", lines, units)])
    begin = made[0].first_active
    assert begin is not None
    [operation] = scene.order("BOX", [made[0].operation], 20)
    start_setup(operation=operation, machine=machine, by=None, key=uuid.uuid4(), at=scene.at(lines[0].ts))
    if said:
        start_production(operation=operation, machine=machine, by=None, key=uuid.uuid4(), at=scene.at(begin))
    scene.play(machine, "day", lines)
    scene.read(scene.at(lines[0].ts))
    title = "Box OP1, the day of proving" if said else "… if nobody starts production"
    return scene.compare(
        title, operation, len(made), steps=_steps([("", lines)])[""], completed=_completed([lines])
    )


def _unit_files(folder: Path, units: Sequence[Unit]) -> list[Recorded]:
    """The recordings of single units, with gaps between them, on both machines."""
    files = read_unit_files(folder)
    last = max(line.ts for lines in files.values() for line in lines)
    scene = _Scene("UNITS", last)
    operations: dict[tuple[str, str], Operation] = {}
    for part in sorted({unit.part for unit in units}):
        names = sorted({unit.operation for unit in units if unit.part == part})
        for name, operation in zip(names, scene.order(part.upper(), names, 20), strict=True):
            operations[part, name] = operation
    machines = {
        name: scene.machine(name, CountingItem.STATE) for name in sorted({unit.machine for unit in units})
    }
    scene.roles(roles_of(units))
    for batch in batches(units):
        machine = machines[batch[0].machine]
        scene.run(machine, operations[batch[0].part, batch[0].operation], batch, files)
        for unit in batch:
            scene.play(machine, unit.file, files[unit.file])
        scene.read(scene.at(batch[0].first_line))
    steps: dict[str, int] = {}
    for machine_name in machines:
        mine = [unit for unit in units if unit.machine == machine_name]
        steps |= _steps((f"{unit.part} {unit.operation}", files[unit.file]) for unit in mine)
    rows = []
    for (part, name), operation in operations.items():
        mine = [unit for unit in units if (unit.part, unit.operation) == (part, name)]
        rows.append(
            scene.compare(
                f"{part} {name}, unit by unit",
                operation,
                len(mine),
                steps=steps.get(f"{part} {name}", 0),
                completed=_completed(files[unit.file] for unit in mine),
            )
        )
    return rows


class _Scene:
    """A plant of its own; recorded times are moved so that the last of them was an hour ago."""

    def __init__(self, code: str, last: datetime) -> None:
        self.shift = timezone.now() - timedelta(hours=1) - last
        self.code = code
        self.plant = Plant.objects.create(code=f"TRUTH-{code}", name=code, time_zone="UTC", erp_code=code)
        self.area = Area.objects.create(plant=self.plant, code="SHOP", name="Shop")
        self.group = MachineGroup.objects.create(plant=self.plant, code="MILL", name="Mills", erp_code="MILL")
        self.machines: dict[str, Machine] = {}

    def at(self, moment: datetime) -> datetime:
        return moment + self.shift

    def machine(self, name: str, counting: CountingItem) -> Machine:
        made = Machine.objects.create(
            plant=self.plant,
            area=self.area,
            group=self.group,
            code=f"{name}-{self.code}",
            name=name,
            counting_item=counting,
            trust=Trust.STATE,
            silence_seconds=SILENCE,
        )
        self.machines[name] = made
        return made

    def roles(self, roles: Iterable[RoleFrom]) -> None:
        latest: dict[tuple[str, str], ProgramRole] = {}
        for one in roles:
            begin = self.at(one.valid_from) if one.valid_from else None
            if (before := latest.get((one.machine, one.program))) is not None:
                before.valid_until = begin
                before.save(update_fields=["valid_until"])
            latest[one.machine, one.program] = ProgramRole.objects.create(
                machine=self.machines[one.machine], pattern=one.program, role=one.role, valid_from=begin
            )

    def order(self, item: str, operations: Sequence[str], quantity: int) -> list[Operation]:
        unit, _made = Measure.objects.get_or_create(code="C62", defaults={"symbol": "pc", "name": "piece"})
        Item.objects.get_or_create(code=f"TRUTH-{item}", defaults={"name": item, "unit": unit})
        number = f"{self.code}-{item}"
        document = OrderDocument(
            number,
            item=f"TRUTH-{item}",
            quantity=Decimal(quantity),
            unit="C62",
            operations=tuple(OperationLine(name, name, "MILL") for name in operations),
        )
        [result] = apply_documents([document], plant=self.plant)
        if result.problems:
            raise ValueError("; ".join(str(problem) for problem in result.problems))
        order = ProductionOrder.objects.get(number=number, plant=self.plant)
        release_order(order=order, by=None, key=uuid.uuid4())
        return list(Operation.objects.filter(order=order).order_by("position"))

    def run(
        self, machine: Machine, operation: Operation, batch: Sequence[Unit], files: dict[str, list[Line]]
    ) -> None:
        """The batch as a person would log it: from its first line to its last one."""
        start_production(
            operation=operation,
            machine=machine,
            by=None,
            key=uuid.uuid4(),
            at=self.at(batch[0].first_line),
        )
        end = max(line.ts for unit in batch for line in files[unit.file])
        interrupt(operation=operation, by=None, key=uuid.uuid4(), at=self.at(end) + timedelta(microseconds=1))
        operation.refresh_from_db()

    def play(self, machine: Machine, boot: str, lines: Sequence[Line]) -> None:
        entries = [
            {
                "machine": machine.code,
                "source": "adapter",
                "boot": boot,
                "seq": line.number,
                "sub": line.sub,
                "ts": self.at(line.ts).isoformat(),
                "item": line.item,
                "value": None if line.value == "UNAVAILABLE" else line.value,
                "historical": True,
            }
            for line in lines
        ]
        for begin in range(0, len(entries), AT_ONCE):
            answers = append(entries[begin : begin + AT_ONCE], timezone.now(), channel="truth")
            refused = [answer for answer in answers if answer.code]
            if refused:
                raise ValueError(f"refused: {refused[0]}")

    def read(self, since: datetime) -> None:
        ids = [machine.pk for machine in self.machines.values()]
        interpret_dirty(timezone.now(), only=ids)
        for pk in ids:
            credit_stretch(pk, since=bucket_of(since), until=timezone.now())

    def compare(
        self, title: str, operation: Operation, units: int, *, steps: int, completed: int
    ) -> Recorded:
        operation.refresh_from_db()
        waits = Unresolved.objects.filter(machine__in=self.machines.values()).aggregate(sum=Sum("pieces"))
        return Recorded(
            title=title,
            units=units,
            booked=int(operation.good),
            setup=int(operation.setup_pieces),
            unresolved=int(waits["sum"] or 0),
            counter_steps=steps,
            completed_programs=completed,
        )


def _steps(recordings: Iterable[tuple[str, Sequence[Line]]]) -> dict[str, int]:
    """How far the machine's own counter went, by operation, read in order of time; the first reading is none.

    ``recordings``: the operation and the lines of each, all of one machine.
    """
    steps: dict[str, int] = defaultdict(int)
    last = None
    for operation, lines in recordings:
        for line in lines:
            if line.item == COUNT and line.value.isdigit():
                value = int(line.value)
                steps[operation] += max(value - last, 0) if last is not None else 0
                last = value
    return steps


def _completed(recordings: Iterable[Sequence[Line]]) -> int:
    return sum(line.item == STATE and line.value == COMPLETED for lines in recordings for line in lines)


def as_table(rows: Iterable[Recorded]) -> str:
    """The comparison as text: the error of the product beside that of the machine's counter."""
    head = (
        f"{'labelled recording':<38}{'units':>7}{'booked':>8}{'error':>7}{'set-up':>8}{'waiting':>9}"
        f"{'counter':>9}{'its error':>11}{'programs':>10}"
    )
    lines = [
        f"{row.title:<38}{row.units:>7}{row.booked:>8}{row.error:>+7}{row.setup:>8}{row.unresolved:>9}"
        f"{row.counter_steps:>9}{row.counter_error:>+11}{row.completed_programs:>10}"
        for row in rows
    ]
    return "\n".join([head, *lines])
