"""What we propose a data item to mean. A person confirms it; nothing is mapped by itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from integrations.signals.base import BrowsedItem
from integrations.signals.mtconnect.decode import DataItem, Devices, Seen, Streams
from integrations.signals.mtconnect.session import value_of
from machines.domain.measure.samples import Value


@dataclass(frozen=True, slots=True)
class Proposal:
    role: str
    values: Mapping[str, str] = field(default_factory=dict)


_EMERGENCY = Proposal("alarm", {"TRIGGERED": "FAULT|EMERGENCY_STOP", "ARMED": "NORMAL|EMERGENCY_STOP"})

_CHOICES: Sequence[tuple[Proposal, Sequence[tuple[str, str]]]] = (
    (Proposal("state"), (("EXECUTION", ""),)),
    (Proposal("mode"), (("CONTROLLER_MODE", ""), ("FUNCTIONAL_MODE", ""))),
    (Proposal("program"), (("PROGRAM", "MAIN"), ("PROGRAM", ""), ("PROGRAM", "ACTIVE"))),
    (
        Proposal("program_comment"),
        (("PROGRAM_COMMENT", "MAIN"), ("PROGRAM_COMMENT", ""), ("PROGRAM_COMMENT", "ACTIVE")),
    ),
    (Proposal("part_count"), (("PART_COUNT", "ALL"), ("PART_COUNT", ""), ("PART_COUNT", "COMPLETE"))),
    (Proposal("good_count"), (("PART_COUNT", "GOOD"),)),
    (Proposal("bad_count"), (("PART_COUNT", "BAD"), ("PART_COUNT", "FAILED"))),
    (Proposal("cycle_count"), (("CYCLE_COUNT", "COMPLETE"), ("CYCLE_COUNT", ""))),
    (Proposal("tool"), (("TOOL_ID", ""), ("TOOL_NUMBER", ""), ("TOOL_ASSET_ID", ""))),
    (Proposal("pallet"), (("PALLET_ID", ""),)),
    (Proposal("job"), (("PROCESS_OCCURRENCE_ID", "ORDER"), ("PROCESS_OCCURRENCE_ID", ""))),
    (Proposal("override"), (("PATH_FEEDRATE_OVERRIDE", "PROGRAMMED"), ("PATH_FEEDRATE_OVERRIDE", ""))),
    (Proposal("energy"), (("ELECTRICAL_ENERGY", ""),)),
    (Proposal("power"), (("WATTAGE", ""), ("WATTAGE", "ACTUAL"))),
    (Proposal("available"), (("AVAILABILITY", ""),)),
    (_EMERGENCY, (("EMERGENCY_STOP", ""),)),
)
"""Each role with the types and subtypes that can carry it, the best first. ``PROGRAM_EDIT_NAME`` is what an
operator looks at and TARGET, REMAINING and ABORTED count no pieces: none of them has a role."""


def browsed(devices: Devices, current: Streams) -> list[BrowsedItem]:
    """All data items with their present values and the roles we propose."""
    latest: dict[str, Seen] = {seen.address: seen for seen in current.seen}
    silent = {address for address, seen in latest.items() if seen.unavailable}
    proposals = propose(devices.items, silent)
    return [_item(item, latest.get(item.address), proposals.get(item.address)) for item in devices.items]


def _item(item: DataItem, seen: Seen | None, proposal: Proposal | None) -> BrowsedItem:
    kind = f"{item.kind} {item.sub_type}".strip()
    value: Value = None
    if seen is not None:
        value = f"{seen.level}|{seen.code}".rstrip("|") if seen.level else value_of(seen)
    return BrowsedItem(
        address=item.address,
        name=item.name or item.item,
        kind=kind,
        unit=item.units,
        device=item.device,
        value=value,
        ts=seen.ts if seen else None,
        role=proposal.role if proposal else "",
        values=proposal.values if proposal else {},
    )


def propose(items: Sequence[DataItem], silent: Collection[str] = ()) -> dict[str, Proposal]:
    """Address → proposal: per device and role the best type that has a value, else the best that exists."""
    found: dict[str, Proposal] = {}
    devices: dict[str, list[DataItem]] = defaultdict(list)
    for item in items:
        devices[item.device].append(item)
    for mine in devices.values():
        if all(item.kind in _AGENT_ITSELF for item in mine if item.category == "EVENT" and item.kind):
            continue
        found |= {item.address: Proposal("alarm") for item in mine if item.category == "CONDITION"}
        found |= {item.address: Proposal("cycle_event") for item in mine if _is_cycle_event(item)}
        for proposal, types in _CHOICES:
            best = _best(mine, types, silent)
            if best is not None and not _never_told(best, mine, silent):
                found[best.address] = proposal
    return found


_AGENT_ITSELF = frozenset(
    (
        *("AVAILABILITY", "DEVICE_ADDED", "DEVICE_CHANGED", "DEVICE_REMOVED", "ASSET_CHANGED"),
        *("ASSET_REMOVED", "ASSET_COUNT", "ADAPTER_URI", "ADAPTER_SOFTWARE_VERSION", "CONNECTION_STATUS"),
        "MTCONNECT_VERSION",
    )
)


def _is_cycle_event(item: DataItem) -> bool:
    """A discrete part count: every value is an event, even if it repeats."""
    counted = ("", "ALL", "COMPLETE", "GOOD")
    return item.discrete and item.kind in ("PART_COUNT", "CYCLE_COUNT") and item.sub_type in counted


def _never_told(item: DataItem, items: Sequence[DataItem], silent: Collection[str]) -> bool:
    """An availability that no adapter sets, while other items of its device have values."""
    return (
        item.kind == "AVAILABILITY"
        and item.address in silent
        and any(other.address not in silent for other in items)
    )


def _best(
    items: Sequence[DataItem], types: Sequence[tuple[str, str]], silent: Collection[str]
) -> DataItem | None:
    fitting = [
        item
        for kind, sub_type in types
        for item in items
        if (item.kind, item.sub_type) == (kind, sub_type)
        and item.category != "CONDITION"
        and not (item.kind in ("PART_COUNT", "CYCLE_COUNT") and item.discrete)
    ]
    return next((item for item in fitting if item.address not in silent), next(iter(fitting), None))
