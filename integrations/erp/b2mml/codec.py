"""The frame of a B2MML document: versions, verb, envelope and nouns; and writing elements in order."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from lxml import etree

from integrations.domain.formats import Identity
from integrations.erp.b2mml import values
from integrations.erp.fields import BadValueError
from integrations.erp.safe_xml import Element, XmlLimits, read_records, refusal
from mes.lib.errors import InvalidInput, Problem
from mes.lib.sentences import gettext as _

VERSIONS: Mapping[str, str] = {
    "http://www.wbf.org/xml/B2MML-V0401": "V0401",
    "http://www.mesa.org/xml/B2MML-V0600": "V0600",
    "http://www.mesa.org/xml/B2MML": "V0701",
}
NAMESPACE = "http://www.mesa.org/xml/B2MML"
ENVELOPE = "ApplicationArea"
SCOPE = "HierarchyScope"
BOD = "BOD"
VERBS = ("Get", "Show", "Process", "Acknowledge", "Change", "Respond", "Cancel", "Sync", "Confirm")
REQUESTS = ("OperationsRequest", "ProductionRequest")
DEFINITIONS = ("OperationsDefinition", "ProductDefinition")
ECHOES = frozenset({"Get", "Acknowledge", "Respond", "Confirm"})
"""Verbs whose nouns are a question, or repeat what we said."""
NOUNS = (
    *REQUESTS,
    *DEFINITIONS,
    "MaterialDefinition",
    "Equipment",
    "ProcessSegment",
    "OperationsPerformance",
    "ProductionPerformance",
)
LIMITS = XmlLimits(elements_outside_records=10_000)
_ROOT = re.compile(rb"<(?![?!])(?:[\w.-]+:)?([\w.-]+)([^>]*)>")
_NAMESPACE = re.compile(rb"""xmlns(?::[\w.-]+)?\s*=\s*["']([^"']*B2MML[^"']*)["']""")
_COMMENT = re.compile(rb"<!--.*?-->", re.DOTALL)
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(slots=True)
class Message:
    """A document. ``scope`` is the level that its nouns belong to where they don't say another; ``actions``
    are the codes of the verb's expressions (Add, Change, Delete …)."""

    root: str
    release: str
    verb: str = ""
    actions: frozenset[str] = frozenset()
    envelope: Element | None = None
    scope: Element | None = None
    nouns: list[Element] = field(default_factory=list)
    verbs: list[Element] = field(default_factory=list)
    bods: list[Element] = field(default_factory=list)

    @property
    def deletes(self) -> bool:
        return self.verb == "Cancel" or self.actions == {"Delete"}

    @property
    def created(self) -> str:
        """When the message was made, as UTC text that sorts; empty when it can't be read."""
        text = text_at(self.envelope, "CreationDateTime")
        try:
            return values.moment(text, None).isoformat(timespec="microseconds") if text else ""
        except BadValueError:
            return ""

    @property
    def identity(self) -> Identity:
        return Identity(
            sender=text_at(self.envelope, "Sender", "LogicalID"),
            message_type=self.root[:40],
            external_id=text_at(self.envelope, "BODID"),
            version=self.created,
        )


def read_message(body: bytes) -> tuple[Message, list[Problem]]:
    """What arrived whole, and what kept the rest from being read. Raises ``InvalidInput`` for no B2MML."""
    message = Message(*_head(body))
    names = {ENVELOPE, SCOPE, BOD, *VERBS, *NOUNS}
    try:
        for element in read_records(body, record=names, limits=LIMITS):
            _sort(message, element)
    except InvalidInput as error:
        return message, error.problems
    return message, []


def first_identity(body: bytes) -> Identity:
    """From the envelope alone."""
    try:
        message = Message(*_head(body))
        message.envelope = next(read_records(body, record=ENVELOPE, limits=LIMITS), None)
    except InvalidInput:
        return Identity()
    return message.identity


def _head(body: bytes) -> tuple[str, str]:
    """Name and release of the root element."""
    start = _COMMENT.sub(b"", body[: 64 * 1024])
    root = _ROOT.search(start)
    namespace = _NAMESPACE.search(root[2]) if root else None
    if root is None or namespace is None:
        if not body.strip():
            raise refusal("empty", _("The document is empty."))
        raise refusal("not_b2mml", _("The document's first element names no B2MML namespace."))
    name = namespace[1].decode("ascii", "replace")
    return root[1].decode("utf-8", "replace"), VERSIONS.get(name, name.rpartition("-")[2])


def _sort(message: Message, element: Element) -> None:
    if element.name == ENVELOPE:
        message.envelope = message.envelope or element
    elif element.name == SCOPE:
        message.scope = element
    elif element.name == BOD:
        message.bods.append(element)
    elif element.name in VERBS:
        message.verb = element.name
        message.verbs.append(element)
        message.actions = frozenset(
            expression.attributes.get("actionCode", "")
            for criteria in element.all("ActionCriteria")
            for expression in criteria.all("ActionExpression")
        )
    elif message.verb not in ECHOES:
        message.nouns.append(element)


def text_at(element: Element | None, *path: str) -> str:
    """The text at a path of first children; empty when there is none."""
    for name in path:
        element = None if element is None else element.first(name)
    return "" if element is None else element.text


def word(element: Element | None) -> str:
    """An enumeration's value; ``Other`` gives way to its attribute ``OtherValue``."""
    if element is None:
        return ""
    return (
        element.attributes.get("OtherValue", "") or element.text if element.text == "Other" else element.text
    )


@dataclass(frozen=True, slots=True)
class Node:
    """An element to be written. B2MML checks the order: it is that of ``parts``."""

    name: str
    parts: tuple[Node | None, ...] = ()
    text: str = ""
    attributes: Mapping[str, str] = field(default_factory=dict)


def leaf(name: str, text: str, **attributes: str) -> Node | None:
    """``None`` for an empty text: the element is left out."""
    return Node(name, text=text, attributes=attributes) if text else None


def write_document(root: Node) -> bytes:
    """UTF-8. Characters that XML forbids become ``?``."""
    top = etree.Element(f"{{{NAMESPACE}}}{root.name}", dict(root.attributes), nsmap={None: NAMESPACE})  # type: ignore[dict-item]
    for part in root.parts:
        _append(top, part)
    return bytes(etree.tostring(top, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _append(parent: etree._Element, node: Node | None) -> None:
    if node is None:
        return
    element = etree.SubElement(parent, f"{{{NAMESPACE}}}{node.name}", dict(node.attributes))
    if node.text:
        element.text = _FORBIDDEN.sub("?", node.text)
    for part in node.parts:
        _append(element, part)
