"""What could be shipped for a customer's order line: what lies in stock, and why some of it may not go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext as _

from machines.models import Plant
from mes.lib.fields import ZERO
from orders.domain.available import today_in, unusable
from orders.domain.holds import held_sentence
from orders.enums import StockStatus
from orders.models import CustomerOrderLine, Hold, Lot, ShippedLot, StockBalance
from orders.queries.holds import policies_of, releasers_of


@dataclass(frozen=True, slots=True)
class Offer:
    """A lot of the line's item in a plant, or what lies there without one. ``there`` is in the item's unit;
    ``refusal`` says why it can't go.

    ``proposed`` is how much of it the line still needs, nothing of what was made for another line.
    ``nameless`` is a balance that a lot can be given to.
    """

    lot: Lot | None
    there: Decimal
    places: Sequence[str]
    refusal: str
    made_for: bool = False
    made_for_another: bool = False
    proposed: Decimal = ZERO
    nameless: int | None = None

    @property
    def field(self) -> str:
        """Under which name a form asks how much of it goes."""
        return f"lot_{self.lot.pk}" if self.lot else "without_lot"


def lots_to_ship(*, line: CustomerOrderLine, plant: Plant) -> list[Offer]:
    """Lots in stock: those made for the line first, then by expiry and age, those made for other lines after
    them; at last what has no lot. Six queries."""
    there: dict[str, Decimal] = {}
    places: dict[str, list[str]] = {}
    nameless: list[StockBalance] = []
    rows = StockBalance.objects.filter(plant=plant, item=line.item_id, on_hand__gt=0)
    for row in rows.select_related("place").order_by("pk"):
        if row.lot:
            there[row.lot] = there.get(row.lot, ZERO) + row.on_hand
            places.setdefault(row.lot, []).append(_place(row))
        elif row.status == StockStatus.FREE:
            nameless.append(row)
    lots = Lot.objects.filter(item=line.item_id, number__in=there).select_related("order")
    held = _held(line, plant)
    today = today_in(plant)
    offers = [
        Offer(
            lot,
            there[lot.number],
            tuple(dict.fromkeys(places[lot.number])),
            held.get(lot.number) or held.get("") or unusable(lot, today=today),
            lot.order is not None and lot.order.customer_line_id == line.pk,
            lot.order is not None and lot.order.customer_line_id not in (None, line.pk),
        )
        for lot in lots
    ]
    offers.sort(key=_order_of_going)
    if nameless:
        offers.append(_without_lot(line, nameless, held.get("", "")))
    return _proposed(offers, still_to_ship(line))


def _order_of_going(one: Offer) -> tuple[bool, bool, date, datetime]:
    assert one.lot is not None
    return not one.made_for, one.made_for_another, one.lot.expires_on or date.max, one.lot.made_at


def _without_lot(line: CustomerOrderLine, rows: Sequence[StockBalance], held: str) -> Offer:
    """Where the item is tracked by lot, this goes to nobody until it has one."""
    tracked = line.item.lot_tracked
    needs_one = _("%(item)s is tracked by lot: give it a lot first.") % {"item": line.item.code}
    return Offer(
        None,
        sum((row.on_hand for row in rows), ZERO),
        tuple(dict.fromkeys(_place(row) for row in rows)),
        held or (needs_one if tracked else ""),
        nameless=rows[0].pk if tracked else None,
    )


def _place(row: StockBalance) -> str:
    return row.place.code if row.place else "–"


def still_to_ship(line: CustomerOrderLine) -> Decimal | None:
    """What is missing to the ordered quantity; None where the line counts in another unit than its item."""
    if line.unit_id != line.item.unit_id:
        return None
    gone = ShippedLot.objects.filter(shipment__line=line).aggregate(sum=Sum("quantity"))["sum"] or ZERO
    left: Decimal = line.quantity - gone
    return max(left, ZERO)


def _held(line: CustomerOrderLine, plant: Plant) -> dict[str, str]:
    """Why lots of the item are held, by lot number; "" holds all of them."""
    holds = list(
        Hold.objects.filter(plant=plant, item=line.item_id, lifted_at__isnull=True)
        .select_related("item", "order", "machine")
        .order_by("-pk")
    )
    who = releasers_of(policies_of(holds))
    return {hold.lot: held_sentence(hold, who[hold.pk]) for hold in holds}


def _proposed(offers: list[Offer], wanted: Decimal | None) -> list[Offer]:
    left, found = wanted or ZERO, []
    for one in offers:
        step = ZERO if one.refusal or one.made_for_another else min(left, one.there)
        left -= step
        found.append(replace(one, proposed=step))
    return found
