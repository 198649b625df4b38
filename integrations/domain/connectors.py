"""The seam to ERP systems that are called: fetching what they have, posting what happened, totals.

A connector lives in ``integrations.erp.<name>/client.py`` and registers itself like a format. It knows the
partner's interface and nothing of our database: it gets a :class:`Line` and plain data, and may
run in a thread.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Protocol, runtime_checkable
from zoneinfo import ZoneInfo

from integrations.domain.outbox.outcome import Outcome
from mes.lib.errors import MesError
from mes.lib.sentences import gettext as _
from orders.domain.documents import Confirmation


@dataclass(frozen=True, slots=True)
class Line:
    """How to reach one partner. ``secret`` is the value of the environment variable that the connection
    names; ``options`` are the connection's format options; ``zone`` is the plant's."""

    code: str
    address: str
    secret: str
    zone: ZoneInfo
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fetched:
    """One message for the inbox, byte for byte as the partner gave it. Storing the same again is no harm."""

    body: bytes
    message_type: str
    external_id: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Some messages and the cursor behind them, kept together with them: the next round goes on there."""

    messages: tuple[Fetched, ...]
    cursor: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a fetched message: ``taken`` by us, or refused with the reason in ``text``."""

    external_id: str
    taken: bool
    text: str = ""


@dataclass(frozen=True, slots=True)
class Posting:
    """One outbound message. ``reference`` is the partner's own key of what is taken back (a reversal);
    ``uncertain``: an earlier attempt may have been booked, so look for ``confirmation.identity`` first."""

    kind: str
    confirmation: Confirmation
    reference: str = ""
    uncertain: bool = False


@dataclass(frozen=True, slots=True)
class ErpTotal:
    """What the partner has booked for one operation, in its unit. ``None``: it doesn't tell. ``operation`` ""
    means the order as a whole. ``stated_at`` is the moment that it speaks of; None: now."""

    order: str
    operation: str
    good: Decimal
    scrap: Decimal | None = None
    rework: Decimal | None = None
    setup_seconds: Decimal | None = None
    run_seconds: Decimal | None = None
    stated_at: datetime | None = None


class PartnerError(MesError):
    """The partner can't be asked now, or its answer makes no sense. Asked again later."""


class Connector(Protocol):
    """A system that we call. Every method raises :class:`PartnerError` when it gets no usable answer."""

    name: str

    def fetch(self, line: Line, cursor: Mapping[str, Any]) -> Iterator[Page]:
        """What is new or changed behind ``cursor``, page by page; an empty cursor means the beginning."""
        ...

    def post(self, line: Line, posting: Posting) -> Outcome:
        """Book it there with exactly one effect, however often it is called. A refusal is an ``Outcome``
        too, not an exception. An answer that never came is ``again(..., uncertain=True)``."""
        ...

    def totals(self, line: Line, orders: Sequence[str]) -> Iterable[ErpTotal]:
        """What stands booked there for these orders now."""
        ...


@runtime_checkable
class Settling(Protocol):
    """A connector whose partner wants to know what became of each message. May be told twice."""

    def settle(self, line: Line, settled: Sequence[Settled]) -> None:
        """Raises :class:`PartnerError`; the messages come again then and are told again."""
        ...


_connectors: dict[str, Connector] = {}


def register_connector(connector: Connector) -> None:
    _connectors[connector.name] = connector


def connector(name: str) -> Connector:
    """Raises MesError ``unknown_connector``."""
    if name not in _connectors:
        raise MesError(
            "unknown_connector", _("The format “%s” has no system to call.") % name, field="format"
        )
    return _connectors[name]


def has_connector(name: str) -> bool:
    return name in _connectors
