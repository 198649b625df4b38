"""From a meter's samples to rows: live, late, restarted and rebuilt."""

from __future__ import annotations

import itertools
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from machines.domain.energy import read_meters
from machines.models import EnergyMeter, EnergyUse, MeterNews, StateInterval
from machines.queries.energy import Amount, Metered, amount_in, counters_first, energy_of, metered_machines
from mes.lib.spans import Span
from tests.factories.machines import MeasuredMachineFactory, SourceFactory, StateIntervalFactory
from tests.machines.signals.sending import Gateway, at, interpret, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def machine():
    return MeasuredMachineFactory(silence_seconds=Decimal(3600))


def readings(gateway, *pairs, item="energy"):
    return [gateway.sample(ts, item, value) for ts, value in pairs]


def rows():
    found = EnergyUse.objects.order_by("machine", "started_at", "kind")
    return [(use.started_at, use.ended_at, use.kwh, use.estimated, use.kind) for use in found]


def read(now):
    interpret(now)
    return read_meters()


def test_readings_of_a_meter_become_rows_and_make_no_cycle(machine):
    gateway = Gateway(machine)
    send(readings(gateway, (0, 10), (60, 10.5), (120, 11)))
    read(121)
    assert rows() == [
        (at(0), at(60), Decimal("0.5"), False, "energy"),
        (at(60), at(120), Decimal("0.5"), False, "energy"),
    ]
    assert metered_machines([machine.pk]) == {machine.pk}
    assert not MeterNews.objects.exists()


def test_reading_again_without_news_does_nothing(machine):
    send(readings(Gateway(machine), (0, 10), (60, 10.5)))
    assert read(61) == 1
    assert read_meters() == 0


def test_a_machine_without_a_meter_leaves_no_trace(machine):
    send(Gateway(machine).cycles(1, 11, 21))
    assert read(30) == 0
    assert not EnergyMeter.objects.exists()


def test_a_late_reading_cuts_the_stretch_that_it_lies_in(machine):
    gateway = Gateway(machine)
    send(readings(gateway, (0, 10), (60, 11), (300, 15)))
    read(301)
    send(readings(gateway, (180, 14)), received=302)
    read(303)
    assert [(start, kwh) for start, _end, kwh, _e, _k in rows()] == [
        (at(0), Decimal(1)),
        (at(60), Decimal(3)),
        (at(180), Decimal(1)),
    ]


def test_what_lies_before_a_late_reading_is_not_written_again(machine, django_assert_max_num_queries):
    gateway = Gateway(machine)
    send(readings(gateway, *((60 * n, 10 + n) for n in range(10))))
    read(600)
    EnergyUse.objects.filter(started_at=at(0)).update(kwh=77)
    send(readings(gateway, (600, 20)))
    read(601)
    assert rows()[0][2] == 77
    assert len(rows()) == 10


def test_a_rebuild_gives_the_rows_of_the_live_path(machine):
    gateway = Gateway(machine)
    for ts in range(0, 1000, 47):
        send(readings(gateway, (ts, 10 + ts / 500)))
        read(ts + 1)
    live = rows()
    assert live
    EnergyUse.objects.all().delete()
    call_command("rebuild")
    assert rows() == live


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_order_and_batches_give_the_same_rows(data):
    with transaction.atomic():
        machine = MeasuredMachineFactory(silence_seconds=Decimal(3600))
        steps = data.draw(
            st.lists(st.tuples(st.integers(5, 1200), st.integers(0, 900)), min_size=3, max_size=12)
        )
        ts, value, pairs = 0, 10_000, [(0, 10.0)]
        for seconds, watt_hours in steps:
            ts, value = ts + seconds, value + watt_hours
            pairs.append((ts, value / 1000))
        gateway = Gateway(machine)
        samples = [*readings(gateway, *pairs), *gateway.cycles(*range(5, ts, 500))]
        cuts = data.draw(st.lists(st.integers(0, len(samples)), max_size=3))
        shuffled = data.draw(st.permutations(samples))
        edges = [0, *sorted(cuts), len(samples)]
        for low, high in itertools.pairwise(edges):
            if batch := shuffled[low:high]:
                send(batch, received=ts + 1)
                read(ts + 2)
        live = rows()
        EnergyUse.objects.all().delete()
        call_command("rebuild")
        assert rows() == live
        assert sum((row[2] for row in live), Decimal(0)) <= Decimal(value - 10_000) / 1000
        transaction.set_rollback(True)


def test_a_counter_stands_above_power_of_the_same_time(machine):
    gateway = Gateway(machine)
    send(
        [
            *readings(gateway, (0, 10), (120, 11)),
            *readings(gateway, *((n, 60) for n in range(0, 300, 60)), item="power"),
        ]
    )
    read(301)
    found = energy_of([machine.pk], Span(at(0), at(240)))[machine.pk]
    assert found.total.kwh == Decimal(1) + Decimal(2)
    assert found.kinds == {"energy", "power"}


def test_two_meters_of_one_machine_add_up(machine):
    for source in ("spindle", "coolant"):
        send(readings(Gateway(machine, source), (0, 10), (60, 11)))
    read(61)
    found = energy_of([machine.pk], Span(at(0), at(60)))[machine.pk]
    assert found.total == Amount(Decimal(2), Decimal(0), timedelta(seconds=60))


def test_energy_by_state_adds_up_to_what_was_used(machine):
    send(readings(Gateway(machine), *((60 * n, 10 + n / 10) for n in range(11))))
    read(601)
    StateInterval.objects.all().delete()
    StateIntervalFactory(machine=machine, started_at=at(0), ended_at=at(250), state="producing")
    StateIntervalFactory(machine=machine, started_at=at(250), ended_at=at(400), state="stop")
    found = energy_of([machine.pk], Span(at(0), at(600)))[machine.pk]
    kwh = {state: float(amount.kwh) for state, amount in found.by_state.items()}
    assert kwh == pytest.approx({"producing": 250 / 600, "stop": 150 / 600, "unknown": 200 / 600})
    assert found.total.kwh == pytest.approx(Decimal(1))
    assert found.coverage == 1
    assert found.by_state["stop"].kilowatts == pytest.approx(Decimal(6))


def test_a_machine_with_slots_runs_while_any_of_them_does(machine):
    send(readings(Gateway(machine), (0, 10), (60, 11)))
    read(61)
    StateInterval.objects.all().delete()
    StateIntervalFactory(machine=machine, slot=1, started_at=at(0), ended_at=at(60), state="stop")
    StateIntervalFactory(machine=machine, slot=2, started_at=at(0), ended_at=at(30), state="producing")
    found = energy_of([machine.pk], Span(at(0), at(60)))[machine.pk]
    assert {state: float(one.kwh) for state, one in found.by_state.items()} == {"producing": 0.5, "stop": 0.5}


@pytest.mark.parametrize("count", [1, 3])
def test_any_number_of_machines_costs_two_queries(count, django_assert_num_queries):
    machines = []
    for number in range(count):
        machines.append(MeasuredMachineFactory(silence_seconds=Decimal(3600)))
        send(readings(Gateway(machines[number]), (0, 10), (60, 11)))
    read(61)
    with django_assert_num_queries(2):
        found = energy_of([machine.pk for machine in machines], Span(at(0), at(60)))
    assert len(found) == count


def a_row(machine, **values):
    source = SourceFactory(machine=machine)
    row = {"kind": "energy", "started_at": at(0), "ended_at": at(60), "kwh": Decimal(1)} | values
    return EnergyUse.objects.create(plant=machine.plant, machine=machine, source=source, **row)


@pytest.mark.parametrize(
    ("values", "constraint"),
    [({"ended_at": at(0)}, "energy_use_forward"), ({"kwh": Decimal(-1)}, "energy_use_not_negative")],
)
def test_a_row_goes_forward_and_uses_no_less_than_nothing(machine, values, constraint):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        a_row(machine, **values)


@pytest.mark.parametrize(
    ("field", "constraint"),
    [
        ("meter_modulus", "machine_meter_modulus_positive"),
        ("connected_load", "machine_connected_load_positive"),
    ],
)
def test_what_is_said_about_a_meter_is_more_than_nothing(machine, field, constraint):
    setattr(machine, field, Decimal(0))
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        machine.save()


def test_a_counter_that_begins_later_takes_over_from_power():
    told = [
        Metered(Span(at(0), at(60)), Decimal(6), kind="power"),
        Metered(Span(at(30), at(90)), Decimal(3), kind="energy"),
    ]
    assert amount_in(counters_first(told), [Span(at(0), at(90))]).kwh == 6


spans = st.lists(st.tuples(st.integers(0, 400), st.integers(1, 100), st.integers(0, 50)), max_size=8)


@given(spans, st.lists(st.integers(0, 600), max_size=6))
def test_energy_of_parts_is_the_energy_of_the_whole(drawn, borders):
    told, ts = [], 0
    for pause, length, kwh in drawn:
        ts += pause
        told.append(Metered(Span(at(ts), at(ts + length)), Decimal(kwh)))
        ts += length
    edges = [0, *sorted(borders), 6000]
    parts = Amount()
    for low, high in itertools.pairwise(edges):
        parts += amount_in(told, [Span(at(low), at(high))])
    whole = amount_in(told, [Span(at(0), at(6000))])
    assert parts.kwh == pytest.approx(whole.kwh)
    assert parts.known == whole.known
