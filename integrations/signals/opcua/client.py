"""The transport: a snapshot at each connect, then what the server publishes, and a gap told at each loss."""

from __future__ import annotations

import contextlib
import zlib
from collections import deque
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from asyncua import ua

from integrations.signals.base import (
    Batch,
    BrowsedItem,
    ConnectionLost,
    Cursor,
    Link,
    Observation,
    Settings,
    Undecoded,
)
from integrations.signals.opcua.addresses import Address, BadAddress, Name, parse
from integrations.signals.opcua.alarms import (
    ALARM,
    FAULT_FROM,
    FIELDS,
    REFRESH_END,
    REFRESH_START,
    Conditions,
    Told,
)
from integrations.signals.opcua.browse import browse_items
from integrations.signals.opcua.decode import Reading, reading, utc
from integrations.signals.opcua.roles import MACHINE_TOOL
from integrations.signals.opcua.session import Session, connected, said_in_words
from integrations.signals.opcua.subscription import Item, Message, Subscription
from machines.domain.measure.samples import Quality

HEARTBEAT_SECONDS = 10.0
LOOK_AGAIN = timedelta(seconds=60)
EVENTS_KEPT = 200
_START, _STATE, _FIRST_KEY = 1, 2, 10
_HEAD = ("EventId", "EventType", "Time")
_ALERT, _ERROR_CODE = Name(MACHINE_TOOL, "AlertType"), Name(MACHINE_TOOL, "ErrorCode")
_STATES_OF_ALARMS = Name("", "states of alarms")


@dataclass(slots=True)
class Memory:
    """What we know over restarts: when the sender was last heard while up, the last events, missing items."""

    heard: datetime | None = None
    events: deque[str] = field(default_factory=lambda: deque(maxlen=EVENTS_KEPT))
    missing: frozenset[str] = frozenset()

    @classmethod
    def of(cls, cursor: Cursor) -> Memory:
        heard = cursor.get("heard")
        return cls(
            datetime.fromisoformat(heard) if heard else None,
            deque(cursor.get("events", ()), maxlen=EVENTS_KEPT),
            frozenset(cursor.get("missing", ())),
        )

    def as_cursor(self) -> Cursor:
        return {
            "heard": self.heard.isoformat() if self.heard else None,
            "events": list(self.events),
            "missing": sorted(self.missing),
        }


class OpcUaTransport:
    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    async def observe(self, cursor: Cursor) -> AsyncIterator[Batch]:
        """See ``Transport``. A loss is told as a link that went down when the server was last heard."""
        memory = Memory.of(cursor)
        if memory.heard is not None:
            gone = Link(memory.heard, up=False, reason="nobody listened")
            memory.heard = None
            yield Batch(links=(gone,), cursor=memory.as_cursor())
        async with connected(self.settings) as session:
            feed = Feed(session, self.settings, memory)
            try:
                with said_in_words(self.settings):
                    yield await feed.begin()
                    while True:
                        yield await feed.next()
            except ConnectionLost as lost:
                if feed.up:
                    yield feed.end(str(lost))
                raise

    async def browse(self) -> Sequence[BrowsedItem]:
        async with connected(self.settings) as session:
            with said_in_words(self.settings):
                return await browse_items(session)


@dataclass(slots=True)
class Watched:
    """A node and the addresses that lie in it."""

    node: ua.NodeId
    addresses: list[tuple[str, Address]] = field(default_factory=list)
    first: ua.DataValue | None = None


@dataclass(slots=True)
class WatchedEvent:
    """An event type of an object, and the addresses of it or of one of its fields."""

    types: tuple[ua.NodeId, ...]
    addresses: list[tuple[str, Address]] = field(default_factory=list)
    conditions: Conditions | None = None

    @property
    def name(self) -> str:
        """The same after a restart: events are known by it and their own id."""
        text = min(text for text, _ in self.addresses)
        return f"{zlib.crc32(text.encode()):08x}"


class Feed:
    """One subscription from its beginning to its loss."""

    def __init__(self, session: Session, settings: Settings, memory: Memory) -> None:
        self.session, self.settings, self.memory = session, settings, memory
        options = settings.options
        self.subscription = Subscription(
            session,
            interval_ms=float(options.get("publishing_ms") or 500),
            sampling_ms=float(options.get("sampling_ms") or 200),
            queue_size=int(options.get("queue_size") or 50),
        )
        self.epoch = f"{session.started.isoformat()}/{self.subscription.made.isoformat()}"
        self.up = False
        self._seq = 0
        self._key = _FIRST_KEY
        self._values: dict[int, Watched] = {}
        self._events: dict[int, WatchedEvent] = {}
        self._missing: list[tuple[str, Address]] = []
        self._codes: tuple[ua.NodeId, ...] = ()
        self._look_again = datetime.now(UTC) + LOOK_AGAIN
        self._last: Message | None = None

    async def begin(self) -> Batch:
        """Read everything once, then watch it: what the link's return begins with."""
        up = Link(datetime.now(UTC), up=True)
        addresses, wrong = _parsed(self.settings.addresses)
        if any(address.inside for _, address in addresses):
            await self.session.load_types()
        await self.subscription.open()
        await self.subscription.monitor(
            [
                Item(_START, ua.NodeId(ua.ObjectIds.Server_ServerStatus_StartTime)),
                Item(_STATE, ua.NodeId(ua.ObjectIds.Server_ServerStatus_State)),
            ]
        )
        observations, problems = await self._watch(addresses)
        if any(one.conditions for one in self._events.values()):
            await self._ask_for_conditions()
        self.up = True
        return self._batch(observations, [*wrong, *problems], links=(up,))

    async def _ask_for_conditions(self) -> None:
        """Have the server tell the conditions that hold already; some can't."""
        method = ua.CallMethodRequest(
            ObjectId=ua.NodeId(ua.ObjectIds.ConditionType),
            MethodId=ua.NodeId(ua.ObjectIds.ConditionType_ConditionRefresh),
            InputArguments=[ua.Variant(self.subscription.id, ua.VariantType.UInt32)],
        )
        with contextlib.suppress(ua.UaStatusCodeError):
            await self.session.client.uaclient.call([method])

    async def next(self) -> Batch:
        """The next message; from time to time none, to say that the server still lives."""
        if self._last is not None:
            self._last.stored.set()
            self._last = None
        if self._missing and datetime.now(UTC) >= self._look_again:
            self._look_again = datetime.now(UTC) + LOOK_AGAIN
            return self._batch(*await self._watch(self._missing))
        patience = min(HEARTBEAT_SECONDS, self.subscription.silence_seconds)
        message = await self.subscription.next(patience)
        if message is None:
            return self._batch((), ())
        self._last = message
        problems: list[Undecoded] = []
        events = [one for event in message.events for one in self._event(*event)]
        values = [one for value in message.values for one in self._value(*value, problems)]
        return self._batch([*events, *values], problems)

    def end(self, reason: str) -> Batch:
        self.memory.heard = None
        gone = Link(self.subscription.heard, up=False, reason=reason)
        return Batch(links=(gone,), cursor=self.memory.as_cursor())

    def _batch(
        self, observations: Sequence[Observation], problems: Sequence[Undecoded], links: Sequence[Link] = ()
    ) -> Batch:
        self.memory.heard = self.subscription.heard
        return Batch(observations, links, problems, self.memory.as_cursor())

    async def _watch(
        self, addresses: Sequence[tuple[str, Address]]
    ) -> tuple[list[Observation], list[Undecoded]]:
        """Read and watch what the server has; remember what it hasn't."""
        nodes = await self.session.resolve([address for _, address in addresses])
        values: dict[ua.NodeId, Watched] = {}
        events: dict[tuple[ua.NodeId, Name], WatchedEvent] = {}
        self._missing = []
        for (text, address), node in zip(addresses, nodes, strict=True):
            if node is not None and address.event is None:
                values.setdefault(node, Watched(node)).addresses.append((text, address))
            elif node is not None and address.event and (types := await self._event_types(address)):
                conditions = self._conditions() if address.event == ALARM and not address.field else None
                place = (node, address.event if conditions is None else _STATES_OF_ALARMS)
                event = events.setdefault(place, WatchedEvent(types, conditions=conditions))
                event.addresses.append((text, address))
            else:
                self._missing.append((text, address))
        if any(one.conditions for one in events.values()):
            self._codes = (await self.session.event_types(_ALERT))[:1]
        problems = self._new_missing()
        observations = await self._snapshot(list(values.values()))
        items = [*self._value_items(values.values()), *self._event_items(events)]
        for item, reason in await self.subscription.monitor(items):
            watched = self._values.pop(item.key, None) or self._events.pop(item.key)
            problems += [_refused(text, reason) for text, _ in watched.addresses]
        return observations, problems

    async def _event_types(self, address: Address) -> tuple[ua.NodeId, ...]:
        """The types an address's event may have; none if the server doesn't know it or its field."""
        if address.event is None or not all(self.session.qualified(name) for name in address.field):
            return ()
        return await self.session.event_types(address.event)

    def _new_missing(self) -> list[Undecoded]:
        missing = frozenset(text for text, _ in self._missing)
        new, self.memory.missing = missing - self.memory.missing, missing
        return [_refused(text, "the server has no such item") for text in sorted(new)]

    async def _snapshot(self, watched: Sequence[Watched]) -> list[Observation]:
        """What holds now: not before the moment of reading, however long ago it was set."""
        answers = await self.session.values([one.node for one in watched])
        taken = []
        for one, data in zip(watched, answers, strict=True):
            one.first = data
            for text, address in one.addresses:
                found = reading(data, address.inside)
                ts = max(found.ts or self.session.now, self.session.now)
                taken.append(self._observation(text, found, ts, snapshot=True))
        return taken

    def _value_items(self, watched: Iterable[Watched]) -> list[Item]:
        items = []
        for one in watched:
            self._key += 1
            self._values[self._key] = one
            items.append(Item(self._key, one.node))
        return items

    def _conditions(self) -> Conditions:
        return Conditions(int(self.settings.options.get("fault_severity") or FAULT_FROM))

    def _event_items(self, watched: dict[tuple[ua.NodeId, Name], WatchedEvent]) -> list[Item]:
        items = []
        for (node, _), one in watched.items():
            self._key += 1
            self._events[self._key] = one
            items.append(Item(self._key, node, self._filter(one)))
        return items

    def _filter(self, watched: WatchedEvent) -> ua.EventFilter:
        """Which fields we want, of events of the type and those derived from it."""
        base = ua.NodeId(ua.ObjectIds.BaseEventType)
        paths = [(base, [ua.QualifiedName(name, 0)]) for name in _HEAD]
        types = watched.types
        if watched.conditions:
            types = (*types, REFRESH_START, REFRESH_END)
            paths += [(kind, [ua.QualifiedName(name, 0) for name in names]) for kind, names in FIELDS]
            paths += [(kind, [self.session.qualified(_ERROR_CODE)]) for kind in self._codes]
        for _, address in watched.addresses:
            if address.field:
                paths.append((watched.types[0], [self.session.qualified(name) for name in address.field]))
        clauses = [
            ua.SimpleAttributeOperand(
                TypeDefinitionId=kind, BrowsePath=path, AttributeId=ua.AttributeIds.Value, IndexRange=None
            )
            for kind, path in paths
        ]
        operands = [
            ua.SimpleAttributeOperand(
                TypeDefinitionId=base,
                BrowsePath=[ua.QualifiedName("EventType", 0)],
                AttributeId=ua.AttributeIds.Value,
                IndexRange=None,
            ),
            *(ua.LiteralOperand(Value=ua.Variant(kind)) for kind in types),
        ]
        element = ua.ContentFilterElement(FilterOperator=ua.FilterOperator.InList, FilterOperands=operands)
        return ua.EventFilter(SelectClauses=clauses, WhereClause=ua.ContentFilter(Elements=[element]))

    def _value(self, key: int, data: ua.DataValue, problems: list[Undecoded]) -> list[Observation]:
        if key in (_START, _STATE):
            self._check_server(key, data)
        watched = self._values.get(key)
        if watched is None:
            return []
        first, watched.first = watched.first, None
        if first is not None and (first.Value, first.StatusCode) == (data.Value, data.StatusCode):
            return []  # the first notification repeats what was just read
        taken = []
        for text, address in watched.addresses:
            found = reading(data, address.inside)
            ts = found.ts or datetime.now(UTC)
            taken.append(self._observation(text, found, ts))
            if found.overflow:
                reason = f"{text}: values between two publications were lost"
                problems.append(Undecoded(text.encode(), "queue_overflow", reason))
        return taken

    def _check_server(self, key: int, data: ua.DataValue) -> None:
        value = data.Value.Value if data.Value is not None else None
        if key == _START and (started := utc(value)) and started != self.session.started:
            raise ConnectionLost("The server was restarted.")
        if key == _STATE and value not in (None, ua.ServerState.Running.value):
            raise ConnectionLost(f"The server is in the state {ua.ServerState(value).name}.")

    def _event(self, key: int, fields: list[Any]) -> list[Observation]:
        watched = self._events.get(key)
        if watched is not None and watched.conditions is not None:
            return self._condition(watched, watched.conditions, fields)
        if watched is None or fields[1] not in (None, *watched.types):
            return []
        name = f"{watched.name}:{fields[0].hex()}" if isinstance(fields[0], bytes) else ""
        if name and name in self.memory.events:
            return []
        if name:
            self.memory.events.append(name)
        ts = utc(fields[2]) or datetime.now(UTC)
        values = iter(fields[len(_HEAD) :])
        taken = []
        for text, address in watched.addresses:
            found = Reading(True, Quality.GOOD, ts)
            if address.field:
                found = reading(ua.DataValue(ua.Variant(next(values, None))))
            taken.append(self._observation(text, found, ts))
        return taken

    def _condition(
        self, watched: WatchedEvent, conditions: Conditions, fields: list[Any]
    ) -> list[Observation]:
        """What holds already at the connect is told between the two events of a refresh."""
        if fields[1] in (REFRESH_START, REFRESH_END):
            conditions.refreshing = fields[1] == REFRESH_START
            return []
        if fields[1] not in (None, *watched.types):
            return []
        ts = utc(fields[2]) or datetime.now(UTC)
        if conditions.refreshing:
            ts = max(ts, self.session.now)
        return [
            self._observation(text, Reading(word, Quality.GOOD, ts), ts, snapshot=conditions.refreshing)
            for word in conditions.words(Told.of(fields[len(_HEAD) :]))
            for text, _address in watched.addresses
        ]

    def _observation(
        self, address: str, found: Reading, ts: datetime, *, snapshot: bool = False
    ) -> Observation:
        self._seq += 1
        return Observation(
            address=address,
            value=found.value,
            ts=ts,
            epoch=self.epoch,
            seq=self._seq,
            quality=found.quality,
            snapshot=snapshot,
            native=found.native,
        )


def _parsed(texts: Sequence[str]) -> tuple[list[tuple[str, Address]], list[Undecoded]]:
    good: list[tuple[str, Address]] = []
    wrong: list[Undecoded] = []
    for text in texts:
        try:
            good.append((text, parse(text)))
        except BadAddress as problem:
            wrong.append(_refused(text, str(problem)))
    return good, wrong


def _refused(address: str, reason: str) -> Undecoded:
    return Undecoded(address.encode(), "unknown_item", f"{address}: {reason}")
