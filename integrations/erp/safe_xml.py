"""Read XML that a stranger sent: no DTD, no entities, bounded size, depth and element count.

Built on expat's push parser, because only there can a limit stop the reading while it goes on: a tree
builder would first build the tree. Every element keeps its line, so that a problem can be found.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from xml.parsers import expat

from mes.lib.errors import InvalidInput, Problem
from mes.lib.sentences import gettext as _

if TYPE_CHECKING:
    from pyexpat import XMLParserType

CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class XmlLimits:
    """What one document may cost. ``bytes`` is checked before the first byte is parsed."""

    bytes: int = 32 * 1024 * 1024
    token_bytes: int = 1024 * 1024
    depth: int = 32
    elements_per_record: int = 100_000
    records: int = 20_000
    elements_outside_records: int = 1_000


@dataclass(slots=True)
class Element:
    """One element by its local name (namespace prefix dropped), its attributes, text, children and line."""

    name: str
    line: int
    attributes: dict[str, str] = field(default_factory=dict)
    pieces: list[str] = field(default_factory=list)
    children: list[Element] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(self.pieces).strip()

    @property
    def is_leaf(self) -> bool:
        return not self.children

    def all(self, name: str) -> list[Element]:
        return [child for child in self.children if child.name == name]

    def first(self, name: str) -> Element | None:
        return next((child for child in self.children if child.name == name), None)


def read_records(
    body: bytes, *, record: str | Collection[str], limits: XmlLimits | None = None
) -> Iterator[Element]:
    """Yield every element called ``record`` (local name or names; ``*`` is the root), complete and in order.

    A broken document yields the complete records before the break and then raises ``InvalidInput`` naming
    the line, so that the caller may keep what arrived whole.
    """
    limits = limits or XmlLimits()
    if not body.strip():
        raise refusal("empty", _("The document is empty."))
    if len(body) > limits.bytes:
        raise refusal(
            "too_large",
            _("The document has %(size)d bytes; at most %(limit)d are accepted.")
            % {"size": len(body), "limit": limits.bytes},
        )
    builder = _RecordBuilder({record} if isinstance(record, str) else record, limits)
    for start in range(0, len(body), CHUNK):
        end = min(start + CHUNK, len(body))
        error = builder.feed(body[start:end], final=end == len(body))
        yield from builder.take()
        if error is None and end - builder.parser.CurrentByteIndex > limits.token_bytes:
            # expat 2.5 reads a token that spans chunks again from its start: quadratic in its length.
            error = refusal("token_too_long", _("One tag has more than %d bytes.") % limits.token_bytes)
        if error is not None:
            raise error


def refusal(
    code: str, message: str, *, line: int | None = None, name: str = "", value: str = ""
) -> InvalidInput:
    return InvalidInput([Problem(code=code, message=message, field=name, row=line, value=value[:100])])


class _RecordBuilder:
    def __init__(self, names: Collection[str], limits: XmlLimits) -> None:
        self.names = names
        self.takes_root = "*" in names
        self.limits = limits
        self.depth = 0
        self.records = 0
        self.outside = 0
        self.inside = 0
        self.stack: list[Element] = []
        self.done: list[Element] = []
        self.parser: XMLParserType = expat.ParserCreate()
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self.start
        self.parser.EndElementHandler = self.end
        self.parser.CharacterDataHandler = self.characters
        self.parser.StartDoctypeDeclHandler = self.doctype
        self.parser.EntityDeclHandler = self.entity

    def feed(self, chunk: bytes, *, final: bool) -> InvalidInput | None:
        try:
            self.parser.Parse(chunk, final)
        except expat.ExpatError as error:
            return refusal(
                "broken_xml",
                _("Line %(line)d, column %(column)d: this is not well-formed XML (%(reason)s).")
                % {
                    "line": error.lineno,
                    "column": error.offset + 1,
                    "reason": expat.errors.messages.get(error.code, str(error.code)),
                },
                line=error.lineno,
            )
        except (LookupError, ValueError) as error:
            return refusal(
                "wrong_encoding", _("The encoding cannot be read: %(reason)s.") % {"reason": error}
            )
        except InvalidInput as error:
            return error
        return None

    def take(self) -> Iterator[Element]:
        done, self.done = self.done, []
        yield from done

    def doctype(self, *_declaration: object) -> None:
        raise refusal(
            "dtd_refused",
            _("A document type declaration is not accepted."),
            line=self.parser.CurrentLineNumber,
        )

    def entity(self, *_declaration: object) -> None:
        raise refusal(
            "entity_refused", _("Entity declarations are not accepted."), line=self.parser.CurrentLineNumber
        )

    def start(self, name: str, attributes: dict[str, str]) -> None:
        line = self.parser.CurrentLineNumber
        self.depth += 1
        if self.depth > self.limits.depth:
            raise refusal(
                "too_deep",
                _("More than %(limit)d nested elements.") % {"limit": self.limits.depth},
                line=line,
            )
        local = name.rpartition(":")[2]
        if not self.stack and not self.takes_root and local not in self.names:
            self.outside += 1
            self.check(self.outside, self.limits.elements_outside_records, line)
            return
        if not self.stack:
            self.records += 1
            self.inside = 0
            self.check(self.records, self.limits.records, line)
        self.inside += 1
        self.check(self.inside, self.limits.elements_per_record, line)
        element = Element(local, line, attributes)
        if self.stack:
            self.stack[-1].children.append(element)
        self.stack.append(element)

    def end(self, _name: str) -> None:
        self.depth -= 1
        if not self.stack:
            return
        element = self.stack.pop()
        if not self.stack:
            self.done.append(element)

    def characters(self, text: str) -> None:
        if self.stack:
            self.stack[-1].pieces.append(text)

    def check(self, count: int, limit: int, line: int) -> None:
        if count > limit:
            raise refusal("too_many", _("More than %(limit)d elements.") % {"limit": limit}, line=line)
