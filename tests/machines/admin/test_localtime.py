"""The admin speaks the plants' time."""

from datetime import UTC, datetime

import pytest

from machines.models import CalendarException
from mes.accounts.roles import Role
from tests.factories.machines import PlantFactory
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
