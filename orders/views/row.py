"""A row of the list of orders in words, and how they stand in the table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from html import escape
from itertools import groupby

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from mes.lib import templatetags as words
from orders.enums import ErpStatus, OperationState, OrderState, Strategy
from orders.models import ProductionOrder
from orders.queries.orders import Step, is_late, open_holds_of, steps_of


@dataclass(frozen=True, slots=True)
class Words:
    """What many rows say in the reader's language, looked up once."""

    quantity: Callable[[Decimal], str]
    states: Mapping[OperationState, str]


@dataclass(frozen=True, slots=True)
class OrderRow:
    """What one row says, in the reader's language and by the clock of the order's plant.

    ``state`` and ``progress`` are the contents of their cells.
    """

    key: int
    address: str
    number: str
    strategy: str
    strategy_name: str
    item: str
    item_code: str
    customer: str
    customer_order: str
    customer_address: str
    state: SafeString
    quantity: str
    progress: SafeString
    requested: str
    promised: str

    @property
    def html(self) -> SafeString:
        """The table's row. Not a template: that takes eight times as long, and a page shows fifty."""
        customer = '<span class="soft">–</span>'
        if self.customer_order:
            address, order = escape(self.customer_address), escape(self.customer_order)
            customer = f'{escape(self.customer)}<br><a class="soft" href="{address}">{order}</a>'
        state, progress, forecast = (
            words.live_slot(name, self.key) for name in ("order-state", "order-progress", "order-forecast")
        )
        return SafeString(
            f'<tr>\n  <td><a class="code" href="{escape(self.address)}">{escape(self.number)}</a><br>'
            f'<span class="chip" title="{escape(self.strategy_name)}">{escape(self.strategy)}</span></td>\n'
            f'  <td>{escape(self.item)}<br><span class="soft">{escape(self.item_code)}</span></td>\n'
            f"  <td>{customer}</td>\n"
            f"  <td {state}>{self.state}</td>\n"
            f'  <td class="number wide-only">{escape(self.quantity)}</td>\n'
            f'  <td class="progress-cell" {progress}>{self.progress}</td>\n'
            f'  <td class="wide-only">{escape(self.requested)}</td>\n'
            f"  <td>{escape(self.promised)}</td>\n"
            f'  <td {forecast}><span class="soft" aria-busy="true">…</span></td>\n</tr>\n'
        )


def rows_of(orders: Sequence[ProductionOrder]) -> list[OrderRow]:
    """The orders as rows show them: two queries for any number of them."""
    keys = [order.pk for order in orders]
    steps, holds = steps_of(keys), open_holds_of(keys)
    say = Words(words.quantities(), {state: str(state.label) for state in OperationState})
    rows: list[OrderRow] = []
    for zone, group in groupby(orders, key=lambda order: order.plant.time_zone):
        with timezone.override(zone):
            for order in group:
                reasons = tuple(hold.reason for hold in holds.get(order.pk, ()))
                rows.append(_row(order, _bars(steps.get(order.pk, ()), say), reasons, say))
    return rows


def _row(order: ProductionOrder, steps: SafeString, holds: tuple[str, ...], say: Words) -> OrderRow:
    line = order.customer_line
    revision = f" · {order.revision}" if order.revision else ""
    return OrderRow(
        key=order.pk,
        address=words.address("order", order.pk),
        number=order.number,
        strategy=order.strategy,
        strategy_name=str(Strategy(order.strategy).label),
        item=order.item.name,
        item_code=f"{order.item.code}{revision}",
        customer=line.order.customer.name if line else "",
        customer_order=f"{line.order.number} / {line.position}" if line else "",
        customer_address=words.address("customer-order", line.order.number) if line else "",
        state=_state(order.state, order.erp_status, is_late(order), holds, get_language()),
        quantity=f"{say.quantity(order.quantity)} {order.unit.symbol}",
        progress=_progress(order, steps, say),
        requested=words.day(order.requested_at),
        promised=words.day(order.promised_at),
    )


@lru_cache(maxsize=1000)
def _state(
    state: str, erp_status: str, late: bool, holds: tuple[str, ...], _language: str | None
) -> SafeString:
    """Few different cells fill a page."""
    usual = erp_status in (ErpStatus.RELEASED, ErpStatus.PLANNED)
    return render_to_string(
        "orders/_order_state.html",
        {
            "state": OrderState(state),
            "erp_status": None if usual else ErpStatus(erp_status),
            "late": late,
            "holds": holds,
        },
    )


def _progress(order: ProductionOrder, steps: SafeString, say: Words) -> SafeString:
    """What is made of what is wanted. Not a template: see below."""
    scrap = ""
    if order.scrap:
        scrap = f' · <span class="bad">{say.quantity(order.scrap)} {escape(_("scrap"))}</span>'
    made = f"{say.quantity(order.good)} / {say.quantity(order.quantity)}"
    return SafeString(f'<span class="steps">{steps}</span><span class="steps-word">{made}{scrap}</span>')


def _bars(steps: Iterable[Step], say: Words) -> SafeString:
    """A small bar per operation. Not a template: a page shows hundreds of them."""
    bars = []
    for step in steps:
        percent = step.percent
        made = f"{say.quantity(step.good)} / {say.quantity(step.quantity)}"
        title = f"{step.number} {step.text}: {made}, {say.states[step.state]}"
        bars.append(
            f'<progress class="step step-{step.state.value}" max="100" value="{percent}" '
            f'title="{escape(title)}">{percent} %</progress>'
        )
    return SafeString("".join(bars))
