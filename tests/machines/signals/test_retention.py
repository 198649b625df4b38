"""Old samples go, facts stay, and nothing is ever interpreted from half the samples."""

import pytest

from machines.domain.retention import (
    drop_old_samples,
    sample_days,
    thin_checkpoints,
    tighten_closed_days,
)
from machines.models import Checkpoint, Cycle, Projection, Sample
from tests.factories.machines import MeasuredMachineFactory
from tests.machines.signals.sending import Gateway, at, interpret, send

pytestmark = pytest.mark.django_db

DAY = 86400


@pytest.fixture
def gateway():
    return Gateway(MeasuredMachineFactory(silence_seconds=0))


def test_days_past_retention_are_dropped_and_their_cycles_stay(gateway):
    old, young = gateway.cycles(0, 10, 20), gateway.cycles(10 * DAY)
    send([*old, *young])
    interpret(10 * DAY + 1)
    assert drop_old_samples(at(10 * DAY), days=8) == [at(0).date()]
    assert at(0).date() not in sample_days()
    assert Sample.objects.filter(ts__gte=at(-DAY)).count() == 1
    assert Cycle.objects.count() == 4
    assert Projection.objects.get().floor_at is not None


def test_a_sample_behind_the_border_changes_nothing(gateway):
    late = gateway.sample(15, "cycle_event", historical=True)
    send([*gateway.cycles(0, 10, 20), *gateway.cycles(10 * DAY)])
    interpret(10 * DAY + 1)
    drop_old_samples(at(10 * DAY), days=8)
    before = list(Cycle.objects.order_by("ended_at").values_list("ended_at", flat=True))
    send([late], 10 * DAY + 2)
    interpret(10 * DAY + 3)
    assert list(Cycle.objects.order_by("ended_at").values_list("ended_at", flat=True)) == before
    assert Projection.objects.get().dirty_from is None


def test_checkpoints_thin_out_with_age(gateway):
    send(gateway.cycles(*range(0, 4 * 3600, 60)))
    interpret(4 * 3600)
    before = Checkpoint.objects.count()
    assert thin_checkpoints(at(4 * 3600)) > 0
    recent = Checkpoint.objects.filter(at__gte=at(2 * 3600)).count()
    assert 20 <= recent < before
    assert Checkpoint.objects.filter(at__lt=at(2 * 3600)).count() == 2
    assert thin_checkpoints(at(4 * 3600)) == 0


def test_a_day_that_is_over_is_tightened_once(gateway):
    send(gateway.cycles(*range(0, 600, 2)))
    interpret(600)
    before = list(Cycle.objects.order_by("ended_at").values_list("ended_at", flat=True))
    assert at(0).date() in tighten_closed_days(at(3 * DAY))
    assert tighten_closed_days(at(3 * DAY)) == []
    assert Sample.objects.filter(ts__gte=at(0)).count() == 300
    send(gateway.cycles(601), 3 * DAY)
    interpret(3 * DAY)
    assert list(Cycle.objects.order_by("ended_at").values_list("ended_at", flat=True)) == [*before, at(601)]


def test_a_day_in_use_is_left_alone(gateway):
    send(gateway.cycles(0, 2))
    assert tighten_closed_days(at(DAY)) == []


def test_the_application_role_may_tighten(gateway, application_role):
    send(gateway.cycles(0, 2))
    assert tighten_closed_days(at(3 * DAY)) == [at(0).date()]
