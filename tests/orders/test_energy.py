"""What operations used of energy."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from machines.models import EnergyMeter, EnergyUse
from mes.lib.spans import Span
from orders.queries.energy import energy_of_operations, shared
from tests.factories.accounts import OperatorFactory
from tests.factories.machines import MONDAY, MeasuredMachineFactory, SourceFactory, StateIntervalFactory
from tests.factories.orders import OperationFactory, RunFactory

NOON = MONDAY + timedelta(hours=6)
HOUR = timedelta(hours=1)


def used(machine, *, hours, kilowatts, since=MONDAY, estimated=False):
    """``kilowatts`` all the time, told every ten minutes."""
    source = SourceFactory(machine=machine)
    EnergyMeter.objects.create(machine=machine, source=source, kind="energy", began_at=since)
    step = timedelta(minutes=10)
    EnergyUse.objects.bulk_create(
        EnergyUse(
            plant=machine.plant,
            machine=machine,
            source=source,
            kind="energy",
            started_at=since + step * place,
            ended_at=since + step * (place + 1),
            kwh=Decimal(kilowatts) / 6,
            estimated=estimated,
        )
        for place in range(hours * 6)
    )


@pytest.fixture
def press(db):
    return MeasuredMachineFactory()


def work_on(machine, *, start=MONDAY, setup=HOUR, hours=4, slot=1, **values):
    operation = OperationFactory(
        in_production=True, order__plant=machine.plant, machine_group=machine.group, **values
    )
    RunFactory(
        operation=operation,
        machine=machine,
        slot=slot,
        started_at=start,
        production_at=start + setup,
        ended_at=start + HOUR * hours,
    )
    return operation


def energy(*operations):
    return energy_of_operations(operations, now=NOON)


def test_an_operation_used_what_its_machine_used_during_its_runs(press):
    used(press, hours=8, kilowatts=30)
    operation = work_on(press, good=Decimal(90), scrap=Decimal(10))
    [row] = energy(operation)
    assert (row.setup.kwh, row.production.kwh) == (30, 90)
    assert row.per_piece == Decimal("1.2")
    assert row.coverage == 1


def test_a_run_that_lasts_counts_up_to_now(press):
    used(press, hours=8, kilowatts=30)
    operation = work_on(press)
    operation.runs.update(ended_at=None)
    assert energy(operation)[0].total.kwh == 180


def test_runs_on_slots_share_the_energy_of_the_time_they_work_together(press):
    press.slots = 2
    press.save()
    used(press, hours=8, kilowatts=30)
    first = work_on(press, hours=4, setup=timedelta(), slot=1)
    second = work_on(press, start=MONDAY + 2 * HOUR, hours=4, setup=timedelta(), slot=2)
    assert [row.total.kwh for row in energy(first, second)] == [90, 90]
    assert energy(first)[0].total.kwh == 90


def test_energy_per_piece_is_said_only_where_nearly_all_of_the_work_is_metered(press):
    used(press, hours=3, kilowatts=30)
    [row] = energy(work_on(press, good=Decimal(100)))
    assert row.coverage == Decimal("0.75")
    assert row.total.kwh == 90
    assert row.per_piece is None


def test_work_on_a_machine_without_a_meter_is_not_metered(press):
    [row] = energy(work_on(press, good=Decimal(100)))
    assert (row.total.kwh, row.coverage, row.per_piece) == (0, 0, None)


def test_an_operation_that_nobody_worked_on_says_nothing(press):
    [row] = energy(OperationFactory(order__plant=press.plant))
    assert (row.worked, row.coverage, row.per_piece) == (timedelta(), None, None)


@pytest.mark.parametrize("count", [1, 3])
def test_any_number_of_operations_costs_the_same(press, count, django_assert_num_queries):
    press.slots = 3
    press.save()
    used(press, hours=8, kilowatts=30)
    operations = [work_on(press, slot=number + 1) for number in range(count)]
    with django_assert_num_queries(3):
        assert len(energy(*operations)) == count


moments = st.integers(0, 100).map(lambda minutes: MONDAY + timedelta(minutes=minutes))
some_spans = st.lists(st.tuples(moments, moments).map(lambda two: Span(min(two), max(two))), max_size=6)


@given(some_spans, some_spans)
def test_what_is_shared_adds_up_to_the_time_of_the_machine(one, others):
    for span in one:
        if span.is_empty:
            continue
        parts = list(shared(span, others))
        assert sum((part.duration for part, _n in parts), timedelta()) == span.duration
        for part, sharing in parts:
            assert sharing == 1 + sum(
                other.start <= part.start and part.end <= other.end for other in others if not other.is_empty
            )


def test_the_order_page_shows_energy_with_its_definition(client, press):
    client.force_login(OperatorFactory())
    used(press, hours=8, kilowatts=30, estimated=True)
    operation = work_on(press, good=Decimal(100))
    panel = client.get(f"/orders/{operation.order_id}/energy/").content.decode()
    assert "120.0 kWh" in panel
    assert "1.200 kWh" in panel
    assert "estimated" in panel
    assert "100" in panel
    assert (
        f"/orders/{operation.order_id}/energy/"
        in client.get(f"/orders/{operation.order_id}/").content.decode()
    )


def test_the_order_page_is_silent_where_nothing_is_metered(client, press):
    client.force_login(OperatorFactory())
    operation = work_on(press)
    assert client.get(f"/orders/{operation.order_id}/energy/").content.strip() == b""


def test_the_machine_page_shows_energy_by_state_and_the_readings(client, press):
    client.force_login(OperatorFactory())
    used(press, hours=4, kilowatts=30)
    StateIntervalFactory(machine=press, started_at=MONDAY, ended_at=MONDAY + HOUR, state="producing")
    StateIntervalFactory(machine=press, started_at=MONDAY + HOUR, ended_at=MONDAY + 4 * HOUR, state="stop")
    work_on(press, hours=3, setup=timedelta())
    interval = "period=free&start=2026-03-02T06:00%2B00:00&end=2026-03-02T10:00%2B00:00"
    answer = client.get(f"/machines/{press.code}/energy/?{interval}")
    panel = answer.content.decode()
    assert "120.0 kWh" in panel
    uses = {row.key: (row.amount.kwh, str(row.name)) for row in answer.context["uses"]}
    assert uses == {"apt": (30, "Production"), "adet": (60, "Stops"), "adot": (30, "Without order")}
    assert "show=adet" in panel
    assert "ISO 22400-2" in panel
    page = client.get(f"/machines/{press.code}/energy/?{interval}&rows").content.decode()
    assert "5.000 kWh" in page
    assert "30.00 kW" in page
    empty = client.get(
        f"/machines/{press.code}/energy/?period=free&start=2025-03-02T06:00%2B00:00&end=2025-03-02T10:00%2B00:00"
    )
    assert empty.content.strip() == b""
