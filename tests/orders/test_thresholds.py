"""Thresholds of an item reach the machine with the work, and a change keeps the past as it was read."""

from __future__ import annotations

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from machines.domain.parameters import load_rules, load_thresholds
from machines.domain.thresholds import change_thresholds
from machines.models import Machine, PlannedCycle
from mes.accounts.roles import Role
from orders.domain import execution
from orders.models import ItemThreshold
from tests.orders.test_crediting import START
from tests.support.admin import client_of, import_rows

FIGURES = ("micro_stop_seconds", "gap_factor", "gap_floor_seconds", "minimum_cycle_seconds")


@pytest.fixture
def forge(order):
    return order.operations.get(number="0010")


def rules_of(machine):
    [rules] = load_rules([machine.pk], since=START - timedelta(days=1)).values()
    return rules


def test_an_item_has_its_thresholds_while_it_is_made(forge, plant):
    ItemThreshold.objects.create(machine=plant.press, item=plant.item, micro_stop_seconds=45, gap_factor=5)
    execution.start_production(operation=forge, machine=plant.press, by=None, key=uuid.uuid4(), at=START)
    row = PlannedCycle.objects.get()
    assert (row.micro_stop_seconds, row.gap_factor, row.minimum_cycle_seconds) == (45, 5, None)
    rules = rules_of(plant.press)
    before, during = rules.on(1, START - timedelta(hours=1)), rules.on(1, START + timedelta(hours=1))
    assert (before.micro.total_seconds(), before.k) == (300, 3)
    assert (during.micro.total_seconds(), during.k) == (45, 5)
    assert during.min_cycle == before.min_cycle


def test_another_item_ends_them(forge, plant):
    ItemThreshold.objects.create(machine=plant.press, item=plant.bar, micro_stop_seconds=45)
    PlannedCycle.objects.create(
        machine=plant.press, micro_stop_seconds=45, seconds=10, valid_from=START - timedelta(hours=2)
    )
    execution.start_production(operation=forge, machine=plant.press, by=None, key=uuid.uuid4(), at=START)
    rules = rules_of(plant.press)
    assert rules.on(1, START - timedelta(hours=1)).micro == timedelta(seconds=45)
    assert rules.on(1, START).micro == timedelta(seconds=300)


def test_what_is_typed_today_does_not_rewrite_yesterday(plant):
    plant.press.micro_stop_seconds = Decimal(60)
    plant.press.save()
    first, second = load_thresholds([plant.press.pk])[plant.press.pk]
    assert (first.valid_from, first.micro, second.micro) == (None, 300, 60)
    rules = rules_of(plant.press)
    assert rules.on(1, START).micro == timedelta(seconds=300)
    assert rules.on(1, timezone.now() + timedelta(minutes=1)).micro == timedelta(seconds=60)


def test_asked_for_the_past_it_holds_from_there(plant):
    now = {name: getattr(plant.press, name) for name in FIGURES}
    change_thresholds(
        machine=plant.press, valid_from=START, by=None, **(now | {"micro_stop_seconds": Decimal(90)})
    )
    rules = rules_of(plant.press)
    assert rules.on(1, START - timedelta(seconds=1)).micro == timedelta(seconds=300)
    assert rules.on(1, START).micro == timedelta(seconds=90)
    assert Machine.objects.get(pk=plant.press.pk).micro_stop_seconds == 90


def test_the_page_shows_before_it_changes(client, plant):
    client_of(client, Role.ENGINEER)
    address = reverse("machine-thresholds", args=[plant.press.pk])
    page = client.get(address)
    said = {name: page.context["form"].initial[name] for name in FIGURES} | {
        "key": uuid.uuid4(),
        "micro_stop_seconds": "120",
        "valid_from": START.strftime("%Y-%m-%dT%H:%M:%S"),
    }
    shown = client.post(address, said)
    effect = shown.context["effect"]
    assert Machine.objects.get(pk=plant.press.pk).micro_stop_seconds == 300
    done = client.post(
        address, said | {"until": effect.until.isoformat(), "accepted": effect.digest, "apply": "1"}
    )
    assert done.status_code == 302
    assert Machine.objects.get(pk=plant.press.pk).micro_stop_seconds == 120


def test_they_come_as_a_file_and_say_something(client, plant):
    client_of(client, Role.ENGINEER)
    import_rows(
        client, ItemThreshold, [{"machine": plant.press.code, "item": "RING", "micro_stop_seconds": "45"}]
    )
    assert ItemThreshold.objects.get().micro_stop_seconds == 45
    with pytest.raises(ValidationError, match="at least one"):
        ItemThreshold(machine=plant.bench, item=plant.item).full_clean()
    with pytest.raises(ValidationError, match="already has"):
        ItemThreshold(machine=plant.press, item=plant.item, gap_factor=2).full_clean()
