"""What stock may be given to whom: usable lots in the order in which they are taken, and who holds what."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from machines.models import Plant
from mes.lib.errors import Refused
from mes.lib.fields import ZERO
from mes.lib.templatetags import written_day
from orders.enums import LotStatus, StockStatus
from orders.models import Hold, Lot, OrderComponent, Place, Reservation, StockBalance, Substitute


def today_in(plant: Plant) -> date:
    return timezone.localdate(timezone=ZoneInfo(plant.time_zone))


def unusable(lot: Lot, *, today: date) -> str:
    """Why a lot may not be used, as a sentence with who decides; empty if it may."""
    if lot.status in (LotStatus.BLOCKED, LotStatus.QUALITY):
        return _("Lot %(lot)s is %(status)s. Quality decides whether it may be used.") % {
            "lot": lot.number,
            "status": lot.get_status_display(),
        }
    if lot.expires_on is not None and lot.expires_on < today:
        return _("Lot %(lot)s was usable until %(date)s. Quality can prolong it.") % {
            "lot": lot.number,
            "date": written_day(lot.expires_on),
        }
    return ""


@dataclass(slots=True)
class Supply:
    """A balance under lock with its lot, and how much of it is whose."""

    balance: StockBalance
    lot: Lot | None
    held: bool
    own: Decimal
    others_locked: Decimal

    @property
    def free(self) -> Decimal:
        """Neither reserved nor locked by anybody."""
        left: Decimal = self.balance.on_hand - self.balance.reserved
        return max(left, ZERO)

    @property
    def own_or_free(self) -> Decimal:
        return self.own + self.free

    @property
    def unlocked(self) -> Decimal:
        """All that nobody else has locked: what really lies there may be taken from softer reservations."""
        left: Decimal = self.balance.on_hand - self.others_locked
        return max(left, ZERO)

    def take(self, quantity: Decimal) -> None:
        """Note, here only, that the component books so much: out of its own reservation first."""
        reserved = min(quantity, self.own)
        self.own -= reserved
        self.balance.reserved -= reserved
        self.balance.on_hand -= quantity


def supplies(
    *, plant: Plant, item_id: int, component: OrderComponent | None = None, usable_only: bool = True
) -> list[Supply]:
    """The free balances of an item under lock, soonest expiry first, then the oldest lot (FEFO, FIFO)."""
    balances = list(
        StockBalance.objects.select_for_update(of=("self",), no_key=True)
        .select_related("place")
        .annotate(
            held=Exists(
                Hold.objects.filter(
                    Q(lot="") | Q(lot=OuterRef("lot")),
                    plant=plant,
                    item=item_id,
                    lifted_at__isnull=True,
                )
            )
        )
        .filter(plant=plant, item=item_id, status=StockStatus.FREE)
        .order_by("pk")
    )
    numbers = {balance.lot for balance in balances if balance.lot}
    lots = {lot.number: lot for lot in Lot.objects.filter(item=item_id, number__in=numbers)}
    own: dict[int, Decimal] = {}
    locked: dict[int, Decimal] = {}
    for row in Reservation.objects.filter(balance__in=balances, quantity__gt=0):
        if component is not None and row.component_id == component.pk:
            own[row.balance_id] = row.quantity
        elif row.locked:
            locked[row.balance_id] = locked.get(row.balance_id, ZERO) + row.quantity
    today = today_in(plant)
    found = [
        Supply(
            *(balance, lots.get(balance.lot), balance.held),
            *(own.get(balance.pk, ZERO), locked.get(balance.pk, ZERO)),
        )
        for balance in balances
    ]
    if usable_only:
        found = [
            supply
            for supply in found
            if not supply.held and (supply.lot is None or not unusable(supply.lot, today=today))
        ]
    return sorted(found, key=_soonest)


def _soonest(supply: Supply) -> tuple[date, float, int]:
    lot = supply.lot
    expires = lot.expires_on if lot is not None and lot.expires_on else date.max
    return expires, lot.made_at.timestamp() if lot is not None else 0.0, supply.balance.pk


def allowed_substitutes(component: OrderComponent) -> QuerySet[Substitute]:
    return Substitute.objects.filter(
        Q(product__isnull=True) | Q(product=component.order.item_id), item=component.item_id
    )


def check_available(
    *, plant: Plant, lot: Lot, quantity: Decimal, place: Place | None = None, status: str = StockStatus.FREE
) -> StockBalance:
    """Lock a lot's balance and raise Refused ``short`` unless ``quantity`` of it is there and nobody's lock.

    For what is planned to be moved. What already happened is booked without asking.
    """
    balance = (
        StockBalance.objects.select_for_update(of=("self",), no_key=True)
        .filter(plant=plant, item=lot.item_id, lot=lot.number, place=place, status=status)
        .first()
    )
    on_hand = balance.on_hand if balance else ZERO
    locked = locked_of(balance) if balance else ZERO
    if balance is None or on_hand - locked < quantity:
        raise Refused("short", short_sentence(lot, on_hand, locked), field="quantity")
    return balance


def locked_of(balance: StockBalance) -> Decimal:
    """How much of a balance orders in work have locked."""
    rows = Reservation.objects.filter(balance=balance, locked=True)
    found: Decimal = rows.aggregate(sum=Sum("quantity"))["sum"] or ZERO
    return found


def short_sentence(lot: Lot, on_hand: Decimal, locked: Decimal) -> str:
    return _("Of lot %(lot)s there are %(there)s, of which orders in work have locked %(locked)s.") % {
        "lot": lot.number,
        "there": f"{on_hand.normalize():f}",
        "locked": f"{locked.normalize():f}",
    }


def release_reserved(*, component: OrderComponent, balance: StockBalance, quantity: Decimal) -> Decimal:
    """Take up to ``quantity`` out of a component's reservation of a balance; returns how much that was."""
    row = Reservation.objects.filter(component=component, balance=balance).first()
    taken = min(quantity, row.quantity) if row else ZERO
    if row and taken > 0:
        Reservation.objects.filter(pk=row.pk).update(quantity=F("quantity") - taken)
        StockBalance.objects.filter(pk=balance.pk).update(reserved=F("reserved") - taken)
        OrderComponent.objects.filter(pk=component.pk).update(reserved=F("reserved") - taken)
    return taken


def displace(*, balance: StockBalance, surplus: Decimal) -> None:
    """Take ``surplus`` from soft reservations of a balance, last made first: the stock is really gone.

    Components that somebody is booking on right now keep theirs.
    """
    if surplus <= 0:
        return
    rows = Reservation.objects.filter(balance=balance, locked=False, quantity__gt=0).order_by("-pk")
    free = OrderComponent.objects.select_for_update(no_key=True, skip_locked=True).in_bulk(
        [row.component_id for row in rows]
    )
    for row in rows:
        if surplus > 0 and row.component_id in free:
            surplus -= release_reserved(component=free[row.component_id], balance=balance, quantity=surplus)
