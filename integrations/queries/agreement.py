"""What MES and ERP agree on: per operation what happened, what was told, what arrived, what was booked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from django.db.models import Case, DecimalField, F, Sum, Value, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from integrations.enums import OutboundState
from integrations.models import Connection, OutboundItem, OutboundMessage
from integrations.queries.listeners import listeners_to
from orders.models import EventNews, Operation, ProductionOrder

ZERO = Decimal("0.000")
ARRIVED = (OutboundState.DELIVERED, OutboundState.POSTED)


@dataclass(frozen=True, slots=True)
class Pieces:
    good: Decimal = ZERO
    scrap: Decimal = ZERO
    rework: Decimal = ZERO

    def __add__(self, other: Pieces) -> Pieces:
        return Pieces(self.good + other.good, self.scrap + other.scrap, self.rework + other.rework)

    def __sub__(self, other: Pieces) -> Pieces:
        return Pieces(self.good - other.good, self.scrap - other.scrap, self.rework - other.rework)

    def __bool__(self) -> bool:
        return bool(self.good or self.scrap or self.rework)


@dataclass(slots=True)
class Agreement:
    """One operation and one connection. ``told`` counts everything not discarded; ``arrived`` what the
    partner has taken, ``posted`` what it says it has booked, ``parked`` what it refused, ``settled`` what a
    person discarded. ``waits``: something happened that is in no message yet."""

    operation: Operation
    connection: Connection
    made: Pieces = field(default_factory=Pieces)
    told: Pieces = field(default_factory=Pieces)
    arrived: Pieces = field(default_factory=Pieces)
    posted: Pieces = field(default_factory=Pieces)
    parked: Pieces = field(default_factory=Pieces)
    settled: Pieces = field(default_factory=Pieces)
    waits: bool = False

    @property
    def difference(self) -> Pieces:
        """What the MES has and the ERP hasn't taken yet."""
        return self.made - self.arrived

    @property
    def agrees(self) -> bool:
        return not self.difference

    @property
    def reason(self) -> str:
        """Why they differ: ``""``, ``refused``, ``not told yet``, ``settled by hand`` or ``in flight``."""
        if self.agrees:
            return ""
        if self.parked:
            return "refused"
        if self.waits:
            return "not told yet"
        return "settled by hand" if self.told == self.arrived else "in flight"


def agreement(orders: Iterable[ProductionOrder]) -> list[Agreement]:
    """One entry per operation and partner that hears of it, or was told of it before. Seven queries,
    however many orders."""
    orders = list(orders)
    operations = list(
        Operation.objects.filter(order__in=orders).select_related("order").order_by("order_id", "position")
    )
    sums = _sums(orders)
    hearers = _hearers(operations, sums)
    waiting = _waiting(orders)
    unread = set(
        EventNews.objects.filter(event__order__in=orders).values_list("event__operation_id", flat=True)
    )
    found = []
    for operation in operations:
        for connection in hearers[operation.order_id]:
            place = (operation.pk, connection.pk)
            entry = Agreement(
                operation, connection, Pieces(operation.good, operation.scrap, operation.rework)
            )
            for state, pieces in sums[place].items():
                if state == OutboundState.DISCARDED:
                    entry.settled += pieces
                else:
                    entry.told += pieces
                if state in ARRIVED:
                    entry.arrived += pieces
                if state == OutboundState.POSTED:
                    entry.posted += pieces
                if state == OutboundState.PARKED:
                    entry.parked += pieces
            entry.waits = place in waiting or operation.pk in unread
            found.append(entry)
    return found


def _hearers(
    operations: Iterable[Operation], sums: Mapping[tuple[int, int], object]
) -> dict[int, list[Connection]]:
    """By order: who hears of it now, and who has messages about it."""
    plants = {operation.order_id: operation.plant_id for operation in operations}
    order_of = {operation.pk: operation.order_id for operation in operations}
    told: dict[int, set[int]] = defaultdict(set)
    for operation, connection in sums:
        told[order_of[operation]].add(connection)
    known = Connection.objects.in_bulk({pk for pks in told.values() for pk in pks})
    listeners = listeners_to(plants)
    found = {}
    for order, plant in plants.items():
        hearing = {one.pk: one for one in listeners(order, plant)} | {pk: known[pk] for pk in told[order]}
        found[order] = sorted(hearing.values(), key=lambda one: one.code)
    return found


def _sums(orders: list[ProductionOrder]) -> dict[tuple[int, int], dict[str, Pieces]]:
    """Told pieces by operation, connection and state; a reversal counts against."""
    sign = Case(When(reverses__isnull=True, then=Value(1)), default=Value(-1))

    def total(name: str) -> Sum:
        number = Cast(KeyTextTransform(name, "canonical"), DecimalField(max_digits=18, decimal_places=3))
        return Sum(number * sign, output_field=DecimalField(max_digits=18, decimal_places=3))

    rows = (
        OutboundMessage.objects.filter(order__in=orders, operation__isnull=False)
        .filter(kind__in=("confirmation", "reversal"))
        .values("operation_id", "connection_id", "state")
        .annotate(good=total("good"), scrap=total("scrap"), rework=total("rework"))
        .order_by()
    )
    sums: dict[tuple[int, int], dict[str, Pieces]] = defaultdict(dict)
    for row in rows:
        place = (row["operation_id"], row["connection_id"])
        sums[place][row["state"]] = Pieces(row["good"], row["scrap"], row["rework"])
    return sums


def _waiting(orders: list[ProductionOrder]) -> set[tuple[int, int]]:
    """Operations and connections with events that are in no message yet."""
    rows = OutboundItem.objects.filter(message__isnull=True, event__order__in=orders)
    return set(rows.values_list(F("event__operation_id"), "connection_id").distinct())
