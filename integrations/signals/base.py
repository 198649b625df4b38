"""What every machine protocol gives and gets: plain data without Django, so that edge gateways run it too.

A transport turns bytes into observations and nothing else. What an observation means for a machine is
master data (``SignalMapping``) and applied by ``integrations.signals.mapping``.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from machines.domain.measure.samples import Quality, Value

Cursor = Mapping[str, Any]
"""Where to go on after a restart, as JSON; each protocol chooses its keys."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One value of one item as the sender told it.

    ``address`` names the item so that it survives restarts and firmware (data item id, browse path with
    namespace URI, metric name, topic and pointer). ``ts`` is the sender's time (UTC). (``epoch``, ``seq``,
    ``sub``) is the identity within the connection: the same observation sent twice has the same one.
    ``snapshot``: read at connect, a baseline and no event. ``historical``: sent later on purpose. ``reset``:
    the sender says that the counter was reset with this value. ``native`` is the raw text, for people.
    """

    address: str
    value: Value
    ts: datetime
    epoch: str
    seq: int
    sub: int = 0
    quality: Quality = Quality.GOOD
    snapshot: bool = False
    historical: bool = False
    reset: bool = False
    native: str = ""


@dataclass(frozen=True, slots=True)
class Link:
    """The sender was lost or is back. Between the two its machines' states are unknown.

    That the whole connection is lost or back tells the runner by itself; a transport tells what only it
    can know: that a device behind the sender went, or values were missed while the connection stood.
    ``scope`` limits it to the addresses that begin with it (a device of a Sparkplug node); empty: all.
    """

    ts: datetime
    up: bool
    reason: str = ""
    scope: str = ""


@dataclass(frozen=True, slots=True)
class Undecoded:
    """Bytes that could not be read, kept with the reason."""

    raw: bytes
    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Batch:
    """What arrived together. ``cursor`` is stored in the same transaction as the observations.

    ``gapless``, of the first batch after a loss: it goes on where the cursor stood and nothing was missed, so
    that the loss leaves no unknown time. An empty batch says that the connection stands.
    """

    observations: Sequence[Observation] = ()
    links: Sequence[Link] = ()
    undecoded: Sequence[Undecoded] = ()
    cursor: Cursor | None = None
    gapless: bool = False


@dataclass(frozen=True, slots=True)
class BrowsedItem:
    """One item a sender offers, for the mapping page. ``role`` is our proposal (an envelope item) or empty.

    ``kind`` is the sender's own type (``EXECUTION``, ``UInt32``); ``device`` groups items for people.
    """

    address: str
    name: str
    kind: str = ""
    unit: str = ""
    device: str = ""
    value: Value = None
    ts: datetime | None = None
    role: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Settings:
    """How to reach one sender. ``secret`` comes from the environment; ``addresses`` are the mapped items."""

    code: str
    address: str
    options: Mapping[str, Any] = field(default_factory=dict)
    secret: str = ""
    addresses: Sequence[str] = ()


class Transport(Protocol):
    """One protocol's connection to one sender.

    Browsing is done by a transport of its own while another may observe the same sender: where a sender knows
    its clients by name, browse under another one.
    """

    def observe(self, cursor: Cursor) -> AsyncIterator[Batch]:
        """Batches until the connection is lost (raises ``ConnectionLost``) or the iterator is closed.

        The first comes as soon as the connection stands, if need be an empty one. Asking for the next says
        that the one before is stored for good: acknowledge it then.
        """
        ...

    async def browse(self) -> Sequence[BrowsedItem]:
        """What the sender offers now, with live values. Raises ``ConnectionLost``."""
        ...


class ConnectionLost(Exception):
    """The sender can't be reached or stopped talking; the text is for an engineer."""


@dataclass(frozen=True, slots=True)
class Option:
    """One setting of a protocol for the form; ``kind``: text, number, yes_no, choice, certificate, secret."""

    name: str
    label: Any
    kind: str = "text"
    default: Any = ""
    choices: Sequence[tuple[str, Any]] = ()
    help: Any = ""


class ProtocolModule(Protocol):
    """What ``integrations/signals/<protocol>/__init__.py`` offers to the registry."""

    OPTIONS: Sequence[Option]

    def transport(self, settings: Settings) -> Transport: ...
