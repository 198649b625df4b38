"""From runs, states and orders to measurements: nothing from after the moment, the same bytes every time."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from machines.enums import MachineState
from machines.models import StateInterval
from orders.enums import OperationState, OrderState
from orders.models import MeasuredProfile, Operation, ProductionOrder
from orders.planning.engine.uncertainty import LINGERS, Pool
from orders.planning.load import load, meaning_of
from orders.planning.profiles.collect import collect
from orders.planning.profiles.estimate import Profiles
from orders.planning.profiles.keep import FRESH, KEPT, make_profile, profiles_of
from orders.planning.profiles.measured import Measurements, canonical
from orders.planning.profiles.uncertain import CERTAIN, Away, still_away, uncertainty_of
from tests.factories.accounts import PlannerFactory
from tests.factories.machines import MachineFactory, MachineGroupFactory, MachineNowFactory
from tests.factories.orders import (
    ItemFactory,
    OperationFactory,
    ProductionOrderFactory,
    RunFactory,
    SetupFamilyFactory,
)
from tests.support.queries import statements

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


@pytest.fixture
def now():
    return timezone.now().replace(microsecond=0)


@pytest.fixture
def group(db):
    return MachineGroupFactory()


@pytest.fixture
def press(group):
    """Around the clock, its states told by signals."""
    return MachineFactory(plant=group.plant, group=group, counting_item="part_count")


def worked(machine, end, *, hours=2.0, setup=0.5, item=None, standard=1.0, position=10, order=None, **values):
    """An operation of ten pieces that was set up and made until ``end``; its standard in hours."""
    order = order or ProductionOrderFactory(
        plant=machine.plant, quantity=10, released=True, **({"item": item} if item else {})
    )
    begun = end - (hours + setup) * HOUR
    operation = OperationFactory(
        order=order,
        plant=machine.plant,
        machine_group=machine.group,
        number=f"{position:04}",
        position=position,
        quantity=10,
        state=OperationState.RELEASED,
        setup_seconds=Decimal(1200),
        run_seconds=Decimal(round(standard * 360)),
        base_quantity=1,
    )
    done = {"state": OperationState.FINISHED, "finished_at": end, "started_at": begun, "good": Decimal(10)}
    Operation.objects.filter(pk=operation.pk).update(**(done | values))
    ProductionOrder.objects.filter(pk=order.pk).update(started_at=begun)
    RunFactory(
        operation=operation,
        machine=machine,
        started_at=begun,
        production_at=begun + setup * HOUR,
        ended_at=end if "finished_at" not in values else None,
    )
    operation.refresh_from_db()
    return operation


def test_runs_setups_and_pieces_are_measured(group, press, now):
    first = worked(press, now - 10 * HOUR, scrap=Decimal(2), good=Decimal(8))
    second = worked(press, now - 5 * HOUR, hours=3)
    found = collect(group.plant, now=now)
    assert [(one.operation, one.seconds, one.standard) for one in found.run_times] == [
        (first.pk, 7200, 3600),
        (second.pk, 10800, 3600),
    ]
    (change,) = found.changeovers  # what was before the first is unknown
    assert (change.operation, change.before, change.item) == (
        *(second.pk, first.order.item_id),
        second.order.item_id,
    )
    assert (change.seconds, change.standard, change.open) == (1800, 1200, False)
    assert [(one.good, one.scrap) for one in found.outcomes] == [(8000, 2000), (10000, 0)]


def test_what_lasts_is_open_and_what_came_later_is_unknown(group, press, now):
    worked(press, now - 10 * HOUR)
    running = {"state": OperationState.PRODUCTION, "finished_at": None, "good": Decimal(3)}
    lasting = worked(press, now, **running)
    found = collect(group.plant, now=now)
    assert [(one.operation == lasting.pk, one.open) for one in found.run_times] == [
        (False, False),
        (True, True),
    ]
    assert found.run_times[1].seconds == 7200
    before = collect(group.plant, now=now - 1 * HOUR)
    assert before.run_times[1].seconds == 3600
    earlier = collect(group.plant, now=now - 11 * HOUR)  # the first was running then
    assert [(one.open, one.seconds) for one in earlier.run_times] == [(True, 3600)]
    assert not earlier.outcomes


def test_stops_in_runs_are_clipped_and_interruptions_lie_between_runs(group, press, now):
    operation = worked(press, now - 4 * HOUR)
    made = (now - 6 * HOUR, now - 4 * HOUR)
    for start, end, state in (
        (made[0] - HOUR, made[0] + 0.25 * HOUR, MachineState.STOP),
        (made[0] + HOUR, made[0] + 1.5 * HOUR, MachineState.UNKNOWN),
    ):
        StateInterval.objects.create(
            plant=group.plant, machine=press, slot=1, started_at=start, ended_at=end, state=state
        )
    RunFactory(
        operation=operation,
        machine=press,
        started_at=now - 2 * HOUR,
        production_at=now - 2 * HOUR,
        ended_at=now - HOUR,
    )
    found = collect(group.plant, now=now)
    assert [(one.seconds, one.in_run) for one in found.standstills] == [(900, True), (7200, False)]
    (watched,) = found.watched
    assert (watched.stopped, watched.unknown, watched.produced) == (900, 1800, 3 * 3600 - 2700)
    assert found.run_times[0].seconds == 3 * 3600


def test_waiting_is_told_from_waiting_for_a_busy_machine(group, press, now):
    saw = MachineFactory(plant=group.plant, group=group)
    first = worked(saw, now - 10 * HOUR)
    worked(press, now - 6 * HOUR)  # another order keeps the press busy
    worked(press, now - 2 * HOUR, order=first.order, position=20, setup=0.5)
    (found,) = collect(group.plant, now=now).handovers
    assert (found.seconds, found.idle) == (round(5.5 * 3600), round(1.5 * 3600))


def test_suppliers_and_rush_orders(group, press, now):
    order = ProductionOrderFactory(plant=group.plant, released=True, priority=50, created_at=now - 9 * HOUR)
    OperationFactory(
        order=order,
        plant=group.plant,
        machine_group=group,
        outside=True,
        quantity=1,
        setup_seconds=0,
        run_seconds=3600,
        state=OperationState.PRODUCTION,
        started_at=now - 3 * HOUR,
    )
    for number in range(3):
        ProductionOrderFactory(plant=group.plant, priority=50, created_at=now - number * HOUR - HOUR)
    urgent = ProductionOrderFactory(plant=group.plant, priority=10, created_at=now - HOUR)
    found = collect(group.plant, now=now)
    assert [(one.seconds, one.standard, one.open) for one in found.outsides] == [(3 * 3600, 3600, True)]
    assert [one.order for one in found.rush_orders] == [urgent.pk]


def test_made_again_it_is_the_same_to_the_byte(group, press, now):
    for number in range(3):
        worked(press, now - (3 + 3 * number) * HOUR)
    made = make_profile(group.plant, now=now)
    assert make_profile(group.plant, now=now) == made
    kept = canonical(MeasuredProfile.objects.get(pk=made.pk).content)
    MeasuredProfile.objects.all().delete()
    assert canonical(make_profile(group.plant, now=now).content) == kept
    assert made.measured_to == now


def test_versions_are_kept_for_a_while_and_read_while_fresh(group, press, now):
    for number in range(KEPT + 2):
        make_profile(group.plant, now=now - (KEPT + 2 - number) * timedelta(minutes=1))
    numbers = list(MeasuredProfile.objects.values_list("number", flat=True))
    assert (len(numbers), max(numbers)) == (KEPT, KEPT + 2)
    worked(press, now - HOUR)
    assert not profiles_of(group.plant, now=now).measured.run_times  # as of the last version
    assert profiles_of(group.plant, now=now + 2 * FRESH).measured.run_times  # nobody makes new ones
    assert not profiles_of(group.plant, now=now - 3 * HOUR).measured.run_times


def test_a_version_is_read_once_until_there_is_another(group, press, now):
    make_profile(group.plant, now=now - timedelta(minutes=10))
    before = profiles_of(group.plant, now=now)
    assert profiles_of(group.plant, now=now) is before
    worked(press, now - HOUR)
    assert profiles_of(group.plant, now=now) is before
    make_profile(group.plant, now=now)
    assert profiles_of(group.plant, now=now).measured.run_times
    assert profiles_of(group.plant, now=now - timedelta(minutes=5)).measured == before.measured


def test_a_version_is_unique_and_begins_before_it_ends(group, now):
    call_command("profiles")
    made = MeasuredProfile.objects.get(plant=group.plant)
    made.pk = None
    for values in ({}, {"number": 99, "measured_to": made.measured_from}):
        for name, value in values.items():
            setattr(made, name, value)
        with pytest.raises(IntegrityError), transaction.atomic():
            made.save(force_insert=True)


def test_as_many_queries_for_much_as_for_little(group, press, now):
    def asked():
        with CaptureQueriesContext(connection) as caught:
            collect(group.plant, now=now)
        return len(statements(caught))

    worked(press, now - HOUR)
    few = asked()
    for number in range(3):
        worked(press, now - (4 + 3 * number) * HOUR, item=ItemFactory(setup_family=SetupFamilyFactory()))
    assert asked() == few


def test_the_shop_expects_the_mean_and_the_uncertainty_strays_around_it(group, press, now):
    red, blue = (ItemFactory(setup_family=SetupFamilyFactory(code=code)) for code in ("RED", "BLUE"))
    end = now - 200 * HOUR
    for number in range(40):
        end += 4 * HOUR
        worked(press, end, item=(red, blue)[number % 2], hours=1.5 + number % 4 / 3, setup=0.25, standard=1)
    waiting = worked(
        press, now, item=red, finished_at=None, started_at=None, state=OperationState.RELEASED, good=0
    )
    waiting.runs.all().delete()
    ProductionOrder.objects.exclude(pk=waiting.order_id).update(state=OrderState.FINISHED, finished_at=now)
    loaded = load(group.plant, now=now)
    (task,) = loaded.shop.tasks
    assert task.alternatives[0].seconds == pytest.approx(2 * 3600, rel=0.1)
    assert loaded.shop.tables[loaded.shop.resources[0].table]["BLUE", "RED"] == pytest.approx(900, rel=0.01)
    assert task.setup_seconds == pytest.approx(900, rel=0.1)
    found = uncertainty_of(loaded.shop, meaning_of(loaded), loaded.profiles)
    pool = found.pools[found.run_of[0][0]]
    assert sum(
        value * weight for value, weight in zip(pool.values, pool.weights, strict=True)
    ) == pytest.approx(1)
    assert pool.own == 20
    assert (pool.values[0], pool.values[-1]) == (pytest.approx(0.75, abs=0.45), pytest.approx(1.25, abs=0.2))
    assert found.outside_of == (CERTAIN,)
    assert len(found.common) == len(found.breakdowns) == len(loaded.slots)


def test_a_machine_is_down_since_people_left_its_operation_because_it_had_stopped(group, press, now):
    left = worked(press, now - 2 * HOUR, finished_at=None, state=OperationState.INTERRUPTED)
    left.runs.update(ended_at=now - 2 * HOUR)
    stop = MachineNowFactory(machine=press, state=MachineState.STOP, since=now - 3 * HOUR)
    assert load(group.plant, now=now).down == (2 * 3600,)
    stop.since = now - HOUR  # it ran on when they left
    stop.save()
    assert load(group.plant, now=now).down == (-1,)
    stop.since = now - 3 * HOUR
    stop.save()
    left.state = OperationState.RELEASED
    left.save(update_fields=["state"])
    assert load(group.plant, now=now).down == (-1,)


def away(before, *, back=None, planned=0):
    """An operation at a supplier, of which nobody said more than that it came back."""
    order = before.order
    return OperationFactory(
        order=order,
        plant=before.plant,
        machine_group=MachineGroupFactory(plant=before.plant),
        position=20,
        number="0020",
        outside=True,
        quantity=1,
        setup_seconds=planned * 3600,
        run_seconds=0,
        state=OperationState.RELEASED if back is None else OperationState.FINISHED,
        started_at=back,
        finished_at=back,
    )


def test_what_was_only_reported_back_was_away_since_what_came_before_it_ended(press, now):
    made = worked(press, now - 30 * HOUR)
    away(made, back=now - 6 * HOUR, planned=12)
    lies = worked(press, now - 5 * HOUR)
    away(lies, planned=12)
    not_yet = worked(press, now, state=OperationState.INTERRUPTED, finished_at=None)
    away(not_yet)
    found = collect(press.plant, now=now)
    assert [(one.seconds, one.standard, one.open) for one in found.outsides] == [
        (24 * 3600, 12 * 3600, False),
        (5 * 3600, 12 * 3600, True),
    ]


def outside_task(plant, now):
    loaded = load(plant, now=now)
    (task,) = [one for one in loaded.shop.tasks if one.outside_seconds is not None]
    found = uncertainty_of(loaded.shop, meaning_of(loaded), loaded.profiles)
    return task, found.pools[found.outside_of[loaded.shop.tasks.index(task)]]


def test_a_plan_waits_for_a_supplier_as_long_as_is_left_by_now(press, now):
    made = worked(press, now - 10 * HOUR)
    there = away(made, planned=40)
    task, pool = outside_task(press.plant, now)
    # No measured 40 hours yet: they are taken as they were planned, and ten of them are over.
    assert task.outside_seconds == pytest.approx(30 * 3600, rel=0.01)
    assert min(pool.values) * task.outside_seconds == pytest.approx((0.7 * 40 - 10) * 3600, rel=0.01)
    Operation.objects.filter(pk=there.pk).update(not_before_at=now + 50 * HOUR)
    task, _pool = outside_task(press.plant, now)
    assert task.earliest + task.outside_seconds == 50 * 3600
    # Gone for longer than anything that came back, it won't come at once.
    Operation.objects.filter(pk=there.pk).update(not_before_at=None)
    Operation.objects.filter(pk=made.pk).update(finished_at=now - 100 * HOUR)
    task, _pool = outside_task(press.plant, now)
    assert task.outside_seconds > 10 * 3600


def test_what_is_away_longer_than_all_that_was_known_goes_on_for_a_while():
    known = Profiles(Measurements(since=0, until=0))
    left = still_away(known, 1, 2, Away(planned=100.0, elapsed=1000.0))
    assert left == Pool((LINGERS * 1000,), (1.0,))


def test_a_supplier_nobody_planned_takes_what_was_measured(press, now):
    item = ItemFactory()
    for number in range(30):
        made = worked(press, now - (200 + 10 * number) * HOUR, item=item)
        back = away(made, back=now - (160 + 10 * number) * HOUR)
        Operation.objects.filter(pk=back.pk).update(machine_group=press.group)
        ProductionOrder.objects.filter(pk=made.order_id).update(state=OrderState.FINISHED, finished_at=now)
    asked = worked(press, now, item=item)
    Operation.objects.filter(pk=away(asked).pk).update(machine_group=press.group)
    task, _pool = outside_task(press.plant, now)
    assert task.outside_seconds == pytest.approx(40 * 3600, rel=0.02)


def test_the_page_tells_how_long_a_plan_counts_with_for_suppliers(press, now, client):
    away(worked(press, now - 10 * HOUR), planned=48)
    away(worked(press, now - 20 * HOUR))
    client.force_login(PlannerFactory())
    rows = client.get(reverse("profiles"), {"plant": press.plant.code}).context["outside"]
    planned, unplanned = rows
    assert (planned["planned"], planned["open"]) == (2.0, 1)
    assert planned["median"] == pytest.approx(2.0, rel=0.2)
    assert (unplanned["planned"], unplanned["median"], unplanned["open"]) == (0, None, 1)
