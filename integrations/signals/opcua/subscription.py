"""What a server publishes, message by message, each acknowledged only when it is stored.

The library's own subscription would hide what we need: the messages' numbers (a missing one means lost
values) and the moment of acknowledgement.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from asyncua import ua

from integrations.signals.base import ConnectionLost
from integrations.signals.opcua.session import Session

SMALLEST_QUEUE = 10
KEEP_ALIVE_COUNT = 10
LIFETIME_COUNT = 1200
DEAD_AFTER = 3


@dataclass(slots=True)
class Item:
    """A monitored item. ``key`` is the caller's; ``filter`` is set for events."""

    key: int
    node: ua.NodeId
    filter: ua.EventFilter | None = None


@dataclass(slots=True)
class Message:
    """Values as (key, value) and events as (key, fields) that were published together."""

    values: list[tuple[int, ua.DataValue]] = field(default_factory=list)
    events: list[tuple[int, list[Any]]] = field(default_factory=list)
    stored: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True)
class Subscription:
    """``heard`` is when the server last published anything, also that there was nothing to tell; ``asked`` is
    since when it could have."""

    session: Session
    interval_ms: float
    sampling_ms: float
    queue_size: int
    id: int = 0
    made: datetime = field(default_factory=lambda: datetime.now(UTC))
    heard: datetime = field(default_factory=lambda: datetime.now(UTC))
    asked: datetime = field(default_factory=lambda: datetime.now(UTC))
    silence_seconds: float = 0.0
    _messages: asyncio.Queue[Message | ConnectionLost] = field(default_factory=asyncio.Queue)
    _expected: int | None = None

    async def open(self) -> None:
        parameters = ua.CreateSubscriptionParameters(
            RequestedPublishingInterval=self.interval_ms,
            RequestedLifetimeCount=LIFETIME_COUNT,
            RequestedMaxKeepAliveCount=KEEP_ALIVE_COUNT,
            MaxNotificationsPerPublish=0,
            PublishingEnabled=True,
            Priority=0,
        )
        made = await self.session.client.uaclient.create_subscription(parameters, self._published)
        self.id = made.SubscriptionId
        interval = made.RevisedPublishingInterval or self.interval_ms
        count = made.RevisedMaxKeepAliveCount or KEEP_ALIVE_COUNT
        self.silence_seconds = DEAD_AFTER * count * interval / 1000

    async def monitor(self, items: Sequence[Item]) -> list[tuple[Item, str]]:
        """Watch these items. Returns those the server refused, with its reason."""
        results = await self.session.in_portions(
            items,
            lambda part: self.session.client.uaclient.create_monitored_items(
                ua.CreateMonitoredItemsParameters(
                    SubscriptionId=self.id,
                    TimestampsToReturn=ua.TimestampsToReturn.Both,
                    ItemsToCreate=[self._request(item) for item in part],
                )
            ),
        )
        return [
            (item, result.StatusCode.name)
            for item, result in zip(items, results, strict=True)
            if not result.StatusCode.is_good()
        ]

    def _request(self, item: Item) -> ua.MonitoredItemCreateRequest:
        attribute = ua.AttributeIds.EventNotifier if item.filter else ua.AttributeIds.Value
        parameters = ua.MonitoringParameters(
            ClientHandle=item.key,
            SamplingInterval=0 if item.filter else self.sampling_ms,
            QueueSize=max(self.queue_size, SMALLEST_QUEUE),
            DiscardOldest=False,
        )
        parameters.Filter = item.filter
        return ua.MonitoredItemCreateRequest(
            ItemToMonitor=ua.ReadValueId(NodeId=item.node, AttributeId=attribute),
            MonitoringMode=ua.MonitoringMode.Reporting,
            RequestedParameters=parameters,
        )

    async def next(self, patience: float) -> Message | None:
        """The next message, or None when only ``patience`` (s) ran out.

        Raises ``ConnectionLost`` when the server is silent for three keep-alives, when a message is missing,
        or when it ended the subscription: values are lost then.
        """
        try:
            async with asyncio.timeout(patience):  # wait_for would swallow a cancellation now and then
                found = await self._messages.get()
        except TimeoutError:
            silent = (datetime.now(UTC) - self.asked).total_seconds()
            if silent > self.silence_seconds:
                raise ConnectionLost(f"The subscription is dead: nothing for {silent:.0f} s.") from None
            return None
        if isinstance(found, ConnectionLost):
            raise found
        return found

    async def _published(self, result: ua.PublishResult) -> None:
        """Called by the library; it acknowledges the message after we return."""
        notification = result.NotificationMessage
        told = notification.NotificationData
        lost = self._lost(int(notification.SequenceNumber), told)
        if lost:
            self._messages.put_nowait(ConnectionLost(lost))
            return
        self.heard = datetime.now(UTC)
        if told:
            message = _message(told)
            self._messages.put_nowait(message)
            await message.stored.wait()
        self.asked = datetime.now(UTC)

    def _lost(self, number: int, told: Sequence[Any] | None) -> str:
        for one in told or ():
            if isinstance(one, ua.StatusChangeNotification):
                broken = one.Status.value == ua.StatusCodes.BadShutdown
                return "The connection broke." if broken else f"The subscription ended: {one.Status.name}."
        if told:
            expected, self._expected = self._expected, number % 0xFFFFFFFF + 1
            if expected not in (None, number):
                return f"Messages {expected} to {number - 1} of the subscription never came."
        return ""


def _message(told: Sequence[Any]) -> Message:
    message = Message()
    for one in told:
        if isinstance(one, ua.DataChangeNotification):
            message.values += [(item.ClientHandle, item.Value) for item in one.MonitoredItems]
        elif isinstance(one, ua.EventNotificationList):
            message.events += [
                (event.ClientHandle, [field.Value for field in event.EventFields]) for event in one.Events
            ]
    return message
