"""What an operation consumed by what it made: from the machine's feeder, or picked by expiry and age.

Everything that is booked in one go is taken in one go: an hour of late cycles costs about as much as a piece.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby, pairwise
from operator import attrgetter

from django.db.models import F, Q

from mes.lib.fields import ZERO
from orders.domain.available import Supply, allowed_substitutes, supplies
from orders.domain.events import derived_key
from orders.domain.genealogy import (
    OutputLots,
    link_between,
    link_lots,
    made_by_event,
    may_be_linked,
    note_links,
    shares_of,
)
from orders.domain.issuing import Taken, balance_of, issue
from orders.domain.stock import Use, consume_plain_components, move_stock
from orders.enums import MoveKind
from orders.models import (
    FeederLoad,
    GenealogyLink,
    Lot,
    Operation,
    OrderComponent,
    ProductionEvent,
    ProductionOrder,
    StockBalance,
    StockMove,
)

_IN_TURN = (attrgetter("own"), attrgetter("own_or_free"), attrgetter("unlocked"))
"""Own reservations first, then free stock, then what others have reserved but not locked."""


def consume_components(*, operation: Operation, made: Sequence[Use]) -> None:
    """Issue what the pieces of these events consumed at their operation, whose counters have them already.

    A lot on the machine's feeder at that time comes first, then what is reserved for the order, then what is
    free by expiry and age. What is nowhere to be found is booked without a lot, below zero.
    """
    rest = consume_plain_components(operation=operation, made=made)
    if not rest:
        return
    components = OrderComponent.objects.select_related("item", "order__plant", "order__item").in_bulk(rest)
    order = next(iter(components.values())).order
    output = _Output(order, operation, [event for event, _pieces in made])
    for number, uses in rest.items():
        _consume(components[number], uses, output)


class _Output:
    """Into which lots the pieces of each event went."""

    def __init__(
        self, order: ProductionOrder, operation: Operation, events: Sequence[ProductionEvent]
    ) -> None:
        self.lots = OutputLots(order)
        self.before: dict[int, Decimal] = {}
        operation.refresh_from_db(fields=["good"])
        good = operation.good
        for event in reversed(events):
            good -= event.good
            self.before[event.pk] = max(good, ZERO)

    def of(self, event: ProductionEvent) -> list[tuple[Lot, Decimal]]:
        pieces = event.good + event.scrap + event.rework + event.setup_pieces
        return self.lots.of(
            before=self.before[event.pk], pieces=max(pieces, Decimal(1)), at=event.occurred_at
        )


@dataclass(frozen=True, slots=True)
class _Pick:
    """So much of a lot (None: of no known one) for an event, from a balance under lock."""

    event: ProductionEvent
    lot: Lot | None
    quantity: Decimal
    balance: StockBalance


def _consume(component: OrderComponent, uses: Sequence[Use], output: _Output) -> None:
    """In the order of the events: what is picked depends on what was taken, or taken back, before."""
    loads = _loads(component, uses)

    def way(use: Use) -> str:
        event, used = use
        if used < 0:
            return "back"
        return "fed" if _fed(loads, event) else "picked"

    for how, group in groupby(uses, key=way):
        some = list(group)
        if how == "back":
            for event, used in some:
                _take_back(component, -used, event)
        else:
            picks = _from_feeder(component, loads, some) if how == "fed" else _picked(component, some)
            _issue(component, list(picks), output)


def _loads(component: OrderComponent, uses: Sequence[Use]) -> list[FeederLoad]:
    """What lay on the machine's feeders meanwhile, the first loaded first. The events are of one machine."""
    machine = uses[0][0].machine_id
    if machine is None:
        return []
    spans = [_span(event) for event, _used in uses]
    return list(
        FeederLoad.objects.filter(
            Q(ended_at__isnull=True) | Q(ended_at__gt=min(start for start, _end in spans)),
            Q(lot__item=component.item_id)
            | Q(lot__item__in=allowed_substitutes(component).values("substitute_id")),
            machine=machine,
            loaded_at__lte=max(end for _start, end in spans),
        )
        .select_related("lot__item")
        .order_by("loaded_at")
    )


def _span(event: ProductionEvent) -> tuple[datetime, datetime]:
    return event.period_start or event.occurred_at, event.period_end or event.occurred_at


def _fed(loads: Iterable[FeederLoad], event: ProductionEvent) -> list[FeederLoad]:
    start, end = _span(event)
    return [
        load for load in loads if load.loaded_at <= end and (load.ended_at is None or load.ended_at > start)
    ]


def _from_feeder(
    component: OrderComponent, loads: Sequence[FeederLoad], uses: Iterable[Use]
) -> Iterator[_Pick]:
    """Shared by the time that each lot was on the feeder while the pieces were made."""
    balances: dict[int, StockBalance] = {}
    for event, used in uses:
        there = _fed(loads, event)
        for load, share in zip(there, _shares(there, used, event), strict=True):
            if share > 0:
                if load.lot_id not in balances:
                    balances[load.lot_id] = balance_of(component, load.lot)
                yield _Pick(event, load.lot, share, balances[load.lot_id])


def _shares(loads: Sequence[FeederLoad], used: Decimal, event: ProductionEvent) -> list[Decimal]:
    start, end = _span(event)
    if len(loads) == 1 or end <= start:
        return [*(ZERO for _load in loads[1:]), used]
    edges = [start, *(max(load.loaded_at, start) for load in loads[1:]), end]
    return shares_of(used, [Decimal(str((late - early).total_seconds())) for early, late in pairwise(edges)])


def _picked(component: OrderComponent, uses: Iterable[Use]) -> Iterator[_Pick]:
    found = supplies(plant=component.order.plant, item_id=component.item_id, component=component)
    nowhere: StockBalance | None = None
    for event, used in uses:
        taken = _take(found, used)
        for supply, quantity in zip(found, taken, strict=True):
            if quantity:
                yield _Pick(event, supply.lot, quantity, supply.balance)
        if left := used - sum(taken, ZERO):
            nowhere = nowhere or balance_of(component, None)
            yield _Pick(event, None, left, nowhere)


def _take(found: Sequence[Supply], wanted: Decimal) -> list[Decimal]:
    """How much of each."""
    taken = [ZERO for _supply in found]
    for allowed in _IN_TURN:
        for place, supply in enumerate(found):
            step = min(wanted, supply.balance.on_hand, allowed(supply))
            if step > 0:
                supply.take(step)
                taken[place] += step
                wanted -= step
    return taken


def _issue(component: OrderComponent, picks: Sequence[_Pick], output: _Output) -> None:
    issue(
        component,
        [
            Taken(pick.balance, pick.quantity, pick.event.occurred_at, pick.event.by, pick.event)
            for pick in picks
        ],
    )
    links = _Links(component.order.plant_id)
    for pick in picks:
        if pick.lot is None:
            continue
        outputs = output.of(pick.event)
        shares = shares_of(pick.quantity, [share for _lot, share in outputs])
        for (child, _share), share in zip(outputs, shares, strict=True):
            if share:
                links.add(parent=pick.lot, child=child, quantity=share, event=pick.event)
    links.write()


class _Links:
    """Links to be noted together; a pair that makes a cycle is left out."""

    def __init__(self, plant_id: int) -> None:
        self.plant_id = plant_id
        self.allowed: dict[tuple[int, int], bool] = {}
        self.waiting: list[GenealogyLink] = []

    def add(self, *, parent: Lot, child: Lot, quantity: Decimal, event: ProductionEvent) -> None:
        pair = (parent.pk, child.pk)
        if pair not in self.allowed:
            self.write()  # a cycle may close through what waits
            self.allowed[pair] = may_be_linked(parent=parent, child=child, plant_id=self.plant_id)
        if self.allowed[pair]:
            made = made_by_event(event)
            self.waiting.append(link_between(parent=parent, child=child, quantity=quantity, made=made))

    def write(self) -> None:
        note_links(self.waiting)
        self.waiting = []


def _take_back(component: OrderComponent, quantity: Decimal, event: ProductionEvent) -> None:
    """Undo the moves and links of the report that is reversed; without one, to stock without a lot."""
    left = quantity
    for move in StockMove.objects.filter(event__isnull=False, event=event.reverses_id, component=component):
        move_stock(
            plant=component.order.plant,
            item=move.item,
            quantity=-move.quantity,
            kind=MoveKind.ISSUE,
            lot=move.lot,
            place=move.place,
            status=move.status,
            order=component.order,
            component=component,
            event=event,
            by=event.by,
            at=event.occurred_at,
        )
        left += move.quantity
    if left != 0:
        move_stock(
            plant=component.order.plant,
            item=component.item,
            quantity=left,
            kind=MoveKind.ISSUE,
            order=component.order,
            component=component,
            event=event,
            by=event.by,
            at=event.occurred_at,
        )
    OrderComponent.objects.filter(pk=component.pk).update(issued=F("issued") - quantity)
    if event.reverses_id is None:
        return
    links = GenealogyLink.objects.filter(event=event.reverses_id, parent__item=component.item_id)
    for link in links.select_related("parent", "child"):
        link_lots(
            parent=link.parent,
            child=link.child,
            quantity=-link.quantity,
            made=made_by_event(event),
            key=derived_key(link.key, "taken back"),
        )
