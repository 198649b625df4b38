"""IDoc, XML or flat, <-> control record and segments. Knows the frame, not the meaning.

The first bytes tell XML from flat. Elements are matched by local name in any order, with or without
namespace; nothing unknown is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from lxml import etree

from integrations.domain.formats import Identity
from integrations.erp.idoc.dictionary import Dictionary, standard_dictionary
from integrations.erp.idoc.flat import CONTROL, first_control, is_flat, read_flat
from integrations.erp.idoc.node import Node
from integrations.erp.idoc.values import key
from integrations.erp.safe_xml import Element, XmlLimits, read_records
from mes.lib.errors import InvalidInput, Problem

LIMITS = XmlLimits()

NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Idoc:
    """One IDoc of a document; ``row`` counts from 1."""

    row: int
    control: Mapping[str, str]
    body: Element

    @property
    def version(self) -> str:
        """Text that sorts messages of one sender by age: SERIAL, else CREDAT+CRETIM, else empty.

        A short number (a counter, not a time) is padded, so that 9 sorts before 10.
        """
        serial = self.control.get("SERIAL", "")
        if serial:
            return serial.zfill(20) if serial.isdigit() and len(serial) < 14 else serial
        created = self.control.get("CREDAT", "")
        if not created.strip("0"):
            return ""
        return created + (self.control.get("CRETIM", "") or "000000")

    @property
    def identity(self) -> Identity:
        return Identity(
            sender=self.control.get("SNDPRN", ""),
            message_type=self.control.get("MESTYP", ""),
            external_id=key(self.control.get("DOCNUM", "")),
            version=self.version,
        )


def read_idocs(
    body: bytes,
    *,
    encoding: str = "utf-8",
    dictionary: Dictionary | None = None,
    limits: XmlLimits = LIMITS,
) -> tuple[list[Idoc], list[Problem]]:
    """Every complete IDoc of a document, and what kept the rest from being read.

    ``encoding`` and ``dictionary`` matter to flat files only; XML names its own code page and fields.
    """
    idocs: list[Idoc] = []
    problems: list[Problem] = []
    for idoc, wrong in read_frames(body, encoding=encoding, dictionary=dictionary, limits=limits):
        problems += wrong
        if not wrong:
            idocs.append(idoc)
    return idocs, problems


def read_frames(
    body: bytes,
    *,
    encoding: str = "utf-8",
    dictionary: Dictionary | None = None,
    limits: XmlLimits = LIMITS,
) -> Iterator[tuple[Idoc, list[Problem]]]:
    """Each IDoc with what is wrong in it, the incomplete ones too. What stopped the reading comes last, with
    an IDoc that has no control record."""
    row = 0
    try:
        if is_flat(body):
            known = dictionary or standard_dictionary()
            for row, (element, wrong) in enumerate(
                read_flat(body, encoding=encoding, dictionary=known, limits=limits), start=1
            ):
                yield Idoc(row, _control(element), element), wrong
        else:
            for row, element in enumerate(read_records(body, record="IDOC", limits=limits), start=1):
                yield Idoc(row, _control(element), element), []
    except InvalidInput as error:
        yield Idoc(row + 1, {}, Element("IDOC", 1)), error.problems


def first_identity(body: bytes, *, limits: XmlLimits = LIMITS) -> Identity:
    """Of the first IDoc, without reading the rest."""
    if is_flat(body):
        return Idoc(1, first_control(body), Element("IDOC", 1)).identity
    try:
        element = next(read_records(body, record="IDOC", limits=limits), None)
    except InvalidInput:
        element = None
    return Identity() if element is None else Idoc(1, _control(element), element).identity


def identity_of(idocs: Sequence[Idoc]) -> Identity:
    """Of the whole document: the only IDoc's, or the first and last number of several."""
    if not idocs:
        return Identity()
    first, last = idocs[0].identity, idocs[-1].identity
    if len(idocs) == 1:
        return first
    return Identity(
        sender=first.sender,
        message_type=first.message_type,
        external_id=f"{first.external_id}..{last.external_id}",
        version=max(idoc.version for idoc in idocs),
    )


def write_xml(basic_type: str, control: Mapping[str, str], nodes: Sequence[Node]) -> bytes:
    """UTF-8 XML of one IDoc. Empty fields are left out; characters that XML forbids become ``?``."""
    root = etree.Element(basic_type)
    idoc = etree.SubElement(root, "IDOC", BEGIN="1")
    _append(idoc, Node(CONTROL, control))
    for node in nodes:
        _append(idoc, node)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _append(parent: etree._Element, node: Node) -> None:
    segment = etree.SubElement(parent, node.name, SEGMENT="1")
    for field, value in node.fields.items():
        if value:
            etree.SubElement(segment, field).text = NOT_IN_XML.sub("?", value)
    for child in node.children:
        _append(segment, child)


def _control(idoc: Element) -> dict[str, str]:
    control = idoc.first(CONTROL)
    return {} if control is None else {field.name: field.text for field in control.children if field.is_leaf}
