"""Energy over REST: of machines by state, and of an order's operations."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from tests.factories.machines import MeasuredMachineFactory, StateIntervalFactory
from tests.orders.test_energy import used, work_on


@pytest.fixture
def press(plant):
    return MeasuredMachineFactory(plant=plant, code="PRESS-1")


def test_machines_say_what_they_used_by_state(partner, press):
    start = timezone.now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=5)
    used(press, hours=4, kilowatts=30, since=start)
    StateIntervalFactory(
        machine=press, started_at=start, ended_at=start + timedelta(hours=1), state="producing"
    )
    until = (start + timedelta(hours=4)).isoformat()
    [row] = partner.get("energy", since=start.isoformat(), until=until).json()
    assert row["machine"] == "PRESS-1"
    assert row["total"] == "120.000"
    assert row["by_state"] == {"producing": "30.000", "unknown": "90.000"}
    assert row["coverage"] == "1.0000"
    assert row["meters"] == ["energy"]


@pytest.mark.parametrize(
    ("query", "code", "field"),
    [
        ({"since": "yesterday"}, "not_a_time", "since"),
        ({"until": "2026-03-02T06:00:00"}, "not_a_time", "until"),
        ({"since": "2026-03-03T06:00Z", "until": "2026-03-02T06:00Z"}, "backward", "until"),
        ({"since": "2020-01-01T00:00Z", "until": "2020-03-02T06:00Z"}, "too_long", "since"),
        ({"machine": "NONE"}, "unknown_machine", "machine"),
    ],
)
def test_an_interval_that_makes_no_sense_is_refused_with_its_field(partner, query, code, field):
    answer = partner.get("energy", **query)
    assert answer.status_code == 422
    [problem] = answer.json()["problems"]
    assert (problem["code"], problem["field"]) == (code, field)


def test_an_end_left_empty_is_as_good_as_none(partner):
    assert partner.get("energy", since="", until="").status_code == 200


def test_an_order_says_what_its_operations_used(partner, press):
    used(press, hours=4, kilowatts=30)
    operation = work_on(press, good=Decimal(100))
    answer = partner.get(f"production-orders/{operation.order.number}")
    [row] = answer.json()["operations"]
    assert row["energy_kwh"] == {
        "setup": "30.000",
        "production": "90.000",
        "per_piece": "1.200000",
        "coverage": "1.0000",
    }


def test_an_order_without_metered_work_says_nothing_of_energy(partner, press):
    operation = work_on(press)
    assert (
        partner.get(f"production-orders/{operation.order.number}").json()["operations"][0]["energy_kwh"]
        is None
    )
