"""What reconciliation compares: per operation what happened, what was sent, and the partner's word."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db.models import DecimalField, Exists, OuterRef, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from integrations.enums import InboundState, OutboundState
from integrations.models import Connection, InboundMessage, OutboundItem, OutboundMessage, StatedTotal
from orders.enums import EventKind, OrderState
from orders.models import Operation, ProductionEvent, ProductionOrder

SETTLED = (
    OutboundState.DELIVERED,
    OutboundState.POSTED,
    OutboundState.PARKED,
    OutboundState.DISCARDED,
)
AMOUNTS = ("good", "scrap", "rework", "setup_seconds", "run_seconds")
QUANTITY_KINDS = ("confirmation", "reversal")


@dataclass(frozen=True, slots=True)
class Sent:
    """What one message told; a reversal's amounts are negative."""

    state: OutboundState
    delivered_at: datetime | None
    amounts: Mapping[str, Decimal]


@dataclass(slots=True)
class Place:
    """One operation of an order for one partner. ``stated`` is the partner's newest word about it."""

    operation: Operation
    sent: list[Sent] = field(default_factory=list)
    stated: StatedTotal | None = None
    is_last: bool = False

    @property
    def order(self) -> ProductionOrder:
        return self.operation.order

    @property
    def concerns(self) -> bool:
        """Whether there is anything to compare."""
        made = self.operation.good or self.operation.scrap or self.operation.rework
        return bool(made or self.sent or self.stated)


def orders_of(connection: Connection) -> QuerySet[ProductionOrder]:
    """The started orders that the partner hears of: those it sent, and those with messages to it."""
    told = OutboundItem.objects.filter(connection=connection, event__order=OuterRef("pk"))
    brought = ProductionEvent.objects.filter(
        order=OuterRef("pk"), kind=EventKind.CREATED, via__in=connection.channels
    )
    return (
        ProductionOrder.objects.filter(Exists(told) | Exists(brought), plant=connection.plant_id)
        .exclude(state__in=(OrderState.PLANNED, OrderState.CANCELLED))
        .order_by("pk")
    )


def places_of(connection: Connection, orders: Sequence[ProductionOrder]) -> list[Place]:
    """The operations of some orders with their messages and the partner's word. Three queries."""
    places: dict[int, Place] = {}
    lasts: dict[int, Place] = {}
    for operation in (
        Operation.objects.filter(order__in=orders)
        .select_related("order__unit", "order__item")
        .order_by("order_id", "position")
    ):
        places[operation.pk] = lasts[operation.order_id] = Place(operation)
    for place in lasts.values():
        place.is_last = True
    for message in _messages(connection, orders):
        if message[0] in places:
            places[message[0]].sent.append(message[1])
    words = newest_words(connection, [order.number for order in orders])
    for place in places.values():
        here = words.get(place.order.number, {})
        whole = here.get("")
        exact = here.get(plain_number(place.operation.number))
        if whole is not None and not whole.known and (exact is None or exact.stated_at < whole.stated_at):
            place.stated = whole
        else:
            place.stated = exact or (whole if place.is_last else None)
    return list(places.values())


def plain_number(number: str) -> str:
    return number.lstrip("0")


def _messages(connection: Connection, orders: Iterable[ProductionOrder]) -> Iterator[tuple[int, Sent]]:
    number = DecimalField(max_digits=18, decimal_places=3)
    rows = (
        OutboundMessage.objects.filter(connection=connection, order__in=orders, operation__isnull=False)
        .filter(kind__in=QUANTITY_KINDS)
        .order_by("sequence")
        .values_list(
            "operation_id",
            "state",
            "delivered_at",
            "reverses_id",
            *(Cast(KeyTextTransform(name, "canonical"), number) for name in AMOUNTS),
        )
    )
    for operation, state, delivered_at, reverses, *amounts in rows:
        sign = -1 if reverses else 1
        told = {name: sign * (amount or Decimal(0)) for name, amount in zip(AMOUNTS, amounts, strict=True)}
        yield operation, Sent(OutboundState(state), delivered_at, told)


def newest_words(
    connection: Connection, numbers: Sequence[str] | None = None
) -> dict[str, dict[str, StatedTotal]]:
    """The partner's newest word by order and operation number without leading zeros; "" for the order as a
    whole. One query."""
    stated = StatedTotal.objects.filter(connection=connection)
    if numbers is not None:
        stated = stated.filter(order_number__in=numbers)
    newest = stated.order_by("order_number", "operation_number", "-stated_at", "-id").distinct(
        "order_number", "operation_number"
    )
    found: dict[str, dict[str, StatedTotal]] = defaultdict(dict)
    for one in newest:
        found[one.order_number][plain_number(one.operation_number)] = one
    return found


def unknown_here(connection: Connection, *, since: datetime) -> dict[str, int | None]:
    """Orders that the partner has and we don't: it told totals of them, or we refused them since. By number,
    with the message that was refused."""
    known = ProductionOrder.objects.filter(plant=connection.plant_id, number=OuterRef("order_number"))
    stated = (
        StatedTotal.objects.filter(~Exists(known), connection=connection, known=True, stated_at__gte=since)
        .order_by()
        .values_list("order_number", flat=True)
        .distinct()
    )
    found: dict[str, int | None] = dict.fromkeys(stated)
    refused = (
        InboundMessage.objects.filter(
            Q(state=InboundState.REFUSED) | Q(state=InboundState.PARTLY),
            connection=connection,
            received_at__gte=since,
        )
        .order_by("received_at")
        .values_list("pk", "results")
    )
    for message, results in refused:
        for result in results:
            if result.get("outcome") == "refused" and result.get("number") and not result.get("order"):
                found[str(result["number"])[:40]] = message
    here = ProductionOrder.objects.filter(plant=connection.plant_id, number__in=list(found))
    for number in here.values_list("number", flat=True):
        del found[number]
    return found


def gives_receipts(connection: Connection) -> bool:
    """Whether the partner ever said that it has posted something: then its silence about a message means that
    it hasn't."""
    return OutboundMessage.objects.filter(connection=connection, state=OutboundState.POSTED).exists()


def settled_messages(connection: Connection, *, since: datetime) -> tuple[int, int]:
    """How many messages the partner settled since then, and how many of these at the first attempt."""
    settled = OutboundMessage.objects.filter(connection=connection, created_at__gte=since, state__in=SETTLED)
    smooth = settled.filter(
        state__in=(OutboundState.DELIVERED, OutboundState.POSTED), attempts__lte=1
    ).exclude(steps__state__in=(OutboundState.PARKED, OutboundState.QUEUED))
    return settled.count(), smooth.count()
