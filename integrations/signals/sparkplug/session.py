"""What edge nodes have told so far, and what the next message therefore means. Pure: time is given.

Nothing of it survives a restart of ours: births are neither retained nor repeated, so a host that comes late
asks every node for a rebirth and begins from there.
"""

from __future__ import annotations

import random
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import blake2b

from integrations.signals.base import Link, Observation, Undecoded
from integrations.signals.sparkplug.decode import (
    Metric,
    Payload,
    Topic,
    Undecodable,
    read,
    read_topic,
    value_as,
)
from machines.domain.measure.samples import Quality

REORDER = timedelta(seconds=2)
REBIRTH_EVERY = timedelta(seconds=10)
BIRTH_PATIENCE = timedelta(seconds=10)
ASK_AGAIN = timedelta(seconds=60)
STAGGER_SECONDS = 3.0
REMEMBERED = 256
KEPT_WITHOUT_BIRTH = 100
_TICK = timedelta(microseconds=1)

NO_BIRTH, DIED, DEVICE_DIED, MISSED = (
    "no birth yet",
    "the node died",
    "the device died",
    "messages were missed",
)


@dataclass(slots=True)
class Known:
    """A metric as its birth announced it."""

    name: str
    datatype: int | None


@dataclass(slots=True)
class Device:
    """A device of a node, or (without a name) the node itself. ``up``: its last birth holds."""

    scope: str
    metrics: dict[str, Known] = field(default_factory=dict)
    up: bool = False
    down_told: bool = False
    since: datetime | None = None
    waits_since: datetime | None = None


@dataclass(slots=True)
class Node:
    """One edge node between its births."""

    edge: str
    epoch: str = ""
    bdseq: int | None = None
    running: int = 0
    last_payload: datetime | None = None
    in_order_at: datetime | None = None
    dead: bool = False
    aliases: dict[int, tuple[str, str]] = field(default_factory=dict)
    devices: dict[str, Device] = field(default_factory=dict)
    newest: dict[str, datetime] = field(default_factory=dict)
    clock_told: set[str] = field(default_factory=set)
    pending: dict[int, tuple[Topic, Payload, bytes, datetime]] = field(default_factory=dict)
    deadline: datetime | None = None
    missing: set[int] = field(default_factory=set)
    recent: OrderedDict[bytes, None] = field(default_factory=OrderedDict)
    asked: datetime | None = None
    ask_at: datetime | None = None
    kept: int = 0

    @property
    def born(self) -> bool:
        return bool(self.epoch)


@dataclass(slots=True)
class Told:
    """What comes of messages and of time. ``rebirths`` are the nodes (group, node) to ask now."""

    observations: list[Observation] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    undecoded: list[Undecoded] = field(default_factory=list)
    rebirths: list[tuple[str, str]] = field(default_factory=list)


class Host:
    """The host's view of all edge nodes of one connection.

    ``addresses`` are the mapped items (empty: all); only nodes that have some are asked for anything.
    ``chance`` gives a number from 0 to 1 that spreads requests.
    """

    def __init__(
        self, addresses: Collection[str] = (), *, chance: Callable[[], float] = random.random
    ) -> None:
        self.addresses = frozenset(addresses)
        self._chance = chance
        self._edges = {_edge(address) for address in addresses}
        self.nodes: dict[str, Node] = {}

    def connected(self, now: datetime) -> Told:
        """Nothing is known of any mapped node until its next birth."""
        told = Told()
        for edge in sorted(self._edges):
            node = self._node(edge)
            told.links.append(Link(now, up=False, reason=NO_BIRTH, scope=edge))
            for device in {_device(address) for address in self.addresses if address.startswith(edge)}:
                node.devices[device] = Device(f"{edge}{device}/", down_told=True, since=now)
            self._want_rebirth(node, now)
        return told

    def receive(self, topic: str, payload: bytes, now: datetime) -> Told:
        """Take in one message that arrived at ``now``."""
        told = Told()
        address = read_topic(topic)
        if address is None or address.kind.endswith("CMD"):
            return told
        if self.addresses and address.edge not in self._edges:
            return told
        try:
            content = read(payload)
        except Undecodable as problem:
            told.undecoded.append(Undecoded(payload, problem.code, f"{topic}: {problem.reason}"))
            return told
        node = self._node(address.edge)
        match address.kind:
            case "NBIRTH":
                self._birth(node, address, content, payload, now, told)
            case "NDEATH":
                self._death(node, content, now, told)
            case "DBIRTH" | "DDEATH" | "NDATA" | "DDATA":
                self._in_order(node, address, content, payload, now, told)
            case _:
                told.undecoded.append(
                    Undecoded(payload, "unknown_type", f"{topic}: no message of Sparkplug B")
                )
        return told

    def tick(self, now: datetime) -> Told:
        """What passing time alone brings: gaps, rebirth requests, devices that weren't born again."""
        told = Told()
        for node in self.nodes.values():
            if node.deadline is not None and now >= node.deadline:
                self._give_up_waiting(node, now, told)
            for device in node.devices.values():
                if device.waits_since is not None and now - device.waits_since > BIRTH_PATIENCE:
                    self._lose(device, device.waits_since, NO_BIRTH, told)
            if node.ask_at is not None and now >= node.ask_at:
                node.ask_at, node.asked = None, now
                group, name, _ = node.edge.split("/")
                told.rebirths.append((group, name))
            elif node.asked is not None and self._is_mute(node) and now >= node.asked + ASK_AGAIN:
                self._want_rebirth(node, now)
        return told

    def due(self) -> datetime | None:
        """When ``tick`` next has something to do."""
        moments: list[datetime] = []
        for node in self.nodes.values():
            moments += [moment for moment in (node.deadline, node.ask_at) if moment is not None]
            if node.asked is not None and self._is_mute(node):
                moments.append(node.asked + ASK_AGAIN)
            moments += [
                device.waits_since + BIRTH_PATIENCE + _TICK
                for device in node.devices.values()
                if device.waits_since is not None
            ]
        return min(moments, default=None)

    def _node(self, edge: str) -> Node:
        return self.nodes.setdefault(edge, Node(edge))

    def _is_mute(self, node: Node) -> bool:
        """Asked for a birth, and neither that nor its death came."""
        return not node.born and not node.dead and node.ask_at is None

    def _birth(
        self, node: Node, topic: Topic, content: Payload, raw: bytes, now: datetime, told: Told
    ) -> None:
        if self._is_repeat(node, raw, topic):
            return
        if content.seq is None:
            told.undecoded.append(Undecoded(raw, "no_seq", f"{topic}: a birth without seq"))
            return
        self._release(node, told)
        bdseq = next((metric.wire for metric in content.metrics if metric.name == "bdSeq"), None)
        node.bdseq = bdseq if isinstance(bdseq, int) else None
        ts = content.ts or now
        node.epoch = f"{round(ts.timestamp() * 1000)}-{node.bdseq if node.bdseq is not None else 'x'}"
        node.running, node.last_payload, node.in_order_at = content.seq, content.ts, now
        node.aliases, node.clock_told, node.missing = {}, set(), set()
        node.kept, node.ask_at, node.dead = 0, None, False
        for name, device in node.devices.items():
            if name and device.up:
                device.waits_since = now
        self._announce(node, topic, content, content.seq, now, told)

    def _announce(
        self, node: Node, topic: Topic, content: Payload, running: int, now: datetime, told: Told
    ) -> None:
        """A birth of a node's own metrics or of a device: names, aliases, and the present values."""
        device = node.devices.setdefault(topic.device, Device(topic.scope))
        node.aliases = {alias: one for alias, one in node.aliases.items() if one[0] != topic.device}
        device.metrics = {}
        for metric in content.metrics:
            if not metric.name:
                continue
            device.metrics[metric.name] = Known(metric.name, metric.datatype)
            if metric.alias is not None:
                node.aliases[metric.alias] = (topic.device, metric.name)
        self._find(device, now, told)
        ts = content.ts or now
        for sub, metric in enumerate(content.metrics):
            address = f"{topic.scope}{metric.name}"
            if not metric.name or not self._wanted(address):
                continue
            before = node.newest.get(address)
            moment = ts if before is None or ts >= before else now
            node.newest[address] = max(moment, before or moment)
            told.observations.append(
                self._observation(node, address, metric, metric.datatype, moment, running, sub, snapshot=True)
            )

    def _death(self, node: Node, content: Payload, now: datetime, told: Told) -> None:
        """Counts only for the session that is running; its own time was written when the node connected."""
        bdseq = next((metric.wire for metric in content.metrics if metric.name == "bdSeq"), None)
        if not node.born or bdseq != node.bdseq:
            return
        self._release(node, told)
        node.epoch, node.aliases, node.dead = "", {}, True
        for device in node.devices.values():
            self._lose(device, now, DIED, told)

    def _in_order(
        self, node: Node, topic: Topic, content: Payload, raw: bytes, now: datetime, told: Told
    ) -> None:
        """Messages are read in the order of ``seq``; one that comes too early waits for those before it."""
        if content.seq is None:
            told.undecoded.append(Undecoded(raw, "no_seq", f"{topic}: without seq"))
            return
        if not node.born:
            self._keep_for_birth(node, topic, raw, now, told)
            return
        if self._is_repeat(node, raw, topic):
            return
        ahead = (content.seq - node.running) % 256
        older = content.ts is not None and node.last_payload is not None and content.ts <= node.last_payload
        if ahead == 1:
            self._read(node, topic, content, raw, node.running + 1, now, told)
            self._read_waiting(node, told)
        elif older and (late := node.running - 256 + ahead) in node.missing:
            node.missing.discard(late)
            self._read(node, topic, content, raw, late, now, told, late=True)
        elif (ahead or 256) in node.pending or (older and (ahead == 0 or ahead >= 128)):
            told.undecoded.append(Undecoded(raw, "seq_twice", f"{topic}: another message has this seq"))
        else:
            node.pending[ahead or 256] = (topic, content, raw, now)
            node.deadline = node.deadline or now + REORDER

    def _read_waiting(self, node: Node, told: Told) -> None:
        """Those that waited for the message just read. ``pending`` is keyed by the distance to it."""
        node.pending = {ahead - 1: one for ahead, one in node.pending.items()}
        while (waiting := node.pending.pop(1, None)) is not None:
            topic, content, raw, arrived = waiting
            self._read(node, topic, content, raw, node.running + 1, arrived, told)
            node.pending = {ahead - 1: one for ahead, one in node.pending.items()}
        if not node.pending:
            node.deadline = None

    def _give_up_waiting(self, node: Node, now: datetime, told: Told) -> None:
        """What is missing won't come: a gap. Go on with what there is, and ask for the present values."""
        before = node.in_order_at or now
        after = max(min(one[3] for one in node.pending.values()), before + _TICK)
        for device in node.devices.values():
            if device.up:
                told.links.append(Link(before, up=False, reason=MISSED, scope=device.scope))
                told.links.append(Link(after, up=True, scope=device.scope))
        self._release(node, told)
        self._want_rebirth(node, now)

    def _release(self, node: Node, told: Told) -> None:
        """Read all that waits, in its order, whatever is missing in between."""
        base = node.running
        pending, node.pending, node.deadline = sorted(node.pending.items()), {}, None
        for ahead, (topic, content, raw, arrived) in pending:
            self._read(node, topic, content, raw, base + ahead, arrived, told)

    def _read(
        self,
        node: Node,
        topic: Topic,
        content: Payload,
        raw: bytes,
        running: int,
        now: datetime,
        told: Told,
        *,
        late: bool = False,
    ) -> None:
        if not late:
            skipped = {*node.missing, *range(node.running + 1, running)}
            node.missing = {number for number in skipped if number > running - 256}
            node.running = running
            node.in_order_at = now
            node.last_payload = max(content.ts or now, node.last_payload or content.ts or now)
        device = node.devices.setdefault(topic.device, Device(topic.scope))
        match topic.kind:
            case "DBIRTH":
                self._announce(node, topic, content, running, now, told)
            case "DDEATH":
                self._lose(device, now, DEVICE_DIED, told)
            case _:
                self._data(node, topic, content, raw, running, now, told, late=late)

    def _data(
        self,
        node: Node,
        topic: Topic,
        content: Payload,
        raw: bytes,
        running: int,
        now: datetime,
        told: Told,
        *,
        late: bool,
    ) -> None:
        unknown = []
        for sub, metric in enumerate(content.metrics):
            known = self._known(node, topic, metric)
            if known is None:
                unknown.append(metric.name or f"alias {metric.alias}")
                continue
            address = f"{topic.scope}{known.name}"
            if self._wanted(address):
                ts = metric.ts or content.ts or now
                if not metric.historical and not late:
                    ts = self._believed(node, address, ts, content, raw, now, told)
                datatype = known.datatype if metric.datatype is None else metric.datatype
                told.observations.append(self._observation(node, address, metric, datatype, ts, running, sub))
        if unknown:
            names = ", ".join(unknown)[:200]
            told.undecoded.append(Undecoded(raw, "unknown_metric", f"{topic}: no birth announced {names}"))
            self._want_rebirth(node, now)

    def _known(self, node: Node, topic: Topic, metric: Metric) -> Known | None:
        device = node.devices.get(topic.device)
        if device is None:
            return None
        if metric.name:
            return device.metrics.get(metric.name)
        owner, name = node.aliases.get(-1 if metric.alias is None else metric.alias, ("", ""))
        return device.metrics.get(name) if owner == topic.device else None

    def _believed(
        self,
        node: Node,
        address: str,
        ts: datetime,
        content: Payload,
        raw: bytes,
        now: datetime,
        told: Told,
    ) -> datetime:
        """A live value from before the last one has a wrong clock: the payload's time counts, or ours."""
        before = node.newest.get(address)
        if before is not None and ts < before:
            if address not in node.clock_told:
                node.clock_told.add(address)
                told.undecoded.append(
                    Undecoded(raw, "clock", f"{address}: {ts.isoformat()} is before {before.isoformat()}")
                )
            ts = content.ts if content.ts is not None and content.ts >= before else now
        node.newest[address] = max(ts, before or ts)
        return ts

    def _observation(
        self,
        node: Node,
        address: str,
        metric: Metric,
        datatype: int | None,
        ts: datetime,
        running: int,
        sub: int,
        *,
        snapshot: bool = False,
    ) -> Observation:
        value = value_as(metric, datatype)
        return Observation(
            address=address,
            value=value,
            ts=ts,
            epoch=node.epoch,
            seq=running,
            sub=sub,
            quality=Quality.BAD if value is None else metric.quality,
            snapshot=snapshot,
            historical=metric.historical,
            native="" if metric.wire is None else str(metric.wire)[:200],
        )

    def _wanted(self, address: str) -> bool:
        return not self.addresses or address in self.addresses

    def _find(self, device: Device, now: datetime, told: Told) -> None:
        if device.down_told:
            told.links.append(Link(max(now, (device.since or now) + _TICK), up=True, scope=device.scope))
        device.up, device.down_told, device.waits_since, device.since = True, False, None, now

    def _lose(self, device: Device, ts: datetime, reason: str, told: Told) -> None:
        device.up, device.waits_since = False, None
        if not device.down_told:
            device.down_told, device.since = True, ts
            told.links.append(Link(ts, up=False, reason=reason, scope=device.scope))

    def _keep_for_birth(self, node: Node, topic: Topic, raw: bytes, now: datetime, told: Told) -> None:
        """Without a birth nobody knows what a message says; the first ones are kept for people."""
        node.kept += 1
        node.dead = False
        if node.kept <= KEPT_WITHOUT_BIRTH:
            told.undecoded.append(Undecoded(raw, "no_birth", f"{topic}: before any birth of its node"))
        self._want_rebirth(node, now)

    def _want_rebirth(self, node: Node, now: datetime) -> None:
        """At most once in ten seconds per node, and not all nodes at one moment."""
        if node.ask_at is not None:
            return
        earliest = now if node.asked is None else max(now, node.asked + REBIRTH_EVERY)
        node.ask_at = earliest + timedelta(seconds=STAGGER_SECONDS * self._chance())

    def _is_repeat(self, node: Node, raw: bytes, topic: Topic) -> bool:
        """The same message again, as bridges deliver it: it has no effect."""
        mark = blake2b(str(topic).encode() + raw, digest_size=16).digest()
        if mark in node.recent:
            return True
        node.recent[mark] = None
        if len(node.recent) > REMEMBERED:
            node.recent.popitem(last=False)
        return False


def _edge(address: str) -> str:
    """``group/node/`` of an address ``group/node/device/metric``."""
    group, _, rest = address.partition("/")
    return f"{group}/{rest.partition('/')[0]}/"


def _device(address: str) -> str:
    return address.removeprefix(_edge(address)).partition("/")[0]
