"""OPC UA: items written one by one, or a job order of ISA-95 Job Control."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from asyncua import Node, ua

from integrations.signals.base import ConnectionLost, Settings
from integrations.signals.downloads.base import CannotSend, Load, as_truth, as_whole, places_of
from integrations.signals.opcua.addresses import BadAddress, parse
from integrations.signals.opcua.decode import plain
from integrations.signals.opcua.roles import JOB_CONTROL
from integrations.signals.opcua.session import Session, connected, said_in_words
from orders.domain.downloads import Sent

NO_ERROR = 1
_STATUS_BITS = {
    1: "unknown job order",
    3: "the job order's state doesn't allow it",
    4: "unable to accept the job order",
    32: "invalid request",
}


async def write_items(load: Load, *, settings: Settings, options: Mapping[str, Any]) -> Sent:
    """Write each item that has an address, then read all of them. Raises ``CannotSend``."""
    parts = {name: options[name] for name in ("program", "revision", "sha256") if options.get(name)}
    addresses = places_of(load, options, kind="item")
    wanted = {parts[name]: getattr(load, name) for name in parts if getattr(load, name)}
    wanted |= {addresses[name]: value for name, value in load.parameters.items()}
    try:
        async with connected(settings) as session:
            with said_in_words(settings):
                nodes = await nodes_of(session, list(wanted))
                old = {address: plain(await node.read_value()) for address, node in nodes.items()}
                for address, value in wanted.items():
                    await write_node(nodes[address], address, value)
                now = {address: plain(await node.read_value()) for address, node in nodes.items()}
    except ConnectionLost as lost:
        raise CannotSend(str(lost)) from lost

    def by_name(values: Mapping[str, Any]) -> dict[str, Any]:
        named = {name: values[address] for name, address in parts.items() if address in values}
        told = {name: values[addresses[name]] for name in load.parameters}
        return {**named, "parameters": told} if told else named

    return Sent(read_back=by_name(now), old=by_name(old))


async def send_job(load: Load, *, settings: Settings, options: Mapping[str, Any]) -> Sent:
    """Store (or store and start) a job order; the list of job orders is the proof. Raises ``CannotSend``."""
    try:
        async with connected(settings) as session:
            with said_in_words(settings):
                await session.load_types()
                [receiver] = (await nodes_of(session, [options["receiver"]])).values()
                return await _send_job(session, receiver, load, start=bool(options.get("start")))
    except ConnectionLost as lost:
        raise CannotSend(str(lost)) from lost


async def _send_job(session: Session, receiver: Node, load: Load, *, start: bool) -> Sent:
    listed = await _listed(session, receiver)
    old = {"jobs": [job.JobOrderID for job in listed]}
    comment = ""
    if load.job not in old["jobs"]:
        await _check_room(session, receiver, len(listed))
        name = "StoreAndStart" if start else "Store"
        status = await receiver.call_method(
            _own(session, name), _job_order(load), ua.Variant([], ua.VariantType.LocalizedText, is_array=True)
        )
        comment = _refusal(int(status or 0))
        listed = await _listed(session, receiver)
    found = next((job for job in listed if job.JobOrderID == load.job), None)
    if found is None:
        return Sent(accepted=False, old=old, comment=comment or "The job order isn't in the machine's list.")
    return Sent(accepted=not comment, read_back=_read_back(found), old=old, comment=comment)


def _refusal(status: int) -> str:
    """What a ReturnStatus says. 0 is not conforming and says nothing: the list decides."""
    if status == 0 or status & NO_ERROR:
        return ""
    bits = [bit for bit in range(64) if status >> bit & 1]
    said = [_STATUS_BITS.get(bit, f"the machine's own reason {bit}") for bit in bits]
    return f"Refused: {', '.join(said)}."


async def _check_room(session: Session, receiver: Node, stored: int) -> None:
    try:
        most = await (await receiver.get_child(_own(session, "MaxDownloadableJobOrders"))).read_value()
    except ua.UaError:
        return
    if most and stored >= most:
        raise CannotSend(f"The machine's list is full: {stored} of {most} job orders.")


async def _listed(session: Session, receiver: Node) -> list[Any]:
    node = await receiver.get_child(_own(session, "JobOrderList"))
    entries = await node.read_value() or []
    return [entry.JobOrder for entry in entries]


def _job_order(load: Load) -> Any:
    """JobOrderID: the operation; WorkMaster: the program with its values; parameters: what belongs to it."""
    texts = {
        "revision": load.revision,
        "sha256": load.sha256,
        "quantity": str(load.quantity),
        "item": load.item,
    }
    master = ua.ISA95WorkMasterDataType()
    master.ID = load.program
    master.Parameters = [_parameter(name, value) for name, value in load.parameters.items()]
    order = ua.ISA95JobOrderDataType()
    order.JobOrderID = load.job
    order.WorkMasterID = [master]
    order.JobOrderParameters = [_parameter(name, value) for name, value in texts.items() if value]
    return order


def _parameter(name: str, value: Any) -> Any:
    parameter = ua.ISA95ParameterDataType()
    parameter.ID = name
    parameter.Value = ua.Variant(value if isinstance(value, bool | int | float) else str(value))
    return parameter


def _read_back(job: Any) -> dict[str, Any]:
    told = {one.ID: plain(one.Value) for one in job.JobOrderParameters or ()}
    found: dict[str, Any] = {name: told[name] for name in ("revision", "sha256") if name in told}
    if job.WorkMasterID:
        master = job.WorkMasterID[0]
        found["program"] = master.ID
        found["parameters"] = {one.ID: plain(one.Value) for one in master.Parameters or ()}
    return found


def _own(session: Session, name: str) -> Any:
    return ua.QualifiedName(name, session.namespaces.index(JOB_CONTROL))


async def nodes_of(session: Session, addresses: Sequence[str]) -> dict[str, Node]:
    """The nodes of addresses. Raises ``CannotSend`` for one that the server lacks."""
    try:
        found = await session.resolve([parse(address) for address in addresses])
    except BadAddress as error:
        raise CannotSend(str(error), again=False) from error
    for address, node in zip(addresses, found, strict=True):
        if node is None:
            raise CannotSend(f"The server has no item {address}.", again=False)
    return {address: session.client.get_node(node) for address, node in zip(addresses, found, strict=True)}


async def write_node(node: Node, address: str, value: Any) -> None:
    """Write a value as the item wants it. Raises ``CannotSend`` where it takes no such value."""
    kind = await node.read_data_type_as_variant_type()
    try:
        await node.write_value(ua.DataValue(ua.Variant(_typed(value, kind), kind)))
    except (ua.UaStatusCodeError, ValueError, TypeError) as error:
        raise CannotSend(f"{address} doesn't take {value!r}: {error}", again=False) from error


def _typed(value: Any, kind: ua.VariantType) -> Any:
    """As the item wants it: a number for a number item, also where we keep it as text."""
    if kind in (ua.VariantType.Float, ua.VariantType.Double):
        return float(value)
    if kind == ua.VariantType.Boolean:
        return as_truth(value)
    if ua.VariantType.SByte.value <= kind.value <= ua.VariantType.UInt64.value:
        return as_whole(value)
    return str(value)
