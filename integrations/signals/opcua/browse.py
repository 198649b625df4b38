"""What a server offers: its variables and cycle events with their values now, and what they may mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from asyncua import ua

from integrations.signals.base import BrowsedItem
from integrations.signals.opcua.addresses import BASE, Name, written
from integrations.signals.opcua.decode import reading
from integrations.signals.opcua.roles import (
    DEVICES,
    EVENTS,
    LAST,
    MACHINERY,
    first_of_each,
    parts_of,
    rank_and_rule,
    role_by_name,
)
from integrations.signals.opcua.session import Session

MOST_NODES = 20_000
DEEPEST = 14
_FOLDERS = {Name(MACHINERY, "Machines"), Name(DEVICES, "DeviceSet")}
_NOT_OURS = {
    ua.NodeId(ua.ObjectIds.Server),
    ua.NodeId(ua.ObjectIds.Aliases),
    ua.NodeId(ua.ObjectIds.Locations),
}
_UNIT = "EngineeringUnits"


@dataclass(slots=True)
class Found:
    """A node on the way: ``unit`` is the node of its engineering unit."""

    node: ua.NodeId
    path: tuple[Name, ...]
    is_variable: bool
    unit: ua.NodeId | None = None


async def browse_items(session: Session) -> list[BrowsedItem]:
    """Everything below the Objects folder except the server's own diagnostics, at most ``MOST_NODES``."""
    await session.load_types()
    found = await _walk(session)
    variables = [one for one in found if one.is_variable]
    items = [*await _events(session, found), *await _variables(session, variables)]
    return first_of_each(items)


async def _walk(session: Session) -> list[Found]:
    root = ua.NodeId(ua.ObjectIds.ObjectsFolder)
    seen, level = {root, *_NOT_OURS}, {root: Found(root, (), is_variable=False)}
    found: list[Found] = []
    for _ in range(DEEPEST):
        below: dict[ua.NodeId, Found] = {}
        for parent, references in await session.children(list(level)):
            for reference in references:
                node = session.local(reference.NodeId)
                if node in seen or reference.NodeClass not in (ua.NodeClass.Object, ua.NodeClass.Variable):
                    continue
                name = session.name(reference.BrowseName)
                if level[parent].is_variable:
                    if name.name == _UNIT:
                        level[parent].unit = node
                    if reference.ReferenceTypeId == ua.NodeId(ua.ObjectIds.HasProperty):
                        continue
                seen.add(node)
                is_variable = reference.NodeClass == ua.NodeClass.Variable
                below[node] = Found(node, (*level[parent].path, name), is_variable)
        found += below.values()
        level = below
        if not level or len(found) >= MOST_NODES:
            break
    return found[:MOST_NODES]


async def _variables(session: Session, found: Sequence[Found]) -> list[tuple[int, BrowsedItem]]:
    values = await session.values([one.node for one in found])
    kinds = await _kinds(session, found)
    units = await _units(session, found)
    items = []
    for one, value, kind, unit in zip(found, values, kinds, units, strict=True):
        for inside in ((), *parts_of(one.path)):
            now = reading(value, inside)
            rank, rule = rank_and_rule(one.path, inside) or (LAST, None)
            item = BrowsedItem(
                address=written(one.path, inside=inside),
                name="/".join((*(name.name for name in one.path[1:] or one.path), *inside)),
                kind=kind,
                unit=unit,
                device=_device(one.path),
                value=now.value,
                ts=now.ts,
                role=rule.role if rule else role_by_name(one.path, inside),
                values=rule.values if rule else {},
            )
            items.append((rank, item))
    return items


async def _events(session: Session, found: Sequence[Found]) -> list[tuple[int, BrowsedItem]]:
    """The cycle events and alarms of the models, on each object that tells events, else on the server."""
    known = [(name, *meaning) for name, meaning in EVENTS.items() if await session.event_types(name)]
    server = Found(ua.NodeId(ua.ObjectIds.Server), (Name(BASE, "Server"),), is_variable=False)
    objects = [*(one for one in found if not one.is_variable), server]
    if not known:
        return []
    notifiers = await session.attributes([one.node for one in objects], ua.AttributeIds.EventNotifier)
    items: list[tuple[int, BrowsedItem]] = []
    for one, notifier in zip(objects, notifiers, strict=True):
        if not (_said(notifier) or 0) & 1:
            continue
        if one is server and items:
            continue  # it tells what its objects tell
        for name, role, values, value_field in known:
            event = (name, value_field) if value_field else (name,)
            shown = "/".join(part.name for part in (*one.path, *event))
            address = written(one.path, event=event)
            item = BrowsedItem(address, shown, "event", device=_device(one.path), role=role, values=values)
            items.append((-1, item))
    return items


async def _kinds(session: Session, found: Sequence[Found]) -> list[str]:
    """The names of the variables' data types; empty for a type that the server itself doesn't know."""
    answers = await session.attributes([one.node for one in found], ua.AttributeIds.DataType)
    types = [_said(answer) for answer in answers]
    asked = sorted({kind for kind in types if isinstance(kind, ua.NodeId)}, key=str)
    names = map(_said, await session.attributes(asked, ua.AttributeIds.BrowseName))
    known = {kind: name.Name for kind, name in zip(asked, names, strict=True) if name is not None}
    return [known.get(kind, "") for kind in types]


async def _units(session: Session, found: Sequence[Found]) -> list[str]:
    asked = [one.unit for one in found if one.unit is not None]
    answers = dict(zip(asked, await session.values(asked), strict=True))
    return [_unit(answers[one.unit]) if one.unit is not None else "" for one in found]


def _said(answer: ua.DataValue) -> Any:
    """None where nothing was answered, be it a bad status or an empty value."""
    return answer.Value.Value if answer.Value is not None else None


def _unit(answer: ua.DataValue) -> str:
    name = getattr(_said(answer), "DisplayName", None)
    return str(name.Text or "") if name is not None else ""


def _device(path: Sequence[Name]) -> str:
    """What people call the machine: the object below the folder of all machines, else the first object."""
    if len(path) > 1 and path[0] in _FOLDERS:
        return path[1].name
    return path[0].name
