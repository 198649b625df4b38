"""What an order costs: quoted, spent, still to come, and why it differs. Pure; euros and hours as Decimals.

Rates are those frozen at release, so that a figure can be counted again at any time. Whatever has no rate
costs nothing here and is named in ``unpriced``: an unknown cost is not a small one.

For each operation, with the quoted rate p, quoted hours per piece h and the good pieces g:

* earned = what was quoted for the work that is done: setup once it is over, h·g·p, labour and material
likewise; * spent − earned is split into causes (``Cause``), each from measured hours, which add up to it
exactly; * at completion = spent + to come; to come = remaining pieces at the measured pace, at quoted rates.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_FLOOR, Decimal
from typing import TypeVar

from orders.enums import Cause, CostKind, OperationState
from orders.queries.cost import MachineHours, OperationFacts, OrderFacts

K = TypeVar("K")
NOTHING = Decimal(0)
CENT = Decimal("0.01")
PACE_FROM = 5
"""Fewer pieces than this say nothing about the pace."""
BEGUN = (OperationState.PRODUCTION, OperationState.INTERRUPTED, OperationState.FINISHED)
Money = dict[CostKind, Decimal]
Causes = dict[Cause, Decimal]


@dataclass(frozen=True, slots=True)
class OperationCost:
    """One operation, or with ``facts`` None what belongs to the order as a whole. Unrounded euros."""

    facts: OperationFacts | None
    quoted: Money
    spent: Money
    to_come: Money
    causes: Causes
    unpriced: tuple[str, ...] = ()

    @property
    def quote(self) -> Decimal:
        return sum(self.quoted.values(), NOTHING)

    @property
    def actual(self) -> Decimal:
        return sum(self.spent.values(), NOTHING)

    @property
    def at_completion(self) -> Decimal:
        return self.actual + sum(self.to_come.values(), NOTHING)


@dataclass(frozen=True, slots=True)
class OrderCost:
    """An order's cost, in whole cents: ``quoted``, ``spent`` and ``to_come`` by kind and ``causes`` by cause.

    ``causes`` add up to ``at_completion − quote``. ``price`` is what the customer pays for the ordered
    quantity; None when nobody said.
    """

    facts: OrderFacts
    parts: tuple[OperationCost, ...]
    quoted: Money = field(default_factory=dict)
    spent: Money = field(default_factory=dict)
    to_come: Money = field(default_factory=dict)
    causes: Causes = field(default_factory=dict)

    @property
    def quote(self) -> Decimal:
        return sum(self.quoted.values(), NOTHING)

    @property
    def actual(self) -> Decimal:
        return sum(self.spent.values(), NOTHING)

    @property
    def remaining(self) -> Decimal:
        return sum(self.to_come.values(), NOTHING)

    @property
    def at_completion(self) -> Decimal:
        return self.actual + self.remaining

    @property
    def variance(self) -> Decimal:
        """Above the quote, negative below it."""
        return self.at_completion - self.quote

    @property
    def price(self) -> Decimal | None:
        if self.facts.unit_price is None:
            return None
        return (self.facts.unit_price * self.facts.quantity).quantize(CENT)

    @property
    def margin(self) -> Decimal | None:
        """Price less cost at completion."""
        return None if self.price is None else self.price - self.at_completion

    @property
    def margin_share(self) -> Decimal | None:
        """Of the price; 1 is all of it."""
        return None if not self.price else (self.price - self.at_completion) / self.price

    @property
    def unpriced(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for part in self.parts for name in part.unpriced))

    @property
    def largest_cause(self) -> tuple[Cause, Decimal] | None:
        """What makes the order dearer most, None when nothing does."""
        found = max(self.causes.items(), key=lambda one: one[1], default=None)
        return found if found is not None and found[1] > 0 else None


def cost_of(facts: OrderFacts) -> OrderCost:
    """The cost of one order from what was quoted and measured."""
    parts = (*(_operation(facts, one) for one in facts.operations), _rest(facts))
    return OrderCost(
        facts=facts,
        parts=parts,
        quoted=in_cents(_summed(part.quoted for part in parts)),
        spent=in_cents(_summed(part.spent for part in parts)),
        to_come=in_cents(_summed(part.to_come for part in parts)),
        causes=_causes_in_cents(parts),
    )


def in_cents(amounts: Mapping[K, Decimal]) -> dict[K, Decimal]:
    """Round each so that their sum is the rounded sum (largest remainders get the missing cents)."""
    floors = {key: value.quantize(CENT, ROUND_FLOOR) for key, value in amounts.items()}
    total = sum(amounts.values(), NOTHING).quantize(CENT)
    missing = int((total - sum(floors.values(), NOTHING)) / CENT)
    by_remainder = sorted(amounts, key=lambda key: floors[key] - amounts[key])
    for key in by_remainder[:missing]:
        floors[key] += CENT
    return floors


def _causes_in_cents(parts: Iterable[OperationCost]) -> Causes:
    """Rounded so that they add up to the difference of the rounded totals."""
    listed = list(parts)
    causes = in_cents(_summed(part.causes for part in listed))
    totals = [
        sum(in_cents(_summed(chosen)).values(), NOTHING)
        for chosen in (
            [part.spent for part in listed],
            [part.to_come for part in listed],
            [part.quoted for part in listed],
        )
    ]
    off = totals[0] + totals[1] - totals[2] - sum(causes.values(), NOTHING)
    if off:
        largest = max(causes, key=lambda cause: abs(causes[cause]), default=Cause.QUANTITY)
        causes[largest] = causes.get(largest, NOTHING) + off
    return causes


def _summed(amounts: Iterable[Mapping[K, Decimal]]) -> dict[K, Decimal]:
    sums: dict[K, Decimal] = defaultdict(lambda: NOTHING)
    for one in amounts:
        for key, value in one.items():
            sums[key] += value
    return {key: value for key, value in sums.items() if value}


def _operation(order: OrderFacts, facts: OperationFacts) -> OperationCost:
    work = _Work(order, facts)
    return OperationCost(
        facts=facts,
        quoted=dict(facts.quoted),
        spent=work.spent(),
        to_come=work.to_come(),
        causes=work.causes(),
        unpriced=tuple(facts.unpriced),
    )


def _rest(order: OrderFacts) -> OperationCost:
    """What belongs to the order as a whole."""
    direct = dict(order.direct)
    causes = {
        Cause.MATERIAL: direct.get(CostKind.MATERIAL, NOTHING),
        Cause.OUTSIDE: direct.get(CostKind.OUTSIDE, NOTHING),
        Cause.OTHER: direct.get(CostKind.OTHER, NOTHING),
    }
    return OperationCost(None, {}, direct, {}, causes, order.unpriced)


class _Work:
    """The arithmetic of one operation. Hours and euros are exact; cents come at the end."""

    def __init__(self, order: OrderFacts, facts: OperationFacts) -> None:
        self.order = order
        self.facts = facts
        self.planned = facts.planned
        self.rate = self.planned.rate or NOTHING
        self.labour_rate = self.planned.labour_rate or NOTHING
        self.pieces = facts.good + facts.scrap + facts.rework
        self.setup_hours = _total(facts.machines, "setup")
        self.run_hours = _total(facts.machines, "run")
        self.stop_hours = _total(facts.machines, "stop")
        self.over = facts.state == OperationState.FINISHED
        self.dropped = facts.state == OperationState.CANCELLED

    def share(self, pieces: Decimal) -> Decimal:
        """Of the run time that these pieces took."""
        return pieces / self.pieces if self.pieces > 0 else NOTHING

    @property
    def good_share(self) -> Decimal:
        """As long as no piece is counted, all the time is taken for good ones."""
        return self.share(self.facts.good) if self.pieces > 0 else Decimal(1)

    def spent(self) -> Money:
        facts = self.facts
        run = sum((one.run * (one.rate or NOTHING) for one in facts.machines), NOTHING)
        return {
            CostKind.SETUP: sum((one.setup * (one.rate or NOTHING) for one in facts.machines), NOTHING),
            CostKind.MACHINE: run * self.good_share,
            CostKind.SCRAP: run * self.share(facts.scrap),
            CostKind.REWORK: run * self.share(facts.rework),
            CostKind.STOPS: sum((one.stop * (one.rate or NOTHING) for one in facts.machines), NOTHING),
            CostKind.LABOUR: facts.labour_hours * self.labour_rate,
            CostKind.OVERTIME: self.overtime,
            CostKind.MATERIAL: facts.issued + facts.direct.get(CostKind.MATERIAL, NOTHING),
            CostKind.OUTSIDE: self.outside_spent,
            CostKind.OTHER: facts.direct.get(CostKind.OTHER, NOTHING),
        }

    @property
    def overtime(self) -> Decimal:
        return self.facts.overtime_hours * self.labour_rate * self.order.overtime_percent / 100

    @property
    def outside_spent(self) -> Decimal:
        """What the supplier's invoice says, else what was quoted for the pieces that came back."""
        told = self.facts.direct.get(CostKind.OUTSIDE, NOTHING)
        return told or self.planned.outside_per_piece * self.pieces

    @property
    def earned_setup_hours(self) -> Decimal:
        if self.facts.state in BEGUN:
            return self.planned.setup_hours
        return min(self.setup_hours, self.planned.setup_hours)

    @property
    def earned_run_hours(self) -> Decimal:
        return self.planned.hours_per_piece * self.facts.good

    @property
    def earned_labour(self) -> Decimal:
        return self.planned.crew * (self.earned_setup_hours + self.earned_run_hours) * self.labour_rate

    @property
    def earned_outside(self) -> Decimal:
        return self.planned.outside_per_piece * self.facts.good

    @property
    def earned(self) -> Decimal:
        machine = (self.earned_setup_hours + self.earned_run_hours) * self.rate
        material = self.planned.material_per_piece * self.facts.good
        return machine + self.earned_labour + material + self.earned_outside

    @property
    def remaining(self) -> Decimal:
        return NOTHING if self.over or self.dropped else self.facts.remaining

    @property
    def remaining_setup_hours(self) -> Decimal:
        if self.over or self.dropped or self.facts.state in BEGUN:
            return NOTHING
        return max(self.planned.setup_hours - self.setup_hours, NOTHING)

    @property
    def pace(self) -> Decimal:
        """Hours a piece from now on: as measured with its stops, once there is enough, else as quoted."""
        worked = self.run_hours + self.stop_hours
        return worked / self.pieces if self.pieces >= PACE_FROM and worked else self.planned.hours_per_piece

    def to_come(self) -> Money:
        """Material that is still needed for the remaining pieces, however much is reserved."""
        run = self.remaining * self.pace
        hours = self.remaining_setup_hours + run
        return {
            CostKind.SETUP: self.remaining_setup_hours * self.rate,
            CostKind.MACHINE: run * self.rate,
            CostKind.LABOUR: self.planned.crew * hours * self.labour_rate,
            CostKind.MATERIAL: self.planned.material_per_piece * self.remaining,
            CostKind.OUTSIDE: self.planned.outside_per_piece * self.remaining,
        }

    @property
    def planned_to_come(self) -> Decimal:
        """The same at the quoted pace."""
        hours = self.remaining_setup_hours + self.remaining * self.planned.hours_per_piece
        piece = self.planned.material_per_piece + self.planned.outside_per_piece
        return hours * (self.rate + self.planned.crew * self.labour_rate) + self.remaining * piece

    def causes(self) -> Causes:
        facts, spent = self.facts, self.spent()
        dearer = sum((one.hours * ((one.rate or NOTHING) - self.rate) for one in facts.machines), NOTHING)
        wasted = self.planned.material_per_piece * facts.scrap
        material = self.planned.material_per_piece * facts.good
        quote = sum(facts.quoted.values(), NOTHING)
        return {
            Cause.SETUP: (self.setup_hours - self.earned_setup_hours) * self.rate,
            Cause.OTHER_MACHINE: dearer,
            Cause.STOPS: self.stop_hours * self.rate,
            Cause.SPEED: (self.run_hours * self.good_share - self.earned_run_hours) * self.rate,
            Cause.SCRAP: self.run_hours * self.share(facts.scrap) * self.rate + wasted,
            Cause.REWORK: self.run_hours * self.share(facts.rework) * self.rate,
            Cause.LABOUR: spent[CostKind.LABOUR] - self.earned_labour,
            Cause.OVERTIME: spent[CostKind.OVERTIME],
            Cause.MATERIAL: spent[CostKind.MATERIAL] - material - wasted,
            Cause.OUTSIDE: spent[CostKind.OUTSIDE] - self.earned_outside,
            Cause.OTHER: spent[CostKind.OTHER],
            Cause.PACE: sum(self.to_come().values(), NOTHING) - self.planned_to_come,
            Cause.QUANTITY: self.earned + self.planned_to_come - quote,
        }


def _total(machines: Iterable[MachineHours], phase: str) -> Decimal:
    return sum((getattr(one, phase) for one in machines), NOTHING)
