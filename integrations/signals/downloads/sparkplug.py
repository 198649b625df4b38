"""A device command of Sparkplug B (DCMD); the data that echoes the values is the proof."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import aiomqtt

from integrations.signals.downloads.base import (
    ANSWER_SECONDS,
    CannotSend,
    Load,
    as_truth,
    as_whole,
    places_of,
)
from integrations.signals.mqtt.broker import QOS, client_for
from integrations.signals.sparkplug.decode import (
    BOOLEAN,
    DOUBLE,
    FLOAT,
    REBIRTH,
    STRING,
    TEXT,
    Metric,
    Payload,
    Topic,
    Undecodable,
    Wire,
    read,
    read_topic,
    value_as,
)
from integrations.signals.sparkplug.encode import write
from machines.domain.measure.samples import Value
from orders.domain.downloads import Sent


class _Device:
    """What a device said of its metrics since its birth."""

    def __init__(self) -> None:
        self.metrics: dict[str, Metric] = {}
        self.names: dict[int, str] = {}
        self.values: dict[str, Value] = {}

    def born(self, payload: Payload) -> None:
        for metric in payload.metrics:
            self.metrics[metric.name] = metric
            if metric.alias is not None:
                self.names[metric.alias] = metric.name
        self.told(payload)

    def told(self, payload: Payload) -> None:
        for metric in payload.metrics:
            name = metric.name or self.names.get(-1 if metric.alias is None else metric.alias, "")
            if name in self.metrics:
                self.values[name] = value_as(metric, self.metrics[name].datatype)


async def send_by_sparkplug(
    load: Load,
    *,
    url: str,
    options: Mapping[str, Any],
    birth_seconds: float = ANSWER_SECONDS,
    echo_seconds: float = ANSWER_SECONDS,
) -> Sent:
    """Ask for the birth (types and old values), command, wait for the echo; each at most so long. Raises
    ``CannotSend``."""
    names = _names(load, options)
    device, node = _Device(), Topic(options["group"], "NCMD", options["node"])
    scope = Topic(options["group"], "DCMD", options["node"], str(options.get("device") or ""))
    kinds = ("DBIRTH", "DDATA") if scope.device else ("NBIRTH", "NDATA")
    command = scope if scope.device else node
    step, seconds = "birth", birth_seconds
    try:
        async with client_for(url, client_id=f"mes-dcmd-{load.id[:12]}", lasting=False) as client:
            for kind in kinds:
                await client.subscribe(str(Topic(scope.group, kind, scope.node, scope.device)), qos=QOS)
            async with asyncio.timeout(seconds):
                await client.publish(
                    str(node), _payload([Metric(REBIRTH, datatype=BOOLEAN, wire=True)]), qos=QOS
                )
                await _until(client, device, lambda: set(names.values()) <= set(device.metrics))
            old = dict(device.values)
            wanted = {name: _typed(names[name], load, name, device) for name in names}
            step, seconds = "echo", echo_seconds
            metrics = [
                Metric(names[name], datatype=device.metrics[names[name]].datatype, wire=wire)
                for name, wire in wanted.items()
            ]
            try:
                async with asyncio.timeout(seconds):
                    await client.publish(str(command), _payload(metrics), qos=QOS)
                    await _until(client, device, lambda: _echoes(device, names, wanted))
            except TimeoutError:
                if device.values == old:
                    raise
    except TimeoutError as error:
        lacking = sorted(set(names.values()) - set(device.metrics))
        what = f"no birth with {', '.join(lacking)}" if step == "birth" else "no data that echoes the command"
        raise CannotSend(f"{scope.node}/{scope.device} told {what} within {seconds:.0f} s.") from error
    except (aiomqtt.MqttError, ValueError, OSError) as error:
        raise CannotSend(f"The broker can't be reached: {error}") from error
    return Sent(read_back=_by_name(device.values, names, load), old=_by_name(old, names, load))


def _names(load: Load, options: Mapping[str, Any]) -> dict[str, str]:
    """The metric of each part that is sent; parameters by ``parameters/<name>``."""
    metrics = places_of(load, options, kind="metric")
    own = {
        name: str(options[name])
        for name in ("program", "revision", "sha256")
        if options.get(name) and getattr(load, name)
    }
    return own | {f"parameters/{name}": str(metric) for name, metric in metrics.items()}


async def _until(client: aiomqtt.Client, device: _Device, done: Callable[[], bool]) -> None:
    if done():
        return
    async for message in client.messages:
        topic = read_topic(str(message.topic))
        try:
            payload = read(bytes(message.payload))
        except Undecodable:
            continue
        if topic is not None and topic.kind.endswith("BIRTH"):
            device.born(payload)
        else:
            device.told(payload)
        if done():
            return
    raise aiomqtt.MqttError("the broker closed the connection")


def _typed(metric: str, load: Load, name: str, device: _Device) -> Wire:
    """As the metric wants it: a number for a number, also where we keep it as text."""
    part = name.partition("/")[2]
    value = load.parameters[part] if part else getattr(load, name)
    datatype = device.metrics[metric].datatype
    try:
        if datatype in (FLOAT, DOUBLE):
            return float(value)
        if datatype == BOOLEAN:
            return as_truth(value)
        if datatype in (STRING, TEXT):
            return str(value)
        return as_whole(value)
    except (TypeError, ValueError) as error:
        raise CannotSend(f"{metric} doesn't take {value!r}: {error}", again=False) from error


def _echoes(device: _Device, names: Mapping[str, str], wanted: Mapping[str, Wire]) -> bool:
    return all(_same(device.values.get(names[name]), wire) for name, wire in wanted.items())


def _same(told: Value, wire: Wire) -> bool:
    if isinstance(told, int | float) and isinstance(wire, int | float):
        return abs(told - wire) <= 1e-6 * max(1.0, abs(wire))
    return told == wire


def _by_name(values: Mapping[str, Value], names: Mapping[str, str], load: Load) -> dict[str, Any]:
    found: dict[str, Any] = {name: values.get(metric) for name, metric in names.items() if "/" not in name}
    if load.parameters:
        found["parameters"] = {name: values.get(names[f"parameters/{name}"]) for name in load.parameters}
    return found


def _payload(metrics: list[Metric]) -> bytes:
    now = datetime.now(UTC)
    return write(
        Payload(now, None, [Metric(one.name, one.alias, now, one.datatype, wire=one.wire) for one in metrics])
    )
