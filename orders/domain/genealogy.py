"""Which lot went into which: links, and lots split, merged and numbered piece by piece."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property

from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from machines.models import Plant
from mes.accounts.models import User
from mes.lib.errors import InvalidInput, Problem, Refused
from orders.domain.available import check_available
from orders.domain.events import derived_key
from orders.domain.holds import carry_holds
from orders.domain.stock import move_stock
from orders.domain.stock_locks import lock_items
from orders.enums import LinkKind, LotStatus, MoveKind, OutputRule, StockStatus
from orders.models import (
    GenealogyEdge,
    GenealogyLink,
    Item,
    Lot,
    OutputLotRule,
    Place,
    ProductionEvent,
    ProductionOrder,
    Serial,
    StockMove,
)

GENEALOGY_LOCK = 0x6E0A
"""Class of the advisory lock under which new pairs of lots are linked: two halves of a cycle never pass."""

THOUSANDTH = Decimal("0.001")

_REACHES = """
WITH RECURSIVE reached(lot) AS (
    SELECT %(start)s::bigint
    UNION
    SELECT e.child_id FROM orders_genealogyedge e JOIN reached r ON e.parent_id = r.lot WHERE e.quantity > 0
)
SELECT EXISTS (SELECT FROM reached WHERE lot = %(goal)s)
"""

_ADD = """
INSERT INTO orders_genealogyedge (parent_id, child_id, quantity)
SELECT parent, child, sum(quantity)
FROM unnest(%s::bigint[], %s::bigint[], %s::numeric[]) AS link (parent, child, quantity)
GROUP BY parent, child ORDER BY parent, child
ON CONFLICT (parent_id, child_id) DO UPDATE
SET quantity = orders_genealogyedge.quantity + excluded.quantity
"""


@dataclass(frozen=True, slots=True)
class Made:
    """Where and when a link came about."""

    plant_id: int
    at: datetime
    by_id: int | None = None
    operation_id: int | None = None
    run_id: int | None = None
    machine_id: int | None = None
    event_id: int | None = None


def made_by_event(event: ProductionEvent) -> Made:
    return Made(
        event.plant_id,
        event.occurred_at,
        event.by_id,
        event.operation_id,
        event.run_id,
        event.machine_id,
        event.pk,
    )


def link_lots(
    *,
    parent: Lot,
    child: Lot,
    quantity: Decimal,
    made: Made,
    key: uuid.UUID,
    kind: str = LinkKind.CONSUMED,
) -> GenealogyLink:
    """Note that ``quantity`` of ``parent`` went into ``child``. The same key notes it once.

    Raises Refused when the parent was itself made from the child.
    """
    with transaction.atomic():
        known = GenealogyLink.objects.filter(key=key).first()
        if known is not None:
            return known
        if quantity > 0:
            check_no_cycle(parent=parent, child=child, plant_id=made.plant_id)
        link = link_between(parent=parent, child=child, quantity=quantity, made=made, key=key, kind=kind)
        note_links([link])
        return link


def link_between(
    *,
    parent: Lot,
    child: Lot,
    quantity: Decimal,
    made: Made,
    key: uuid.UUID | None = None,
    kind: str = LinkKind.CONSUMED,
) -> GenealogyLink:
    """Not yet noted."""
    return GenealogyLink(
        plant_id=made.plant_id,
        key=key or uuid.uuid4(),
        kind=kind,
        parent=parent,
        child=child,
        quantity=quantity,
        operation_id=made.operation_id,
        run_id=made.run_id,
        machine_id=made.machine_id,
        event_id=made.event_id,
        occurred_at=made.at,
        by_id=made.by_id,
    )


def note_links(links: Sequence[GenealogyLink]) -> None:
    """Note links that make no cycle and were not noted before; within the caller's transaction."""
    if not links:
        return
    GenealogyLink.objects.bulk_create(links)
    columns = zip(*((link.parent_id, link.child_id, link.quantity) for link in links), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(_ADD, [list(column) for column in columns])


def may_be_linked(*, parent: Lot, child: Lot, plant_id: int) -> bool:
    """Whether ``parent`` did not itself come, over any number of steps, from ``child``.

    A pair that isn't linked yet is looked at under its plant's lock, which the caller's transaction keeps.
    """
    if GenealogyEdge.objects.filter(parent=parent, child=child, quantity__gt=0).exists():
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [GENEALOGY_LOCK, plant_id])
        cursor.execute(_REACHES, {"start": child.pk, "goal": parent.pk})
        [found] = cursor.fetchone()
    return not found


def check_no_cycle(*, parent: Lot, child: Lot, plant_id: int) -> None:
    """Raise Refused ``cycle`` when the parent is the child or came from it."""
    if not may_be_linked(parent=parent, child=child, plant_id=plant_id):
        raise Refused(
            "cycle",
            _("Lot %(parent)s can't go into %(child)s: it was made from it.")
            % {"parent": parent.number, "child": child.number},
            field="lot",
        )


class OutputLots:
    """The lots of an order's pieces, by the item's rule: one for the order, or a new one after every so many
    pieces."""

    def __init__(self, order: ProductionOrder) -> None:
        self.order = order
        self._lots: dict[str, Lot] = {}

    @cached_property
    def rule(self) -> OutputLotRule | None:
        return OutputLotRule.objects.filter(item_id=self.order.item_id).first()

    @property
    def size(self) -> Decimal | None:
        """Pieces of a lot; None: one lot for the order."""
        rule = self.rule
        return rule.quantity if rule is not None and rule.per != OutputRule.ORDER else None

    def number_at(self, before: Decimal) -> str:
        """Of the lot into which the piece after the first ``before`` goes."""
        if self.size is None:
            return self.order.number
        return _numbered(self.order, int(max(before, Decimal(0)) // self.size))

    def of(self, *, before: Decimal, pieces: Decimal, at: datetime) -> list[tuple[Lot, Decimal]]:
        """The lots of the pieces after the first ``before``, with how many are in each; new ones are made."""
        if self.size is None:
            return [(self._lot(self.order.number, at), pieces)]
        shares = []
        position, end = max(before, Decimal(0)), max(before, Decimal(0)) + pieces
        while position < end:
            step = min(end, self.size * (position // self.size + 1)) - position
            shares.append((self._lot(self.number_at(position), at), step))
            position += step
        return shares

    def _lot(self, number: str, at: datetime) -> Lot:
        if number not in self._lots:
            days = self.rule.shelf_days if self.rule else None
            self._lots[number], _new = Lot.objects.get_or_create(
                item_id=self.order.item_id,
                number=number,
                defaults={
                    "order": self.order,
                    "made_at": at,
                    "expires_on": (at + timedelta(days=days)).date() if days else None,
                },
            )
        return self._lots[number]


def _numbered(order: ProductionOrder, index: int) -> str:
    return f"{order.number[:34]}-{index + 1:03}"


@transaction.atomic
def receive_output(
    *, order: ProductionOrder, there: Decimal, at: datetime, by: User | None, key: uuid.UUID
) -> list[StockMove]:
    """Bring what stock got of a finished order from ``there`` to its good pieces ``at`` a time.

    By lot if its item or its material has lots. Scrap that is told before the pieces are counted takes
    nothing from stock.
    """
    good = max(order.good, Decimal(0))
    if good == there:
        return []
    traced = order.item.lot_tracked or Lot.objects.filter(order=order).exists()
    low, high = sorted((good, there))
    sign = 1 if good > there else -1
    shares: Sequence[tuple[Lot | None, Decimal]] = [(None, high - low)]
    if traced:
        shares = OutputLots(order).of(before=low, pieces=high - low, at=at)
    return [
        move_stock(
            plant=order.plant,
            item=order.item,
            quantity=quantity * sign,
            kind=MoveKind.PRODUCED,
            order=order,
            by=by,
            at=at,
            key=key if nth == 0 else derived_key(key, f"lot {nth}"),
            lot=lot.number if lot else "",
            status=stock_status(lot),
        )
        for nth, (lot, quantity) in enumerate(shares)
    ]


def stock_status(lot: Lot | None) -> str:
    """The status in which stock of a lot is booked."""
    if lot is None or lot.status in (LotStatus.FREE, LotStatus.CONSUMED):
        return StockStatus.FREE
    return lot.status


@transaction.atomic
def split_lot(
    *,
    plant: Plant,
    lot: Lot,
    number: str,
    quantity: Decimal,
    by: User | None,
    key: uuid.UUID,
    place: Place | None = None,
) -> Lot:
    """Take ``quantity`` off a lot as a lot of its own. Raises InvalidInput for a number that is taken or a
    quantity that isn't above zero, Refused when there isn't as much."""
    if Lot.objects.filter(item_id=lot.item_id, number=number).exists():
        if known := GenealogyLink.objects.filter(key=key).select_related("child").first():
            return known.child
        raise InvalidInput([Problem("taken", _("This item already has a lot with this number."), "number")])
    _check_amount(quantity)
    part = Lot.objects.create(
        item_id=lot.item_id,
        number=number,
        supplier=lot.supplier,
        supplier_lot=lot.supplier_lot,
        expires_on=lot.expires_on,
        status=lot.status,
        made_at=timezone.now(),
    )
    _carry_over(plant, lot, part, quantity, place, by, key)
    made = Made(plant.pk, timezone.now(), by.pk if by else None)
    link_lots(parent=lot, child=part, quantity=quantity, made=made, key=key, kind=LinkKind.SPLIT)
    return part


@transaction.atomic
def merge_lots(
    *,
    plant: Plant,
    parts: Sequence[tuple[Lot, Decimal]],
    number: str,
    by: User | None,
    key: uuid.UUID,
    place: Place | None = None,
) -> Lot:
    """Put quantities of several lots of one item together as a new lot; it expires with the first of them.

    Raises InvalidInput for different items or a number that is taken.
    """
    items = {lot.item_id for lot, _quantity in parts}
    if len(items) != 1:
        raise InvalidInput([Problem("other_item", _("Only lots of one item are merged."), "lots")])
    [item] = items
    if known := GenealogyLink.objects.filter(key=derived_key(key, "0")).select_related("child").first():
        return known.child
    if Lot.objects.filter(item=item, number=number).exists():
        raise InvalidInput([Problem("taken", _("This item already has a lot with this number."), "number")])
    expiries = [lot.expires_on for lot, _quantity in parts if lot.expires_on]
    statuses = [lot.status for lot, _quantity in parts]
    worst = next((s for s in (LotStatus.BLOCKED, LotStatus.QUALITY) if s in statuses), LotStatus.FREE)
    merged = Lot.objects.create(
        item_id=item, number=number, expires_on=min(expiries, default=None), status=worst
    )
    made = Made(plant.pk, timezone.now(), by.pk if by else None)
    for nth, (lot, quantity) in enumerate(parts):
        _check_amount(quantity)
        part_key = derived_key(key, str(nth))
        _carry_over(plant, lot, merged, quantity, place, by, part_key)
        link_lots(parent=lot, child=merged, quantity=quantity, made=made, key=part_key, kind=LinkKind.MERGED)
    return merged


@transaction.atomic
def assign_serials(*, lot: Lot, numbers: Sequence[str], plant: Plant, by: User | None) -> list[Serial]:
    """Give pieces of a lot numbers of their own; each is a lot of one piece in the genealogy.

    Raises InvalidInput naming each number that this item already has.
    """
    taken = set(Lot.objects.filter(item=lot.item_id, number__in=numbers).values_list("number", flat=True))
    twice = {number for number in numbers if numbers.count(number) > 1}
    if taken | twice:
        raise InvalidInput(
            [
                Problem(
                    "duplicate_serial", _("This item already has this serial number."), "numbers", value=n
                )
                for n in sorted(taken | twice)
            ]
        )
    made = Made(plant.pk, timezone.now(), by.pk if by else None)
    serials = []
    for number in numbers:
        piece = Lot.objects.create(
            item_id=lot.item_id, number=number, order=lot.order, status=lot.status, expires_on=lot.expires_on
        )
        serials.append(Serial.objects.create(item_id=lot.item_id, number=number, lot=piece, batch=lot))
        link_lots(
            parent=lot, child=piece, quantity=Decimal(1), made=made, key=uuid.uuid4(), kind=LinkKind.SERIAL
        )
    carry_holds(source=lot, targets=[serial.lot for serial in serials])
    return serials


def shares_of(total: Decimal, parts: Sequence[Decimal]) -> list[Decimal]:
    """``total`` in the ratio of ``parts``, to the thousandth; the last share takes what rounding leaves."""
    whole = sum(parts, Decimal(0))
    shares = [(total * part / whole).quantize(THOUSANDTH, ROUND_HALF_UP) for part in parts[:-1]]
    return [*shares, total - sum(shares, Decimal(0))]


def _carry_over(
    plant: Plant,
    source: Lot,
    target: Lot,
    quantity: Decimal,
    place: Place | None,
    by: User | None,
    key: uuid.UUID,
) -> None:
    item: Item = source.item
    lock_items(plant_id=plant.pk, items=[item.pk])
    carry_holds(source=source, targets=[target])
    check_available(plant=plant, lot=source, quantity=quantity, place=place)
    for lot, amount, name in ((source, -quantity, "out"), (target, quantity, "in")):
        move_stock(
            plant=plant,
            item=item,
            quantity=amount,
            kind=MoveKind.TRANSFER,
            lot=lot.number,
            place=place,
            status=stock_status(lot),
            by=by,
            key=derived_key(key, name),
        )


def _check_amount(quantity: Decimal) -> None:
    if quantity <= 0:
        raise InvalidInput(
            [Problem("not_positive", _("The quantity must be positive."), "quantity", value=str(quantity))]
        )
