"""What belongs to no plant speaks the plants' time, where they share one."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from machines.models import CalendarException
from mes.accounts.roles import Role
from tests.factories.accounts import QualityFactory
from tests.factories.machines import PlantFactory
from tests.factories.orders import LotFactory
from tests.support.admin import client_of, page_of

pytestmark = pytest.mark.django_db

MORNING = {"start_0": "2026-07-01", "start_1": "06:00", "end_0": "2026-07-01", "end_1": "14:00"}


def add(client, plant):
    form = {"plant": plant.pk, "kind": "closed", "reason": "", **MORNING}
    assert client.post(page_of(CalendarException, "add"), form).status_code == 302
    return CalendarException.objects.get()


def test_times_are_the_plants_own(client):
    engineer = client_of(client, Role.ENGINEER)
    plant = PlantFactory(time_zone="Europe/Berlin")
    stored = add(engineer, plant)
    assert stored.start == datetime(2026, 7, 1, 4, tzinfo=UTC)
    page = engineer.get(page_of(CalendarException, "change", stored.pk)).content.decode()
    assert "06:00" in page
    assert "Europe/Berlin" in page


def test_plants_of_several_zones_share_utc(client):
    engineer = client_of(client, Role.ENGINEER)
    plant = PlantFactory(time_zone="Europe/Berlin")
    PlantFactory(time_zone="America/Chicago")
    stored = add(engineer, plant)
    assert stored.start == datetime(2026, 7, 1, 6, tzinfo=UTC)
    assert "UTC" in engineer.get(page_of(CalendarException, "change", stored.pk)).content.decode()


def test_lots_are_shown_and_a_recalls_times_read_as_the_plants_clocks_say(client):
    client.force_login(QualityFactory())
    plant = PlantFactory(time_zone="Europe/Berlin")
    LotFactory(made_at=datetime(2026, 7, 1, 4, 30, tzinfo=UTC))
    with CaptureQueriesContext(connection) as queries:
        page = client.get(reverse("lots"))
    assert len([query for query in queries if 'DISTINCT "machines_plant"."time_zone"' in query["sql"]]) == 1
    assertContains(page, "1 Jul 2026 06:30")
    assertNotContains(page, "are in UTC")
    asked = {"kind": "lot", "text": "L", "plant": plant.pk, "start": "2026-07-01T06:00"}
    form = client.get(reverse("recalls"), asked).context["form"]
    assert form.cleaned_data["start"] == datetime(2026, 7, 1, 4, tzinfo=UTC)


def test_with_several_zones_the_page_says_utc(client):
    client.force_login(QualityFactory())
    PlantFactory(time_zone="Europe/Berlin")
    PlantFactory(time_zone="America/Chicago")
    LotFactory(made_at=datetime(2026, 7, 1, 4, 30, tzinfo=UTC))
    page = client.get(reverse("lots"))
    assertContains(page, "1 Jul 2026 04:30")
    assertContains(page, "are in UTC")


def test_a_page_that_shows_no_such_time_asks_no_plant_for_its_zone(client):
    client.force_login(QualityFactory())
    PlantFactory(time_zone="Europe/Berlin")
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("profile"))
    assert not [
        query["sql"] for query in queries if "time_zone" in query["sql"] and "DISTINCT" in query["sql"]
    ]
