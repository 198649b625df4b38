"""Material on its way out of stock into an order: its moves, its reservations, and what others then lack."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import groupby

from django.db import connection

from mes.accounts.models import User
from orders.domain.available import displace
from orders.domain.stock import locked_balance
from orders.enums import MoveKind
from orders.models import Lot, OrderComponent, ProductionEvent, StockBalance, StockMove


@dataclass(frozen=True, slots=True)
class Taken:
    """So much from a balance under lock. ``stands_for``: of the component's own item, where a substitute was
    taken."""

    balance: StockBalance
    quantity: Decimal
    at: datetime
    by: User | None = None
    event: ProductionEvent | None = None
    key: uuid.UUID = field(default_factory=uuid.uuid4)
    stands_for: Decimal | None = None


_TAKE = """
WITH mine AS (
    SELECT id, least(quantity, %(quantity)s) AS taken FROM orders_reservation
    WHERE component_id = %(component)s AND balance_id = %(balance)s AND quantity > 0
), reservation AS (
    UPDATE orders_reservation r SET quantity = r.quantity - mine.taken FROM mine WHERE r.id = mine.id
), component AS (
    UPDATE orders_ordercomponent
    SET issued = issued + %(stands_for)s, reserved = reserved - coalesce((SELECT taken FROM mine), 0)
    WHERE id = %(component)s
)
UPDATE orders_stockbalance
SET on_hand = on_hand - %(quantity)s, reserved = reserved - coalesce((SELECT taken FROM mine), 0)
WHERE id = %(balance)s
RETURNING reserved - greatest(on_hand, 0)
"""
"""Takes from a balance under lock, out of the component's own reservation first; answers with how much more
others have reserved than is left."""


def issue(component: OrderComponent, taken: Sequence[Taken]) -> list[StockMove]:
    """Issues to an order, a move each: one query, and one for each balance that they come from."""
    moves = StockMove.objects.bulk_create(
        [
            StockMove(
                plant_id=one.balance.plant_id,
                item_id=one.balance.item_id,
                lot=one.balance.lot,
                place_id=one.balance.place_id,
                status=one.balance.status,
                quantity=-one.quantity,
                kind=MoveKind.ISSUE,
                order_id=component.order_id,
                component=component,
                event=one.event,
                by=one.by,
                occurred_at=one.at,
                key=one.key,
                stands_for=-one.stands_for if one.stands_for is not None else None,
            )
            for one in taken
        ]
    )
    for number, some in groupby(sorted(taken, key=_balance_number), key=_balance_number):
        _take(component, number, list(some))
    return moves


def _balance_number(taken: Taken) -> int:
    return taken.balance.pk


def _take(component: OrderComponent, balance: int, taken: Sequence[Taken]) -> None:
    amounts = {
        "component": component.pk,
        "balance": balance,
        "quantity": sum(one.quantity for one in taken),
        "stands_for": sum(one.quantity if one.stands_for is None else one.stands_for for one in taken),
    }
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, amounts)
        [surplus] = cursor.fetchone()
    displace(balance=taken[0].balance, surplus=surplus)


def balance_of(component: OrderComponent, lot: Lot | None) -> StockBalance:
    """The free stock of a lot, or of the component's item without one, that lies at no known place."""
    item = lot.item if lot is not None else component.item
    number = lot.number if lot is not None else ""
    return locked_balance(plant=component.order.plant, item=item, lot=number)
