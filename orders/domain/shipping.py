"""What could be shipped for a customer's order line: lots in stock, and why one of them may not go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Sum
from django.utils.translation import gettext as _

from machines.models import Plant
from mes.lib.fields import ZERO
from orders.domain.available import today_in, unusable
from orders.domain.holds import held_sentence
from orders.models import CustomerOrderLine, Hold, Lot, ShippedLot, StockBalance
from orders.queries.holds import policies_of, releasers_of


@dataclass(frozen=True, slots=True)
class Offer:
    """A lot of the line's item in a plant. ``there`` is in the item's unit; ``refusal`` says why it can't go.

    ``proposed`` is how much of it the line still needs.
    """

    lot: Lot
    there: Decimal
    places: Sequence[str]
    refusal: str
    made_for: bool
    proposed: Decimal = ZERO


def lots_to_ship(*, line: CustomerOrderLine, plant: Plant) -> list[Offer]:
    """Lots in stock: those made for the line first, then by expiry and age. Six queries."""
    there: dict[str, Decimal] = {}
    places: dict[str, list[str]] = {}
    rows = StockBalance.objects.filter(plant=plant, item=line.item_id, on_hand__gt=0).exclude(lot="")
    for row in rows.select_related("place").order_by("pk"):
        there[row.lot] = there.get(row.lot, ZERO) + row.on_hand
        places.setdefault(row.lot, []).append(row.place.code if row.place else "–")
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
        )
        for lot in lots
    ]
    offers.sort(key=lambda one: (not one.made_for, one.lot.expires_on or date.max, one.lot.made_at))
    return _proposed(offers, still_to_ship(line))


def still_to_ship(line: CustomerOrderLine) -> Decimal | None:
    """What is missing to the ordered quantity; None where the line counts in another unit than its item."""
    if line.unit_id != line.item.unit_id:
        return None
    gone = ShippedLot.objects.filter(shipment__line=line).aggregate(sum=Sum("quantity"))["sum"] or ZERO
    left: Decimal = line.quantity - gone
    return max(left, ZERO)


def untracked(*, line: CustomerOrderLine, plant: Plant) -> Decimal:
    """How much of the item lies there without a lot, so that nobody could tell where it went."""
    rows = StockBalance.objects.filter(plant=plant, item=line.item_id, lot="", on_hand__gt=0)
    found: Decimal = rows.aggregate(sum=Sum("on_hand"))["sum"] or ZERO
    return found


def missing_lot(quantity: Decimal, unit: str) -> str:
    return _("%(quantity)s %(unit)s lie there without a lot. Give them a lot before they are shipped.") % {
        "quantity": f"{quantity.normalize():f}",
        "unit": unit,
    }


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
        step = ZERO if one.refusal else min(left, one.there)
        left -= step
        found.append(Offer(one.lot, one.there, one.places, one.refusal, one.made_for, step))
    return found
