"""How likely orders are in time in one plan and in another, and what that means in money: the same futures as
those of promises, fewer of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from django.db.models import Sum

from orders.domain.cost import CENT
from orders.models import CostQuote
from orders.planning.engine.alternatives import Answer, Answers
from orders.planning.engine.arrays import Floats
from orders.planning.engine.futures import Stage, played, staged
from orders.planning.engine.sequences import Sequences
from orders.planning.engine.shop import Plan as EnginePlan
from orders.planning.promise.collect import record_of
from orders.planning.promise.levels import WANTED, Levels
from orders.planning.promise.scene import elapsed_of
from orders.planning.stand import Standing

FUTURES = 48
"""A chance is told to about 7 points; comparisons are sharper, because all plans meet the same luck."""
SEED = 1
NO_ITEM = 0
HOUR = Decimal(3600)


@dataclass(frozen=True, slots=True)
class Odds:
    """``own``: chance of the order asked about to be in time, None where nothing was wanted. ``others``: how
    many more of the other orders will be in time (fewer: negative). ``setups``: euros of additional setup,
    ``margin``: the order's quoted margin, ``at_risk``: margin of the others times how much likelier each is
    late. Money is None where nobody knows prices."""

    own: float | None
    others: float
    setups: Decimal | None
    margin: Decimal | None
    at_risk: Decimal

    @property
    def own_percent(self) -> int | None:
        return None if self.own is None else round(100 * self.own)

    @property
    def left(self) -> Decimal | None:
        """What is left of the order's margin when its price is paid."""
        if self.margin is None:
            return None
        return self.margin - (self.setups or Decimal(0)) - self.at_risk

    def as_json(self) -> dict[str, object]:
        return {
            "on_time_percent": self.own_percent,
            "others_on_time": round(self.others, 1),
            "setup_euros": _text(self.setups),
            "margin_euros": _text(self.margin),
            "margin_at_risk_euros": _text(self.at_risk),
            "margin_left_euros": _text(self.left),
        }


class Oracle:
    """Plays the plans of one comparison. ``job``: of the order that is asked about. A constant number of
    queries, all of them at the beginning."""

    def __init__(self, standing: Standing, answers: Answers, job: int | None) -> None:
        self.standing, self.answers, self.job = standing, answers, job
        self.elapsed = elapsed_of(standing)
        self.stage: Stage | None = None
        self.levels = _levels_of(standing, job)
        self.others = np.array([index != job for index in range(standing.real_jobs)])
        self.before = self._in_time(answers.stood)
        margins = margins_of([order.pk for order in standing.loaded.orders])
        self.margins = [margins.get(order.pk) for order in standing.loaded.orders]
        self.rates = _rates_of(standing)

    def odds(self, answer: Answer) -> Odds:
        after = self._in_time(answer.found)
        change = np.where(self.others, after - self.before, 0.0)
        worse = np.flatnonzero(change < 0)
        lost = sum((-change[index] * float(self.margins[index] or 0) for index in worse), 0.0)
        wanted = self.job is not None and self.answers.shop.jobs[self.job].due
        return Odds(
            own=float(after[self.job]) if wanted else None,
            others=float(change.sum()),
            setups=self._setups(answer.plan),
            margin=None if self.job is None else self.margins[self.job],
            at_risk=Decimal(lost).quantize(CENT),
        )

    def _in_time(self, found: Sequences) -> Floats:
        """By order, the share of the futures in which it ends in time, read as the record asks for; 1 where
        nobody waits."""
        self.stage = staged(
            self.answers.near,
            found,
            self.standing.chances,
            keys=self.standing.keys,
            elapsed=self.elapsed,
            like=self.stage,
        )
        drawn = played(self.stage, futures=FUTURES, seed=SEED)[:, : self.standing.real_jobs]
        share = (drawn <= self.answers.near.job_due[: self.standing.real_jobs]).mean(axis=0)
        used = (0.0, *self.levels.used, max(self.levels.used[-1] + 0.05, 1.0))
        read = np.interp(share, used, (0.0, *WANTED, 1.0))
        return np.where(share >= 1.0, 1.0, read)

    def _setups(self, after: EnginePlan) -> Decimal | None:
        """Euros of setups more than before; None where a machine with other setups has no rate."""
        hours: dict[int, int] = defaultdict(int)
        for plan, sign in ((self.answers.before, -1), (after, 1)):
            for one in plan.placed:
                if one is not None and one.setup_seconds:
                    hours[one.resource] += sign * one.setup_seconds
        total = Decimal(0)
        for resource, seconds in hours.items():
            rate = self.rates[resource]
            if seconds and rate is None:
                return None
            total += seconds / HOUR * (rate or 0)
        return total.quantize(CENT)


def margins_of(orders: Collection[int]) -> dict[int, Decimal]:
    """The quoted margin by order id, where price and cost were frozen. One query."""
    quotes = CostQuote.objects.filter(order__in=orders, unit_price__isnull=False)
    rows = quotes.annotate(cost=Sum("lines__value")).values_list("order_id", "unit_price", "quantity", "cost")
    return {
        order: (price * quantity - (cost or 0)).quantize(CENT)
        for order, price, quantity, cost in rows.order_by()
    }


def _rates_of(standing: Standing) -> list[Decimal | None]:
    """Euros an hour of setup by resource: machine and people."""
    found: list[Decimal | None] = []
    for machine, _slot in standing.loaded.slots:
        people = (machine.group.labour_rate or Decimal(0)) * (machine.group.crew or Decimal(0))
        found.append(None if machine.rate is None else machine.rate + people)
    return found


def _levels_of(standing: Standing, job: int | None) -> Levels:
    """As the plant's record corrects futures; of the order's item where there is enough of it. One query."""
    record = record_of(standing.plant, before=standing.loaded.zero)
    item = NO_ITEM if job is None else standing.loaded.orders[job].item_id
    return record.levels(item=item, customer=None)


def _text(euros: Decimal | None) -> str | None:
    return None if euros is None else str(euros)
