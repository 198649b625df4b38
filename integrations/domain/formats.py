"""The seam between the inbox/outbox and the ERP formats.

A format lives in ``integrations.erp.<name>`` and registers itself when the app starts; the inbox and the
outbox know it by name only. That is all a new format has to offer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from decimal import Decimal
from typing import Any, Protocol, runtime_checkable
from zoneinfo import ZoneInfo

from integrations.domain.connectors import ErpTotal
from integrations.enums import TranslationKind
from mes.lib.errors import MesError, Problem
from mes.lib.sentences import gettext as _
from orders.domain.documents import Confirmation, OrderDocument
from orders.domain.master_documents import MasterDocument


@dataclass(frozen=True, slots=True)
class Identity:
    """Who numbered the message how. Empty strings where the format has no such thing."""

    sender: str = ""
    message_type: str = ""
    external_id: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A partner's word on a message of ours. ``identity``: 32 upper-case hexadecimal characters.

    ``accepted``: taken, refused, or ``None`` when it isn't decided yet. ``reference``: the partner's number.
    """

    identity: str
    accepted: bool | None
    text: str
    code: str = ""
    reference: str = ""
    row: int = 1


@dataclass(frozen=True, slots=True)
class PartnerWord:
    """A word of a partner's that it tells of by itself: its code, and what it says that it means (``told``:
    a unit's UN/ECE code, a reason's text). ``plant`` where it holds in one only."""

    kind: TranslationKind
    theirs: str
    told: str
    plant: str = ""
    row: int = 1


@dataclass(frozen=True, slots=True)
class MeasuredValue:
    """One value of a characteristic as a measuring machine tells it: texts as they came, ``at`` aware UTC, or
    None where the file doesn't say."""

    row: int
    order: str
    operation: str
    sequence: str
    characteristic: str
    value: str
    unit: str
    gauge: str
    machine: str
    piece: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a message says: the documents that are whole, and one problem for each thing that is not.

    ``master`` is master data; it is applied before the orders of the same message. ``partial``: the
    documents name only some operations of their orders. ``full``: together they name all there is.
    ``totals`` is what the partner says it has booked, ``words`` what it distributes of its own words.
    """

    documents: tuple[OrderDocument, ...] = ()
    problems: tuple[Problem, ...] = ()
    identity: Identity = field(default_factory=Identity)
    master: tuple[MasterDocument, ...] = ()
    answers: tuple[Answer, ...] = ()
    partial: bool = False
    full: bool = False
    totals: tuple[ErpTotal, ...] = ()
    words: tuple[PartnerWord, ...] = ()
    measured: tuple[MeasuredValue, ...] = ()


@dataclass(frozen=True, slots=True)
class Rendered:
    """Bytes ready to be sent. ``warnings`` are sentences for people; nothing was lost."""

    body: bytes
    extension: str
    content_type: str
    kind: str
    warnings: tuple[str, ...] = ()


class OrderFormat(Protocol):
    """Reads orders. ``zone`` is the plant's: times without an offset belong to it."""

    name: str

    def identify(self, body: bytes) -> Identity:
        """What can be told from the beginning alone, the same for the same bytes; empty when unreadable."""
        ...

    def read(self, body: bytes, *, zone: tzinfo, settings: Mapping[str, Any]) -> Reading:
        """Never raises for a bad message: what is wrong comes back as problems."""
        ...


class ConfirmationFormat(Protocol):
    """Writes confirmations. Several may share a document; ``message_id`` names it for ever."""

    name: str

    def write(
        self,
        confirmations: Sequence[Confirmation],
        *,
        message_id: str,
        created: datetime,
        settings: Mapping[str, Any],
    ) -> Rendered:
        """Raises ``InvalidInput`` when the partner's format cannot carry a value."""
        ...


@dataclass(frozen=True, slots=True)
class GoodsMove:
    """One movement of an order's material; positive into stock. ``is_receipt``: what the order made, else
    material issued to it. ``unit`` is a UN/ECE code, ``reservation`` the ERP's key of what was planned."""

    item: str
    lot: str
    quantity: Decimal
    unit: str
    is_receipt: bool
    order: str
    plant: str
    reservation: str
    reservation_item: str
    occurred_at: datetime
    posting_date: date
    time_zone: str


class MoveFormat(Protocol):
    """Writes goods movements."""

    name: str

    def write_move(
        self, move: GoodsMove, *, message_id: str, created: datetime, settings: Mapping[str, Any]
    ) -> Rendered:
        """Raises ``InvalidInput`` when the partner's format cannot carry a value."""
        ...


class AnswerFormat(Protocol):
    """Says in the partner's own format what became of a message of its."""

    name: str

    def answer(
        self,
        body: bytes,
        problems: Sequence[Problem],
        *,
        message_id: str,
        created: datetime,
        zone: ZoneInfo,
        settings: Mapping[str, Any],
    ) -> Rendered | None:
        """``None`` when nothing is to be said: the message is an answer itself, or has no number."""
        ...


@runtime_checkable
class ReadsInPieces(Protocol):
    """An order format whose large messages need not stand in memory as a whole."""

    def read_in_pieces(
        self, body: bytes, *, zone: ZoneInfo, settings: Mapping[str, Any]
    ) -> Iterator[Reading]:
        """What ``read`` gives, in parts; all orders of a part are whole."""
        ...


_readers: dict[tuple[str, str], OrderFormat] = {}


def register_reader(channel: str, message_type: str, reader: OrderFormat) -> None:
    """Messages of a channel that say by their type how they are read, whatever their connection's format."""
    _readers[channel, message_type] = reader


def reader_of(channel: str, message_type: str, format_name: str) -> OrderFormat:
    """Raises MesError when there is none."""
    return _readers.get((channel, message_type)) or order_format(format_name)


ApplyBody = Callable[[bytes], list[dict[str, Any]]]
"""Applies a whole body or raises MesError; a result per row: at least ``row``, ``number`` and ``outcome``."""

LayoutCheck = Callable[[Any], list[Problem]]
"""What is wrong with the definition of a message mapping; nothing when it can be used."""

_layout_checks: list[LayoutCheck] = []
_order_formats: dict[str, OrderFormat] = {}
_confirmation_formats: dict[str, ConfirmationFormat] = {}
_move_formats: dict[str, MoveFormat] = {}
_answer_formats: dict[str, AnswerFormat] = {}
ReadTotals = Callable[[bytes], Reading]
"""Reads the totals of a body that came by the API."""

_totals_messages: dict[tuple[str, str], ReadTotals] = {}
_other_messages: dict[tuple[str, str], ApplyBody] = {}


def register_order_format(order_format: OrderFormat) -> None:
    _order_formats[order_format.name] = order_format


def register_confirmation_format(confirmation_format: ConfirmationFormat) -> None:
    _confirmation_formats[confirmation_format.name] = confirmation_format


def register_move_format(move_format: MoveFormat) -> None:
    _move_formats[move_format.name] = move_format


def move_format(name: str) -> MoveFormat:
    if name not in _move_formats:
        raise MesError("unknown_format", _("The format “%s” has no goods movements.") % name, field="format")
    return _move_formats[name]


def register_answer_format(answer_format: AnswerFormat) -> None:
    _answer_formats[answer_format.name] = answer_format


def answer_format(name: str) -> AnswerFormat | None:
    return _answer_formats.get(name)


def register_other_message(channel: str, message_type: str, apply: ApplyBody) -> None:
    """A message that isn't about production orders, so that the inbox can apply it once more."""
    _other_messages[channel, message_type] = apply


def other_message(channel: str, message_type: str) -> ApplyBody | None:
    return _other_messages.get((channel, message_type))


def register_layout_check(check: LayoutCheck) -> None:
    _layout_checks[:] = [check]


def layout_problems(definition: Any) -> list[Problem]:
    return [problem for check in _layout_checks for problem in check(definition)]


def register_totals_message(channel: str, message_type: str, read: ReadTotals) -> None:
    """A message in which a partner tells what it has booked."""
    _totals_messages[channel, message_type] = read


def totals_message(channel: str, message_type: str) -> ReadTotals | None:
    return _totals_messages.get((channel, message_type))


def order_format(name: str) -> OrderFormat:
    if name not in _order_formats:
        raise MesError("unknown_format", _("No reader for the format “%s”.") % name, field="format")
    return _order_formats[name]


def confirmation_format(name: str) -> ConfirmationFormat:
    if name not in _confirmation_formats:
        raise MesError("unknown_format", _("No writer for the format “%s”.") % name, field="format")
    return _confirmation_formats[name]
