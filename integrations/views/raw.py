"""What a partner sent, readable: never run, never interpreted, always escaped by the template."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Any

from lxml import etree

from integrations.domain.formats import other_message
from integrations.domain.inbox import read
from integrations.models import InboundMessage

MOST_SHOWN = 200_000
MOST_INDENTED = 1024 * 1024
MOST_DOCUMENTS = 20


@dataclass(frozen=True, slots=True)
class Shown:
    """``cut``: only the first characters are shown; the download has everything."""

    text: str
    cut: bool


def as_text(message: InboundMessage) -> Shown:
    """The body as it came, in the connection's encoding; what isn't text in it becomes �."""
    body = bytes(message.body)
    try:
        text = body.decode(message.connection.encoding or "utf-8-sig")
    except (UnicodeDecodeError, LookupError):
        text = body.decode("utf-8", errors="replace")
    return _cut(text)


def indented(message: InboundMessage) -> Shown:
    """JSON and XML with a line per element; what is large, declares a DTD or is neither, as it came."""
    body = bytes(message.body)
    start = body.lstrip(b"\xef\xbb\xbf \r\n\t")[:1]
    if len(body) > MOST_INDENTED or b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        return as_text(message)
    try:
        if start in (b"{", b"["):
            return _cut(json.dumps(json.loads(body), indent=2, ensure_ascii=False))
        if start == b"<":
            return _cut(_indented_xml(body))
    except (ValueError, RecursionError, etree.XMLSyntaxError):
        return as_text(message)
    return as_text(message)


def understood(message: InboundMessage) -> Shown:
    """The canonical documents that the message is read as now, as JSON; what couldn't be read is left out."""
    if not message.body or other_message(message.channel, message.message_type):
        return Shown("", cut=False)
    reading = read(message)
    found = {
        "orders": [asdict(document) for document in reading.documents[:MOST_DOCUMENTS]],
        "master data": [asdict(document) for document in reading.master[:MOST_DOCUMENTS]],
        "totals": [asdict(total) for total in reading.totals[:MOST_DOCUMENTS]],
    }
    said = {name: _without_nothing(documents) for name, documents in found.items() if documents}
    return _cut(json.dumps(said, indent=2, ensure_ascii=False, default=str)) if said else Shown("", cut=False)


def _without_nothing(value: Any) -> Any:
    """Without the fields that the sender said nothing about."""
    if isinstance(value, dict):
        return {key: _without_nothing(one) for key, one in value.items() if one not in (None, "", (), {}, [])}
    return [_without_nothing(one) for one in value] if isinstance(value, list | tuple) else value


def _indented_xml(body: bytes) -> str:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_blank_text=True)
    root = etree.fromstring(body, parser)
    return etree.tostring(root, pretty_print=True, encoding="unicode")


def _cut(text: str) -> Shown:
    return Shown(text[:MOST_SHOWN], cut=len(text) > MOST_SHOWN)
