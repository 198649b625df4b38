"""OPC UA companion models: Euromap 77/83 production datasets, PackML products and parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from asyncua import Node, ua

from integrations.signals.base import ConnectionLost, Settings
from integrations.signals.downloads.base import CannotSend, Load, places_of
from integrations.signals.downloads.opcua import nodes_of, write_node
from integrations.signals.opcua.decode import plain
from integrations.signals.opcua.roles import PACKML, PLASTICS
from integrations.signals.opcua.session import Session, connected, said_in_words
from orders.domain.downloads import Sent


async def load_dataset(load: Load, *, settings: Settings, options: Mapping[str, Any]) -> Sent:
    """Have an injection moulding machine load the dataset that the program names, and write its parameters.

    ``dataset`` is its ActiveProductionDatasetStatus. Raises ``CannotSend``.
    """
    addresses = places_of(load, options, kind="item")
    try:
        async with connected(settings) as session:
            with said_in_words(settings):
                await session.load_types()
                [status] = (await nodes_of(session, [options["dataset"]])).values()
                items = await nodes_of(session, list(addresses.values()))
                old = await _dataset(session, status) | await _values(items, addresses)
                if load.program and old.get("program") != load.program:
                    await _call(status, session, PLASTICS, "Load", load.program, _all_components())
                for name, address in addresses.items():
                    await write_node(items[address], address, load.parameters[name])
                now = await _dataset(session, status) | await _values(items, addresses)
    except ConnectionLost as lost:
        raise CannotSend(str(lost)) from lost
    changed = now.pop("changed_there", False)
    old.pop("changed_there", None)
    comment = "The dataset was changed at the machine since it was stored." if changed else ""
    return Sent(read_back=now, old=old, comment=comment)


async def set_packml(load: Load, *, settings: Settings, options: Mapping[str, Any]) -> Sent:
    """Set a PackML machine's product and parameters by its methods; its Status is the proof.

    ``machine`` is its PackML object. A program is the product's number there. Raises ``CannotSend``.
    """
    numbers = {name: int(number) for name, number in places_of(load, options, kind="number").items()}
    if load.program and not load.program.isdecimal():
        raise CannotSend(f"PackML knows products by number; {load.program!r} is none.", again=False)
    wanted = {name: _number(name, value) for name, value in load.parameters.items()}
    try:
        async with connected(settings) as session:
            with said_in_words(settings):
                await session.load_types()
                [machine] = (await nodes_of(session, [options["machine"]])).values()
                old = await _packml(session, machine, numbers, load)
                if load.program:
                    product = ua.PackMLProductDataType(ProductID=int(load.program))
                    await _call(machine, session, PACKML, "SetProduct", [product])
                if wanted:
                    told = [
                        ua.PackMLDescriptorDataType(ID=numbers[name], Name=name, Value=value)
                        for name, value in wanted.items()
                    ]
                    await _call(machine, session, PACKML, "SetParameter", told)
                now = await _packml(session, machine, numbers, load)
    except ConnectionLost as lost:
        raise CannotSend(str(lost)) from lost
    return Sent(read_back=now, old=old)


async def _dataset(session: Session, status: Node) -> dict[str, Any]:
    """What the machine says of the dataset it works with; a part that it lacks is left out."""
    found: dict[str, Any] = {}
    told = await _own_value(session, status, PLASTICS, "Information")
    for ours, theirs in (("program", "Name"), ("comment", "MESId")):
        if value := getattr(told, theirs, None):
            found[ours] = plain(value)
    found["changed_there"] = bool(await _own_value(session, status, PLASTICS, "Modified"))
    return found


async def _values(items: Mapping[str, Node], addresses: Mapping[str, str]) -> dict[str, Any]:
    if not addresses:
        return {}
    return {
        "parameters": {name: plain(await items[address].read_value()) for name, address in addresses.items()}
    }


async def _packml(session: Session, machine: Node, numbers: Mapping[str, int], load: Load) -> dict[str, Any]:
    status = await _child(session, machine, PACKML, "Status")
    found: dict[str, Any] = {}
    products = await _own_value(session, status, PACKML, "Product") if status else None
    if load.program and products:
        found["program"] = str(products[0].ProductID)
    if load.parameters:
        told = await _own_value(session, status, PACKML, "Parameter") if status else None
        by_number = {one.ID: one.Value for one in told or ()}
        found["parameters"] = {
            name: round(by_number[numbers[name]], 6) for name in load.parameters if numbers[name] in by_number
        }
    return found


async def _own_value(session: Session, node: Node, uri: str, name: str) -> Any:
    child = await _child(session, node, uri, name)
    if child is None:
        return None
    try:
        return await child.read_value()
    except ua.UaStatusCodeError:
        return None


async def _child(session: Session, node: Node, uri: str, name: str) -> Node | None:
    try:
        return await node.get_child(ua.QualifiedName(name, session.namespaces.index(uri)))
    except (ua.UaStatusCodeError, ValueError):
        return None


async def _call(node: Node, session: Session, uri: str, name: str, *arguments: Any) -> None:
    if await _child(session, node, uri, name) is None:
        raise CannotSend(f"The machine has no method {name}.", again=False)
    try:
        await node.call_method(ua.QualifiedName(name, session.namespaces.index(uri)), *arguments)
    except ua.UaStatusCodeError as error:
        raise CannotSend(f"{name} was refused: {ua.StatusCode(error.code).name}.") from error


def _all_components() -> ua.Variant:
    nothing: Sequence[int] = []
    return ua.Variant(nothing, ua.VariantType.UInt16, is_array=True)


def _number(name: str, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise CannotSend(f"PackML takes numbers; {name} is {value!r}.", again=False) from None
