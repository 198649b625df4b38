"""An agent's documents, of any version, in XML or JSON, as plain data. Pure.

The namespace is not looked at: it changes with every version of the standard and every agent's extension.
JSON is first brought into the form of the XML, so that everything is read once.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from integrations.erp.safe_xml import Element, XmlLimits, read_records
from mes.lib.errors import InvalidInput

LARGEST_DOCUMENT = 32 * 1024 * 1024
LARGEST_NUMBER = 2**63 - 1
UNAVAILABLE = "UNAVAILABLE"

_LIMITS = XmlLimits(
    bytes=LARGEST_DOCUMENT, depth=64, elements_per_record=400_000, records=1, elements_outside_records=0
)
_ROOT = re.compile(rb"<(?:[\w.-]+:)?(MTConnect\w+)[\s>/]")
_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_REPRESENTATIONS = ("_DATA_SET", "_TIME_SERIES", "_DISCRETE", "_TABLE")
_LEVELS = {"normal": "NORMAL", "warning": "WARNING", "fault": "FAULT", "unavailable": UNAVAILABLE}
_CATEGORIES = {"Samples": "SAMPLE", "Events": "EVENT", "Condition": "CONDITION"}


class Undecodable(Exception):
    """These bytes are no document of an agent; ``code`` says why."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


@dataclass(frozen=True, slots=True)
class Header:
    """Where the agent stands. ``first`` to ``last`` are in its buffer, ``next`` is the one to ask for."""

    instance: str
    first: int = 0
    last: int = 0
    next: int = 0
    buffer: int = 0
    created: datetime | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """One observation. ``level`` and ``code`` belong to conditions only; ``reset`` is ``resetTriggered``."""

    device: str
    item: str
    kind: str
    category: str
    sequence: int
    ts: datetime
    text: str
    level: str = ""
    code: str = ""
    reset: str = ""

    @property
    def address(self) -> str:
        return f"{self.device}/{self.item}"

    @property
    def unavailable(self) -> bool:
        return (self.level or self.text.upper()) == UNAVAILABLE


@dataclass(frozen=True, slots=True)
class Streams:
    """Observations in the order of their sequence; ``broken`` are those that can't be read, as told."""

    header: Header
    seen: list[Seen]
    broken: list[str]


@dataclass(frozen=True, slots=True)
class DataItem:
    """One data item of the device model."""

    device: str
    item: str
    name: str
    kind: str
    category: str
    sub_type: str = ""
    units: str = ""
    discrete: bool = False

    @property
    def address(self) -> str:
        return f"{self.device}/{self.item}"


@dataclass(frozen=True, slots=True)
class Devices:
    header: Header
    items: list[DataItem]


@dataclass(frozen=True, slots=True)
class Refusal:
    """The agent answered with errors, each a code and a text."""

    errors: list[tuple[str, str]]

    @property
    def out_of_range(self) -> bool:
        """Asked for a sequence that the buffer doesn't hold; old agents call it a bad argument."""
        return any(
            code == "OUT_OF_RANGE" or (code == "INVALID_REQUEST" and "must be" in text.lower())
            for code, text in self.errors
        )

    def __str__(self) -> str:
        return "; ".join(f"{code}: {text}" for code, text in self.errors)[:400] or "an error without a code"


Document = Streams | Devices | Refusal


def read(body: bytes) -> Document:
    """The document in ``body``. Raises ``Undecodable``."""
    root = _root(body)
    match root.name:
        case "MTConnectStreams":
            return _streams(root)
        case "MTConnectDevices":
            return Devices(_header(root, strict=False), list(_data_items(root)))
        case "MTConnectError":
            return Refusal(list(_errors(root)))
    raise Undecodable("unknown_document", f"a document called {root.name[:60]}")


def type_of(name: str) -> str:
    """``PartCountDiscrete`` → ``PART_COUNT``: the type an element's name stands for."""
    kind = _WORD_START.sub("_", name.rpartition(":")[2]).upper()
    for ending in _REPRESENTATIONS:
        kind = kind.removesuffix(ending)
    return kind


def _root(body: bytes) -> Element:
    if len(body) > LARGEST_DOCUMENT:
        raise Undecodable("too_large", f"{len(body)} bytes are more than {LARGEST_DOCUMENT}")
    start = body[:4096].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"{"):
        return _json_root(body)
    if (name := _ROOT.search(start)) is None:
        raise Undecodable("no_mtconnect", "neither an MTConnect document in XML nor one in JSON")
    try:
        for root in read_records(body, record=name[1].decode(), limits=_LIMITS):
            return root
    except InvalidInput as error:
        problem = error.problems[0]
        raise Undecodable(problem.code, str(problem.message)) from None
    raise Undecodable("broken_xml", "the document has no end")


def _json_root(body: bytes) -> Element:
    try:
        data = orjson.loads(body.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise Undecodable("broken_json", f"not JSON in UTF-8: {str(error)[:200]}") from None
    for name, value in data.items():
        if name.startswith("MTConnect") and isinstance(value, dict):
            return _element(name, value, 0)
    raise Undecodable("no_mtconnect", "JSON, but no MTConnect document")


def _element(name: str, value: dict[str, Any], depth: int) -> Element:
    """A JSON object as the element it stands for, in both layouts that agents write."""
    if depth > _LIMITS.depth:
        raise Undecodable("too_deep", f"more than {_LIMITS.depth} nested objects")
    element = Element(name, 0)
    for key, inner in value.items():
        if key == "value":
            element.pieces.append(_json_text(inner))
        elif isinstance(inner, dict):
            element.children.append(_element(key, inner, depth + 1))
        elif isinstance(inner, list):
            element.children += _list(key, inner, depth + 1)
        elif inner is not None:
            element.attributes[key] = _json_text(inner)
    return element


def _list(name: str, entries: list[Any], depth: int) -> list[Element]:
    """``[{"Availability": {…}}]`` is one container of named objects, ``[{…}, {…}]`` many of one name."""
    objects = [entry for entry in entries if isinstance(entry, dict)]
    named = [
        (key, inner)
        for entry in objects
        if len(entry) == 1
        for key, inner in entry.items()
        if isinstance(inner, dict) and key[:1].isupper()
    ]
    if not objects or len(named) != len(objects):
        return [_element(name, entry, depth) for entry in objects]
    container = Element(name, 0)
    container.children = [_element(key, inner, depth + 1) for key, inner in named]
    return [container]


def _json_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return json.dumps(value)


def _streams(root: Element) -> Streams:
    header, broken, found = _header(root, strict=True), [], []
    for device, category, element in _observed(root):
        try:
            found.append(_seen(device, category, element))
        except ValueError as error:
            broken.append(f"{element.name} {element.attributes} {element.text[:200]}: {error}"[:1000])
    found.sort(key=lambda seen: seen.sequence)
    return Streams(header, found, broken)


def _observed(root: Element) -> Iterator[tuple[str, str, Element]]:
    for streams in root.all("Streams"):
        for device in streams.all("DeviceStream"):
            name = device.attributes.get("name") or device.attributes.get("uuid") or ""
            for component in _components(device):
                for group in component.children:
                    category = _CATEGORIES.get(group.name)
                    if category is not None:
                        for element in group.children:
                            yield name, category, element


def _components(device: Element) -> list[Element]:
    return [
        one for group in (device, *device.all("ComponentStreams")) for one in group.all("ComponentStream")
    ]


def _seen(device: str, category: str, element: Element) -> Seen:
    attributes = element.attributes
    item = attributes.get("dataItemId") or attributes.get("name")
    if not item:
        raise ValueError("neither dataItemId nor name")
    condition = category == "CONDITION"
    level = _LEVELS.get(element.name.lower(), "") if condition else ""
    if condition and not level:
        raise ValueError("a condition of an unknown level")
    return Seen(
        device=device,
        item=item,
        kind=type_of(attributes.get("type", "") if condition else element.name),
        category=category,
        sequence=_number(attributes.get("sequence", "")),
        ts=moment(attributes.get("timestamp", "")),
        text=element.text if element.is_leaf else _entries(element),
        level=level,
        code=attributes.get("nativeCode", "").strip(),
        reset=attributes.get("resetTriggered", ""),
    )


def _entries(element: Element) -> str:
    """A data set or table as one line of text."""
    return "; ".join(
        f"{entry.attributes.get('key', entry.name)}={entry.text or _entries(entry)}"
        for entry in element.children
    )


def _header(root: Element, *, strict: bool) -> Header:
    element = root.first("Header")
    attributes = element.attributes if element is not None else {}
    try:
        return Header(
            instance=attributes["instanceId"] if strict else attributes.get("instanceId", ""),
            first=_number(attributes.get("firstSequence", "0")),
            last=_number(attributes.get("lastSequence", "0")),
            next=_number(attributes["nextSequence"] if strict else attributes.get("nextSequence", "0")),
            buffer=_number(attributes.get("bufferSize", "0")),
            created=moment(attributes["creationTime"]) if "creationTime" in attributes else None,
        )
    except (KeyError, ValueError) as error:
        raise Undecodable("broken_header", f"the header lacks or garbles {error}"[:300]) from None


def _errors(root: Element) -> Iterator[tuple[str, str]]:
    """Errors of all versions: one or a list of ``Error``; since 2.6 also elements named after the error."""
    groups = root.all("Errors") or [root]
    for group in groups:
        for element in group.children:
            code = element.attributes.get("errorCode", "")
            if code:
                message = element.first("ErrorMessage")
                yield code.upper(), (message.text if message is not None else element.text)[:300]


def _data_items(root: Element) -> Iterator[DataItem]:
    for devices in root.all("Devices"):
        for device in devices.children:
            name = device.attributes.get("name") or device.attributes.get("uuid") or ""
            yield from _items_below(name, device)


def _items_below(device: str, element: Element) -> Iterator[DataItem]:
    for child in element.children:
        if child.name == "DataItem":
            if (item := _data_item(device, child)) is not None:
                yield item
        else:
            yield from _items_below(device, child)


def _data_item(device: str, element: Element) -> DataItem | None:
    attributes = element.attributes
    item = attributes.get("id") or attributes.get("name")
    if not item:
        return None
    return DataItem(
        device=device,
        item=item,
        name=attributes.get("name", ""),
        kind=attributes.get("type", "").rpartition(":")[2],
        category=attributes.get("category", ""),
        sub_type=attributes.get("subType", "").rpartition(":")[2],
        units=attributes.get("units", ""),
        discrete=attributes.get("representation") == "DISCRETE"
        or attributes.get("discrete", "").lower() == "true",
    )


def _number(text: str) -> int:
    number = int(text)
    if not 0 <= number <= LARGEST_NUMBER:
        raise ValueError(f"{text[:40]} lies outside of what a sequence may be")
    return number


def moment(text: str) -> datetime:
    """An agent's time in UTC, to the microsecond; without a zone it is UTC. Raises ``ValueError``."""
    found = datetime.fromisoformat(text.partition("@")[0].strip())
    try:
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(str(error)) from None
