"""A small MTConnect agent: a ring buffer of observations behind probe, current and sample.

It behaves as the reference agent does: every item begins UNAVAILABLE, a repeated value is no observation
unless the item is discrete, a condition holds several faults, and a sequence that left the buffer is
OUT_OF_RANGE.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs
from xml.sax.saxutils import escape, quoteattr

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Active = dict[str, "Observed"]
UNAVAILABLE = "UNAVAILABLE"
BOUNDARY = "part-of-the-stream"
VERSION = "2.0"
_GROUPS = {"SAMPLE": "Samples", "EVENT": "Events", "CONDITION": "Condition"}


@dataclass(frozen=True, slots=True)
class Item:
    """A data item of the device model."""

    device: str
    id: str
    type: str
    category: str = "EVENT"
    name: str = ""
    sub_type: str = ""
    discrete: bool = False

    @property
    def element(self) -> str:
        return "".join(word.capitalize() for word in self.type.split("_"))


@dataclass(frozen=True, slots=True)
class Observed:
    """One observation in the buffer."""

    sequence: int
    item: Item
    ts: datetime
    text: str
    attributes: Mapping[str, str] = field(default_factory=dict)


class OutOfRange(Exception):
    """A sequence that the buffer doesn't hold."""


class Agent:
    """The agent and its ASGI application. May be fed from any thread."""

    def __init__(
        self,
        items: Sequence[Item],
        *,
        buffer: int = 131_072,
        instance: int = 1,
        probe: bytes | None = None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.items = {(item.device, item.id): item for item in items}
        self.buffer, self.clock, self._probe = buffer, clock, probe
        self._lock = threading.RLock()
        self.start(instance)

    def start(self, instance: int) -> None:
        """Begin anew, as after a restart: other numbers, and no value of any item."""
        with self._lock:
            self.instance, self.next = instance, 1
            self.kept: deque[Observed] = deque()
            self.latest: dict[Item, Active] = {}
            self._before_kept: dict[Item, Active] = {}
            for item in self.items.values():
                self.put(item, self.clock(), UNAVAILABLE)

    @property
    def first(self) -> int:
        return self.kept[0].sequence if self.kept else self.next

    def put(self, item: Item, ts: datetime, text: str, **attributes: str) -> None:
        """Take in a value; ``text`` of a condition is its level, its message comes as ``message``."""
        with self._lock:
            active = self.latest.get(item, {})
            last = next(iter(active.values()), None)
            repeats = last is not None and (last.text, last.attributes) == (text, attributes)
            if repeats and not item.discrete and item.category != "CONDITION":
                return
            observed = Observed(self.next, item, ts, text, attributes)
            self.next += 1
            self.latest[item] = _after(active, observed)
            self.kept.append(observed)
            while len(self.kept) > self.buffer:
                gone = self.kept.popleft()
                self._before_kept[gone.item] = _after(self._before_kept.get(gone.item, {}), gone)

    def lose(self, device: str, ts: datetime) -> None:
        """The adapter of a device is gone: all its items are UNAVAILABLE at once."""
        with self._lock:
            for item in self.items.values():
                if item.device == device:
                    self.put(item, ts, UNAVAILABLE)

    def current(self, at: int | None = None) -> bytes:
        with self._lock:
            if at is None:
                state = self.latest
            else:
                self._check(at, self.next - 1)
                state = dict(self._before_kept)
                for observed in self.kept:
                    if observed.sequence <= at:
                        state[observed.item] = _after(state.get(observed.item, {}), observed)
            return self._streams([one for active in state.values() for one in active.values()], self.next)

    def sample(self, start: int, count: int) -> tuple[bytes, int]:
        """(document, next sequence): up to ``count`` observations from a sequence on."""
        with self._lock:
            self._check(start, self.next)
            skip = start - self.first
            some = [self.kept[index] for index in range(skip, min(skip + count, len(self.kept)))]
            following = some[-1].sequence + 1 if some else start
            return self._streams(some, following), following

    def probe(self) -> bytes:
        """The device model: the one given, or one that lists the items."""
        if self._probe is not None:
            return self._probe
        devices: dict[str, list[str]] = {}
        for item in self.items.values():
            optional = f" name={quoteattr(item.name)}" if item.name else ""
            optional += f' subType="{item.sub_type}"' if item.sub_type else ""
            optional += ' representation="DISCRETE"' if item.discrete else ""
            devices.setdefault(item.device, []).append(
                f'<DataItem category="{item.category}" id={quoteattr(item.id)} type="{item.type}"{optional}/>'
            )
        inner = "".join(
            f"<Device id={quoteattr(name)} name={quoteattr(name)} uuid={quoteattr(name)}>"
            f"<DataItems>{''.join(rows)}</DataItems></Device>"
            for name, rows in devices.items()
        )
        return self._document("Devices", f"<Devices>{inner}</Devices>", self.next)

    def _check(self, sequence: int, last: int) -> None:
        if not self.first <= sequence <= last:
            raise OutOfRange(f"'{sequence}' must be between {self.first} and {last}")

    def _streams(self, observed: Iterable[Observed], following: int) -> bytes:
        devices: dict[str, dict[str, list[str]]] = {}
        for one in observed:
            groups = devices.setdefault(one.item.device, {})
            groups.setdefault(_GROUPS[one.item.category], []).append(_element(one))
        inner = "".join(
            f"<DeviceStream name={quoteattr(name)} uuid={quoteattr(name)}>"
            '<ComponentStream component="Device">'
            + "".join(f"<{group}>{''.join(rows)}</{group}>" for group, rows in groups.items())
            + "</ComponentStream></DeviceStream>"
            for name, groups in devices.items()
        )
        return self._document("Streams", f"<Streams>{inner}</Streams>", following)

    def _document(self, kind: str, inner: str, following: int) -> bytes:
        created = self.clock().isoformat().replace("+00:00", "Z")
        return (
            f'<?xml version="1.0" encoding="UTF-8"?>\n<MTConnect{kind} '
            f'xmlns="urn:mtconnect.org:MTConnect{kind}:{VERSION}"><Header creationTime="{created}" '
            f'sender="simulator" instanceId="{self.instance}" version="{VERSION}" bufferSize="{self.buffer}" '
            f'firstSequence="{self.first}" lastSequence="{self.next - 1}" nextSequence="{following}"/>'
            f"{inner}</MTConnect{kind}>"
        ).encode()

    def _error(self, code: str, text: str) -> bytes:
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<MTConnectError xmlns="urn:mtconnect.org:MTConnectError:{VERSION}">'
            f'<Errors><Error errorCode="{code}">{escape(text)}</Error></Errors></MTConnectError>'
        ).encode()

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        """ASGI: ``/probe``, ``/current`` and ``/sample`` with ``at``, ``from``, ``count``, ``interval``."""
        if scope["type"] != "http":
            return
        query = {name: values[-1] for name, values in parse_qs(scope["query_string"].decode()).items()}
        try:
            match scope["path"].rpartition("/")[2]:
                case "probe":
                    await _answer(send, self.probe())
                case "current":
                    await _answer(send, self.current(int(query["at"]) if "at" in query else None))
                case "sample":
                    await self._sample(query, receive, send)
                case other:
                    await _answer(send, self._error("UNSUPPORTED", f"no request {other}"), 404)
        except OutOfRange as error:
            await _answer(send, self._error("OUT_OF_RANGE", str(error)), 404)
        except ValueError as error:
            await _answer(send, self._error("INVALID_REQUEST", str(error)), 400)

    async def _sample(self, query: Mapping[str, str], receive: Receive, send: Send) -> None:
        following, count = int(query.get("from", self.first)), int(query.get("count", "100"))
        document, reached = self.sample(following, count)
        if "interval" not in query:
            await _answer(send, document)
            return
        pause = max(int(query["interval"]) / 1000, 0.01)
        heartbeat = int(query.get("heartbeat", "10000")) / 1000
        content = f"multipart/x-mixed-replace;boundary={BOUNDARY}".encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", content)]})
        leaving = asyncio.create_task(_left(receive))
        silent = heartbeat
        while not leaving.done():
            if reached > following or silent >= heartbeat:
                await self.send_part(send, document)
                silent, following = 0.0, reached
            more = reached < self.next
            if not more:
                await asyncio.sleep(pause)
                silent += pause
            try:
                document, reached = self.sample(following, count)
            except OutOfRange as error:
                await self.send_part(send, self._error("OUT_OF_RANGE", str(error)))
                break
        leaving.cancel()
        await send({"type": "http.response.body", "body": f"--{BOUNDARY}--\r\n".encode()})

    async def send_part(self, send: Send, document: bytes) -> None:
        head = f"--{BOUNDARY}\r\nContent-type: text/xml\r\nContent-length: {len(document)}\r\n\r\n".encode()
        await send({"type": "http.response.body", "body": head + document + b"\r\n", "more_body": True})


def _after(active: Active, observed: Observed) -> Active:
    """What is true of an item after an observation; a condition is cleared by code, all by none."""
    code = observed.attributes.get("nativeCode", "")
    if observed.item.category != "CONDITION" or not code or observed.text == UNAVAILABLE:
        return {"": observed}
    rest = {key: one for key, one in active.items() if key and key != code}
    if observed.text.upper() == "NORMAL":
        return rest or {"": Observed(observed.sequence, observed.item, observed.ts, observed.text)}
    return {**rest, code: observed}


def _element(one: Observed) -> str:
    item, attributes = one.item, dict(one.attributes)
    text = one.text
    if item.category == "CONDITION":
        name, text = one.text.capitalize(), attributes.pop("message", "")
        attributes["type"] = item.type
    else:
        name = item.element
    if item.name:
        attributes["name"] = item.name
    if item.sub_type:
        attributes["subType"] = item.sub_type
    further = "".join(f" {key}={quoteattr(value)}" for key, value in attributes.items())
    ts = one.ts.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return (
        f'<{name} dataItemId={quoteattr(item.id)} sequence="{one.sequence}" timestamp="{ts}"{further}>'
        f"{escape(text)}</{name}>"
    )


async def _answer(send: Send, body: bytes, status: int = 200) -> None:
    headers = [(b"content-type", b"text/xml"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
