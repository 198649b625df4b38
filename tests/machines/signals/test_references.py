"""Learned reference cycles and clocks as people see them."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from machines.domain.clocks import Clock, judge
from machines.domain.references import learned_references
from machines.models import Source
from machines.queries.health import clock_skew
from mes.accounts.roles import Role
from tests.factories.machines import MeasuredMachineFactory, PlannedCycleFactory, SourceFactory
from tests.orders.test_replaying import cycles, send
from tests.support.admin import client_of, page_of, queries_of

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def test_what_a_machine_learned_stands_beside_its_plan(client):
    machine = MeasuredMachineFactory()
    begin = timezone.now() - timedelta(hours=2)
    send(machine, begin, *cycles(*range(0, 240, 20)))
    [row] = learned_references(machine, now=timezone.now())
    assert (row.seconds, row.planned, row.deviation, row.used) == (10, 10, 0, True)
    client_of(client, Role.SUPERVISOR)
    page = client.get(reverse("machine-references", args=[machine.code])).content.decode()
    assert "for standstills" in page


def test_few_cycles_decide_nothing(client):
    machine = MeasuredMachineFactory()
    send(machine, timezone.now() - timedelta(hours=2), *cycles(0, 20, 40))
    [row] = learned_references(machine, now=timezone.now())
    assert not row.used
    assert learned_references(MeasuredMachineFactory(), now=timezone.now()) == []


def test_the_next_order_of_an_item_begins_with_what_the_last_one_taught():
    machine = MeasuredMachineFactory()
    begin = timezone.now() - timedelta(hours=2)
    second = begin + timedelta(seconds=300)
    for start, work in (
        (begin, "HUB · A · 0010"),
        (second, "HUB · A · 0010"),
        (second + HOUR, "FORK · A · 0010"),
    ):
        PlannedCycleFactory(machine=machine, work=work, seconds=20, valid_from=start)
    send(machine, begin, *cycles(*range(0, 600, 20)))
    [row] = learned_references(machine, now=timezone.now())
    assert (row.work, row.count, row.seconds, row.planned) == ("HUB · A · 0010", 29, 10, 20)


@pytest.mark.parametrize(
    ("offsets", "clock"),
    [
        ([0.1] * 4, Clock.UNKNOWN),
        ([0.1, 0.2, 0.3, 0.1, 900.0], Clock.RIGHT),
        ([-7.0] * 9, Clock.WRONG),
        ([61.0] * 9, Clock.REFUSED),
    ],
)
def test_a_clock_is_judged_by_its_median(offsets, clock):
    assert judge(offsets) is clock


def test_sources_show_their_clocks_at_a_constant_price(client):
    client_of(client, Role.ENGINEER)
    SourceFactory(clock_offsets=[-7.0] * 9)
    address = page_of(Source, "changelist")
    page = client.get(address).content.decode()
    assert "-7.000" in page
    assert "wrong, still believed" in page
    one = len(queries_of(client, address))
    SourceFactory()
    SourceFactory()
    assert len(queries_of(client, address)) == one
    assert [skew for _labels, skew in clock_skew()] == [-7.0]
