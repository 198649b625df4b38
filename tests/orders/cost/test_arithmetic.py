"""What an order costs, as plain arithmetic: whatever happened, causes add up and cents get lost nowhere."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.domain.cost import cost_of, in_cents
from orders.enums import Cause, CostKind, OperationState
from orders.models import Operation, ProductionOrder
from orders.queries.cost import MachineHours, OperationFacts, OrderFacts, Planned

D = Decimal


def amounts(most=10_000):
    return st.decimals(0, most, places=3)


@st.composite
def operations(draw):
    rates = st.none() | st.decimals(0, 200, places=2)
    planned = Planned(*(draw(amounts(50)) for _ in range(2)), draw(st.decimals(0, 3, places=2)))
    return OperationFacts(
        operation=Operation(),
        state=draw(st.sampled_from(OperationState)),
        planned=Planned(
            planned.setup_hours,
            planned.hours_per_piece,
            planned.crew,
            draw(rates),
            draw(rates),
            draw(amounts(100)),
            draw(amounts(100)),
        ),
        quoted={
            kind: draw(st.decimals(0, 5000, places=2)) for kind in draw(st.sets(st.sampled_from(CostKind)))
        },
        machines=tuple(
            MachineHours("M", draw(rates), draw(amounts(50)), draw(amounts(50)), draw(amounts(50)))
            for _ in range(draw(st.integers(0, 2)))
        ),
        labour_hours=draw(amounts(50)),
        overtime_hours=draw(amounts(10)),
        issued=draw(st.decimals(-100, 1000, places=3)),
        direct={CostKind.OUTSIDE: draw(st.decimals(-10, 10, places=2))},
        good=draw(amounts(20)),
        scrap=draw(amounts(20)),
        rework=draw(amounts(20)),
        remaining=draw(amounts(20)),
    )


@given(st.lists(operations(), max_size=4), st.decimals(-50, 50, places=2))
def test_the_causes_add_up_to_the_difference_and_the_kinds_to_the_total(found, other):
    cost = cost_of(
        OrderFacts(
            ProductionOrder(),
            tuple(found),
            quantity=D(10),
            unit_price=D(100),
            overtime_percent=D(25),
            direct={CostKind.OTHER: other},
        )
    )
    assert sum(cost.causes.values(), D(0)) == cost.variance == cost.at_completion - cost.quote
    exact = sum((part.actual for part in cost.parts), D(0))
    assert abs(cost.actual - exact) <= D("0.005")
    assert all(value == value.quantize(D("0.01")) for value in (*cost.spent.values(), *cost.causes.values()))
    assert cost.margin == D(1000) - cost.at_completion


@given(st.dictionaries(st.integers(), st.decimals(-1000, 1000, places=6), max_size=8))
def test_rounded_parts_add_up_to_the_rounded_sum(parts):
    rounded = in_cents(parts)
    assert sum(rounded.values(), D(0)) == sum(parts.values(), D(0)).quantize(D("0.01"))
    assert all(abs(rounded[key] - parts[key]) < D("0.01") for key in parts)


def finished(**facts):
    """10 pieces quoted at 1 h setup and 0.1 h each, 60 €/h, one person at 30 €/h, 2 € material each."""
    values = {
        "operation": Operation(),
        "state": OperationState.FINISHED,
        "planned": Planned(D(1), D("0.1"), D(1), D(60), D(30), D(2), D(0)),
        "quoted": {
            CostKind.SETUP: D(60),
            CostKind.MACHINE: D(60),
            CostKind.LABOUR: D(60),
            CostKind.MATERIAL: D(20),
        },
        "machines": (MachineHours("M1", D(60), D(1), D(1), D(0)),),
        "labour_hours": D(2),
        "issued": D(20),
        "good": D(10),
    }
    return cost_of(OrderFacts(ProductionOrder(), (OperationFacts(**values | facts),), overtime_percent=D(25)))


def nonzero(causes):
    return {cause: value for cause, value in causes.items() if value}


def test_an_order_that_went_as_quoted_has_no_causes():
    cost = finished()
    assert cost.quote == cost.actual == cost.at_completion == 200
    assert nonzero(cost.causes) == {}


@pytest.mark.parametrize(
    ("facts", "causes"),
    [
        ({"machines": (MachineHours("M1", D(60), D(2), D(1), D(0)),)}, {Cause.SETUP: 60}),
        ({"machines": (MachineHours("M1", D(60), D(1), D("1.5"), D(0)),)}, {Cause.SPEED: 30}),
        ({"machines": (MachineHours("M1", D(60), D(1), D(1), D("0.5")),)}, {Cause.STOPS: 30}),
        ({"machines": (MachineHours("M2", D(90), D(1), D(1), D(0)),)}, {Cause.OTHER_MACHINE: 60}),
        ({"labour_hours": D(3)}, {Cause.LABOUR: 30}),
        ({"overtime_hours": D(2)}, {Cause.OVERTIME: 15}),
        ({"issued": D(25)}, {Cause.MATERIAL: 5}),
        ({"direct": {CostKind.OTHER: D(7)}}, {Cause.OTHER: 7}),
        (
            # 12 made in 1.2 h, two of them scrap: 2 × 0.1 h × 60 € + 2 × 2 € material
            {"scrap": D(2), "machines": (MachineHours("M1", D(60), D(1), D("1.2"), D(0)),), "issued": D(24)},
            {Cause.SCRAP: 16},
        ),
    ],
)
def test_each_cause_is_what_was_measured(facts, causes):
    assert nonzero(finished(**facts).causes) == causes


def test_an_open_operation_goes_on_at_the_measured_pace():
    """5 of 10 took 1 h with 0.25 h stops instead of 0.5 h; the other 5 will take 1.25 h instead of 0.5 h."""
    cost = finished(
        state=OperationState.PRODUCTION,
        machines=(MachineHours("M1", D(60), D(1), D(1), D("0.25")),),
        labour_hours=D("1.5"),
        issued=D(10),
        good=D(5),
        remaining=D(5),
    )
    assert cost.remaining == D("1.25") * 60 + D("1.25") * 30 + 10
    assert nonzero(cost.causes) == {Cause.SPEED: 30, Cause.STOPS: 15, Cause.PACE: D("67.5")}


def test_what_has_no_rate_costs_nothing_and_is_named():
    cost = finished(machines=(MachineHours("M9", None, D(1), D(1), D(0)),), unpriced=("M9",))
    assert cost.spent.get(CostKind.SETUP, 0) == 0
    assert cost.unpriced == ("M9",)
