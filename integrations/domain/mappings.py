"""What items mean for machines: mapping them, templates per machine type, and mappings as files."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Any

from django.db import transaction

from integrations.enums import SignalRole
from integrations.models import (
    MappingTemplate,
    MappingTemplateRow,
    SignalConnection,
    SignalMapping,
)
from machines.models import Machine
from mes.lib.errors import InvalidInput, Problem, Refused
from mes.lib.live import announce
from mes.lib.sentences import gettext as _

_END_OF_PART = re.compile(r"[/.:;|_\-=\]]")


@dataclass(frozen=True, slots=True)
class ItemMeaning:
    """One row of a mapping as people and files write it."""

    address: str
    machine: Machine
    role: str
    slot: int = 0
    values: Mapping[str, str] = field(default_factory=dict)
    factor: Decimal | None = None


@transaction.atomic
def map_items(*, connection: SignalConnection, meanings: Iterable[ItemMeaning]) -> int:
    """Map items to machines; an item that is mapped for its machine already gets the new meaning.

    Returns how many rows were made or changed. Raises InvalidInput for a slot that the machine hasn't.
    """
    wanted = {(meaning.address, meaning.machine.pk): meaning for meaning in meanings}
    _check_slots(wanted.values())
    known = {
        (row.address, row.machine_id): row for row in connection.mappings.select_for_update().order_by("pk")
    }
    new = [
        _filled(
            SignalMapping(connection=connection, address=meaning.address, machine=meaning.machine), meaning
        )
        for key, meaning in wanted.items()
        if key not in known
    ]
    changed = [
        _filled(known[key], meaning)
        for key, meaning in wanted.items()
        if key in known and not _same(known[key], meaning)
    ]
    SignalMapping.objects.bulk_create(new)
    SignalMapping.objects.bulk_update(changed, ["role", "slot", "values", "factor"])
    announce(f"signal-connection:{connection.pk}")
    return len(new) + len(changed)


def _check_slots(meanings: Iterable[ItemMeaning]) -> None:
    problems = [
        Problem(
            "unknown_slot",
            _("%(machine)s has %(slots)d slots.")
            % {"machine": meaning.machine.code, "slots": meaning.machine.slots},
            "slot",
            value=str(meaning.slot),
        )
        for meaning in meanings
        if meaning.slot > meaning.machine.slots
    ]
    if problems:
        raise InvalidInput(problems)


def _filled(row: SignalMapping, meaning: ItemMeaning) -> SignalMapping:
    row.role, row.slot, row.factor = meaning.role, meaning.slot, meaning.factor
    row.values = dict(meaning.values)
    return row


def _same(row: SignalMapping, meaning: ItemMeaning) -> bool:
    return (row.role, row.slot, row.values, row.factor) == (
        meaning.role,
        meaning.slot,
        dict(meaning.values),
        meaning.factor,
    )


def check_switch_on(connection: SignalConnection) -> None:
    """Raises Refused when nothing would reach a machine."""
    if not connection.mappings.exists():
        raise Refused("nothing_mapped", _("Map at least one item to a machine first."))


@transaction.atomic
def switch(*, connection: SignalConnection, on: bool) -> None:
    """Let a connection's values reach the machines, or not. Raises Refused."""
    if on:
        check_switch_on(connection)
    connection.active = on
    connection.save(update_fields=["active"])
    announce(f"signal-connection:{connection.pk}")


# --- Templates


def patterns_of(addresses: Sequence[str]) -> list[str]:
    """Addresses of one machine as patterns that fit the next: their common beginning becomes ``*``."""
    if not addresses:
        return []
    first, last = min(addresses), max(addresses)
    common = 0
    while common < min(len(first), len(last)) and first[common] == last[common]:
        common += 1
    ends = [match.end() for match in _END_OF_PART.finditer(first[:common])]
    if len(addresses) == 1:
        ends = [match.end() for match in _END_OF_PART.finditer(first[:-1])]
    start = ends[-1] if ends else 0
    return [("*" if start else "") + _literal(address[start:]) for address in addresses]


def _literal(text: str) -> str:
    """As a shell pattern that means just this text."""
    return re.sub(r"([\[*?])", r"[\1]", text)


@transaction.atomic
def save_template(*, connection: SignalConnection, machine: Machine, code: str, name: str) -> MappingTemplate:
    """Keep how a machine's items are mapped for the next of its kind. Raises Refused, InvalidInput."""
    rows = list(connection.mappings.filter(machine=machine).order_by("pk"))
    if not rows:
        raise Refused("nothing_mapped", _("Nothing is mapped for this machine."))
    if MappingTemplate.objects.filter(code=code).exists():
        raise InvalidInput([Problem("taken", _("Another template has this code."), "code", value=code)])
    template = MappingTemplate.objects.create(code=code, name=name, protocol=connection.protocol)
    MappingTemplateRow.objects.bulk_create(
        MappingTemplateRow(
            template=template, pattern=pattern, role=row.role, values=row.values, factor=row.factor
        )
        for row, pattern in zip(rows, patterns_of([row.address for row in rows]), strict=True)
    )
    return template


def fitting(template: MappingTemplate, addresses: Collection[str], machine: Machine) -> list[ItemMeaning]:
    """What the template says about a machine's items: the first address that fits each row."""
    found = []
    for row in template.rows.all():
        address = next((address for address in addresses if fnmatch.fnmatchcase(address, row.pattern)), None)
        if address is not None:
            found.append(ItemMeaning(address, machine, row.role, 0, row.values, row.factor))
    return found


# --- Files


FILE_FORMAT, FILE_VERSION = "mes-signal-mapping", 1
MOST_ROWS = 20_000


class Change(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    SAME = "same"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Difference:
    """What importing a file would do to one item: ``before`` and ``after`` as short texts."""

    change: Change
    address: str
    machine: str
    before: str = ""
    after: str = ""


def as_file(connection: SignalConnection) -> dict[str, Any]:
    """A connection's mapping as JSON that another installation can read."""
    return {
        "format": FILE_FORMAT,
        "version": FILE_VERSION,
        "protocol": connection.protocol,
        "connection": connection.code,
        "mappings": [
            {
                "address": row.address,
                "machine": row.machine.code,
                "slot": row.slot,
                "role": row.role,
                "values": row.values,
                "factor": None if row.factor is None else str(row.factor.normalize()),
            }
            for row in connection.mappings.select_related("machine").order_by("address", "machine__code")
        ],
    }


def read_file(connection: SignalConnection, data: Any) -> list[ItemMeaning]:
    """The rows of a mapping file. Raises InvalidInput, naming each row and field that is wrong."""
    if not isinstance(data, dict) or data.get("format") != FILE_FORMAT:
        raise InvalidInput([Problem("wrong_format", _("This is no file with a mapping."), "format")])
    if data.get("version") != FILE_VERSION:
        raise InvalidInput([Problem("wrong_version", _("This version can't be read."), "version")])
    if data.get("protocol") != connection.protocol:
        message = _("The file is for %(theirs)s, this connection is %(ours)s.")
        names = {"theirs": str(data.get("protocol"))[:40], "ours": connection.protocol}
        raise InvalidInput([Problem("wrong_protocol", message % names, "protocol")])
    rows = data.get("mappings")
    if not isinstance(rows, list) or len(rows) > MOST_ROWS:
        raise InvalidInput([Problem("not_a_list", _("mappings must be a list."), "mappings")])
    return _RowReader(rows).meanings()


class _RowReader:
    """Reads the rows of a file and gathers everything that is wrong with them."""

    def __init__(self, rows: Sequence[Any]) -> None:
        self._rows = rows
        self._problems: list[Problem] = []
        codes = {str(row.get("machine")) for row in rows if isinstance(row, dict)}
        found = Machine.objects.filter(code__in=[code for code in codes if "\x00" not in code])
        self._machines = {machine.code: machine for machine in found}

    def meanings(self) -> list[ItemMeaning]:
        found = [self._meaning(number, row) for number, row in enumerate(self._rows, start=1)]
        self._refuse_twins(found)
        if self._problems:
            raise InvalidInput(self._problems[:200])
        return [meaning for meaning in found if meaning is not None]

    def _meaning(self, number: int, row: Any) -> ItemMeaning | None:
        before = len(self._problems)
        if not isinstance(row, dict):
            self._wrong(number, "", _("A row is an object."))
            return None
        address, machine = row.get("address"), self._machines.get(str(row.get("machine")))
        if not isinstance(address, str) or not 0 < len(address) <= 500 or "\x00" in address:
            self._wrong(number, "address", _("An item is a text of 1 to 500 characters."))
        if machine is None:
            self._wrong(number, "machine", _("There is no machine with this code."), row.get("machine"))
        if row.get("role") not in SignalRole.values:
            self._wrong(number, "role", _("There is no such role."), row.get("role"))
        slot = row.get("slot", 0)
        if not isinstance(slot, int) or isinstance(slot, bool) or slot < 0:
            self._wrong(number, "slot", _("A slot is a number from 0."), slot)
        elif machine is not None and slot > machine.slots:
            self._wrong(number, "slot", _("The machine hasn't so many slots."), slot)
        values = row.get("values") or {}
        if not is_value_table(values):
            self._wrong(number, "values", _("A value table says for texts what they mean."))
        factor = self._factor(number, row.get("factor"))
        if len(self._problems) > before or machine is None:
            return None
        return ItemMeaning(str(address), machine, str(row["role"]), slot, values, factor)

    def _factor(self, number: int, value: Any) -> Decimal | None:
        if value is None:
            return None
        try:
            factor = Decimal(str(value))
        except ArithmeticError:
            factor = Decimal(0)
        if not factor.is_finite() or factor == 0 or abs(factor) >= 10**9:
            self._wrong(number, "factor", _("A factor is a number other than zero."), value)
            return None
        return factor.quantize(Decimal(1).scaleb(-9))

    def _refuse_twins(self, found: Sequence[ItemMeaning | None]) -> None:
        seen: set[tuple[str, int]] = set()
        for number, meaning in enumerate(found, start=1):
            if meaning is None:
                continue
            key = (meaning.address, meaning.machine.pk)
            if key in seen:
                self._wrong(number, "address", _("This item is already mapped for this machine."))
            seen.add(key)

    def _wrong(self, number: int, name: str, message: str, value: Any = "") -> None:
        self._problems.append(Problem("invalid", message, name, row=number, value=str(value)[:80]))


def is_value_table(values: Any) -> bool:
    return (
        isinstance(values, dict)
        and len(values) <= 500
        and all(
            isinstance(key, str) and isinstance(value, str) and max(len(key), len(value)) <= 200
            for key, value in values.items()
        )
    )


def differences(connection: SignalConnection, meanings: Iterable[ItemMeaning]) -> list[Difference]:
    """What importing these rows would change, and which rows of the connection they don't name."""
    known = {(row.address, row.machine.code): row for row in connection.mappings.select_related("machine")}
    found = []
    for meaning in meanings:
        row = known.pop((meaning.address, meaning.machine.code), None)
        change = Change.NEW if row is None else Change.SAME if _same(row, meaning) else Change.CHANGED
        before = "" if row is None else _told(row)
        found.append(Difference(change, meaning.address, meaning.machine.code, before, _told(meaning)))
    gone = [Difference(Change.GONE, address, code, _told(row)) for (address, code), row in known.items()]
    return sorted([*found, *gone], key=lambda one: (one.change == Change.SAME, one.address, one.machine))


def _told(row: SignalMapping | ItemMeaning) -> str:
    parts = [str(SignalRole(row.role).label)]
    if row.slot:
        parts.append(f"#{row.slot}")
    if row.factor is not None:
        parts.append(f"× {row.factor.normalize():f}")
    if row.values:
        parts.append(", ".join(f"{key} = {value}" for key, value in row.values.items()))
    return " · ".join(parts)


@transaction.atomic
def import_mapping(
    *, connection: SignalConnection, meanings: Sequence[ItemMeaning], remove_others: bool
) -> int:
    """Bring a connection's mapping to what a file says. Returns how many rows changed."""
    changed = map_items(connection=connection, meanings=meanings)
    if not remove_others:
        return changed
    named = {(meaning.address, meaning.machine.pk) for meaning in meanings}
    others = [row.pk for row in connection.mappings.all() if (row.address, row.machine_id) not in named]
    SignalMapping.objects.filter(pk__in=others).delete()
    return changed + len(others)
