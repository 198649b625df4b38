from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone, translation

from machines.domain.calendars.engine import Planned
from machines.enums import MachineState
from machines.models import Machine, MachineNow
from mes.accounts.roles import Role
from mes.lib.live import fragment_named
from orders.enums import RunPhase
from quality.enums import STATE_ICONS, ShownState
from quality.queries.shown import MOST_PRESSING, most_pressing, shown_state
from quality.queries.wall import count_by_state, shown_states, tiles
from quality.views.wall import render_counts
from tests.factories.accounts import OperatorFactory, UserFactory
from tests.factories.machines import (
    MONDAY,
    AreaFactory,
    MachineFactory,
    MachineGroupFactory,
    MachineNowFactory,
    MeasuredMachineFactory,
    PlantFactory,
    ShiftBreakFactory,
    ShiftFactory,
    ShiftPatternFactory,
    StopCodingFactory,
    StopReasonFactory,
)
from tests.factories.orders import OperationFactory, RunFactory

NOON = MONDAY + timedelta(hours=4)
WORK, BREAK, DOWN, UNPAID = Planned.WORK, Planned.BREAK, Planned.DOWN, Planned.UNPAID
SETUP, PRODUCTION = RunPhase.SETUP, RunPhase.PRODUCTION


@pytest.mark.parametrize(
    ("state", "planned", "phase", "measured", "shown"),
    [
        (MachineState.PRODUCING, WORK, PRODUCTION, True, "running"),
        (MachineState.PRODUCING, BREAK, PRODUCTION, True, "running"),
        (MachineState.PRODUCING, None, None, True, "running"),
        (MachineState.PRODUCING, WORK, SETUP, True, "setup"),
        (MachineState.STOP, WORK, SETUP, True, "setup"),
        (MachineState.UNKNOWN, WORK, SETUP, True, "setup"),
        (MachineState.SETUP, WORK, PRODUCTION, True, "setup"),
        (MachineState.MICRO_STOP, WORK, PRODUCTION, True, "micro_stop"),
        (MachineState.STOP, WORK, PRODUCTION, True, "stop"),
        (MachineState.IDLE, WORK, PRODUCTION, True, "stop"),
        (MachineState.STOP, WORK, None, True, "no_order"),
        (MachineState.IDLE, WORK, None, True, "no_order"),
        (MachineState.MAINTENANCE, WORK, PRODUCTION, True, "maintenance"),
        (MachineState.STOP, BREAK, PRODUCTION, True, "break"),
        (MachineState.STOP, UNPAID, PRODUCTION, True, "break"),
        (MachineState.STOP, DOWN, PRODUCTION, True, "maintenance"),
        (MachineState.UNKNOWN, None, None, True, "no_shift"),
        (MachineState.UNKNOWN, WORK, PRODUCTION, True, "unknown"),
        (None, WORK, PRODUCTION, True, "unknown"),
        (None, WORK, PRODUCTION, False, "running"),
        (None, WORK, None, False, "no_order"),
        (None, BREAK, PRODUCTION, False, "break"),
        (None, None, None, False, "no_shift"),
    ],
)
def test_three_layers_make_one_word(state, planned, phase, measured, shown):
    assert shown_state(state=state, planned=planned, phase=phase, measured=measured) == shown


def test_every_combination_of_layers_has_a_word():
    for state in (None, *MachineState):
        for planned in (None, *Planned):
            for phase in (None, *RunPhase):
                for measured in (True, False):
                    shown_state(state=state, planned=planned, phase=phase, measured=measured)


def test_every_state_has_an_icon_of_its_own_and_a_rank():
    assert len(set(STATE_ICONS.values())) == len(ShownState)
    assert set(MOST_PRESSING) == set(ShownState)
    assert most_pressing([ShownState.RUNNING, ShownState.STOP, ShownState.NO_ORDER]) is ShownState.STOP


def two_shifts(pattern="2-SHIFT"):
    found = ShiftPatternFactory(code=pattern)
    for day in range(5):
        shift = ShiftFactory(pattern=found, weekday=day)
        ShiftBreakFactory(shift=shift)
    return found


def tile_at(machine, moment):
    return tiles(Machine.objects.filter(pk=machine.pk), at=moment)[0]


@pytest.mark.django_db
def test_a_running_machine_shows_order_speed_progress_and_expected_end():
    operation = OperationFactory(in_production=True, good=Decimal(40), quantity=Decimal(100))
    machine = MeasuredMachineFactory(plant=operation.plant, group=operation.machine_group)
    RunFactory(operation=operation, machine=machine)
    MachineNowFactory(
        machine=machine, since=NOON - timedelta(minutes=5), cycle_seconds=12.5, reference_seconds=10
    )
    head = tile_at(machine, NOON).head
    assert head.state is ShownState.RUNNING
    assert head.operation == operation
    assert head.progress == Decimal("0.4")
    assert head.speed == Decimal("0.8")
    assert head.since == NOON - timedelta(minutes=5)
    assert head.expected_end == NOON + timedelta(seconds=12.5 * 60)


@pytest.mark.django_db
def test_the_expected_end_jumps_over_breaks_and_nights():
    pattern = two_shifts()  # 06:00–14:00 in Berlin, break 09:00–09:15
    operation = OperationFactory(in_production=True, quantity=Decimal(100), run_seconds=Decimal(360))
    machine = MachineFactory(plant=operation.plant, group=operation.machine_group, shift_pattern=pattern)
    RunFactory(operation=operation, machine=machine, started_at=MONDAY)
    # ten hours from 07:00 Berlin: 6 h 45 min until 14:00, the rest and its break on Tuesday from 06:00
    assert tile_at(machine, MONDAY).head.expected_end == MONDAY + timedelta(days=1, hours=2.5)


@pytest.mark.django_db
def test_a_machine_without_a_shift_says_since_when_and_when_work_goes_on():
    machine = MeasuredMachineFactory(shift_pattern=two_shifts())
    evening = MONDAY + timedelta(hours=12)
    head = tile_at(machine, evening).head
    assert head.state is ShownState.NO_SHIFT
    assert head.since == MONDAY + timedelta(hours=7)  # 14:00 in Berlin
    assert head.work_from == MONDAY + timedelta(hours=23)  # 06:00 in Berlin


@pytest.mark.django_db
def test_in_a_break_the_break_is_shown_from_its_beginning():
    machine = MeasuredMachineFactory(shift_pattern=two_shifts())
    MachineNowFactory(machine=machine, state=MachineState.STOP, since=MONDAY)
    head = tile_at(machine, MONDAY + timedelta(hours=2, minutes=10)).head
    assert (head.state, head.since) == (ShownState.BREAK, MONDAY + timedelta(hours=2))
    assert head.work_from == MONDAY + timedelta(hours=2, minutes=15)


@pytest.mark.django_db
def test_a_stop_shows_its_reason_as_long_as_it_lasts():
    run = RunFactory(machine=MeasuredMachineFactory())
    now = MachineNowFactory(machine=run.machine, state=MachineState.STOP, since=NOON - timedelta(minutes=9))
    before = StopReasonFactory(plant=run.machine.plant)
    StopCodingFactory(
        machine=run.machine, reason=before, span=DateTimeTZRange(MONDAY, MONDAY + timedelta(minutes=9))
    )
    assert tile_at(run.machine, NOON).head.reason is None
    said = StopReasonFactory(plant=run.machine.plant)
    StopCodingFactory(machine=run.machine, reason=said, span=DateTimeTZRange(now.since, None))
    assert tile_at(run.machine, NOON).head.reason == said
    MachineNow.objects.update(state=MachineState.PRODUCING)
    assert tile_at(run.machine, NOON).head.reason is None


@pytest.mark.django_db
def test_a_furnace_shows_its_slots_and_the_one_in_trouble_first():
    machine = MeasuredMachineFactory(slots=3)
    for slot, state in ((1, MachineState.PRODUCING), (2, MachineState.STOP)):
        RunFactory(machine=machine, slot=slot)
        MachineNowFactory(machine=machine, slot=slot, state=state)
    MachineNowFactory(machine=machine, slot=3, state=MachineState.IDLE)
    tile = tile_at(machine, NOON)
    assert [slot.state.value for slot in tile.slots] == ["running", "stop", "no_order"]
    assert tile.state is ShownState.STOP
    assert tile.head.slot == 2


@pytest.mark.django_db
def test_counts_go_by_urgency():
    MachineNowFactory(state=MachineState.PRODUCING)
    MachineNowFactory(state=MachineState.PRODUCING)
    MeasuredMachineFactory()
    assert count_by_state(tile.state for tile in tiles(Machine.objects.all(), at=NOON)) == [
        (ShownState.UNKNOWN, 1),
        (ShownState.RUNNING, 2),
    ]


@pytest.mark.django_db
def test_states_alone_are_those_of_the_tiles():
    plant = plant_of(9)
    furnace = MeasuredMachineFactory(plant=plant, slots=3)
    RunFactory(machine=furnace, slot=1, production_at=None)
    RunFactory(machine=furnace, slot=2)
    MachineNowFactory(machine=furnace, slot=2, state=MachineState.STOP)
    MachineFactory(plant=plant, shift_pattern=two_shifts())
    for moment in (NOON, MONDAY + timedelta(hours=2, minutes=10), MONDAY + timedelta(hours=12)):
        found = Counter(shown_states(Machine.objects.all(), at=moment))
        assert found == Counter(tile.state for tile in tiles(Machine.objects.all(), at=moment))
    assert len(found) > 3


def plant_of(machines):
    """Machines that run, stand and set up in turn."""
    plant = PlantFactory()
    area, group = AreaFactory(plant=plant), MachineGroupFactory(plant=plant)
    found = Machine.objects.bulk_create(
        MeasuredMachineFactory.build(plant=plant, area=area, group=group, code=f"{plant.code}-{number:04}")
        for number in range(machines)
    )
    states = [MachineState.PRODUCING, MachineState.STOP, MachineState.UNKNOWN]
    MachineNow.objects.bulk_create(
        MachineNow(machine=machine, slot=1, state=states[index % 3], since=MONDAY)
        for index, machine in enumerate(found)
    )
    operation = OperationFactory(order__plant=plant, machine_group=group, in_production=True)
    for machine in found[:6]:
        RunFactory(operation=operation, machine=machine)
    return plant


def queries_of(client, address, django_assert_max_num_queries):
    with django_assert_max_num_queries(40) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


@pytest.mark.django_db
def test_the_wall_asks_as_much_for_500_machines_as_for_3(client, django_assert_max_num_queries):
    client.force_login(OperatorFactory())
    client.get("/wall/")
    few = plant_of(3)
    asked = queries_of(client, f"/wall/?plant={few.code}", django_assert_max_num_queries)
    many = plant_of(500)
    page = client.get(f"/wall/?plant={many.code}").content.decode()
    assert page.count('class="tile-slot"') == 500
    assert queries_of(client, f"/wall/?plant={many.code}", django_assert_max_num_queries) == asked
    assert asked <= 14


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "de"])
def test_the_swap_of_a_tile_gives_what_a_fresh_page_has(client, language, monkeypatch):
    moment = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: moment)  # both name times to the minute
    plant = plant_of(6)
    client.force_login(OperatorFactory())
    client.cookies["django_language"] = language
    MachineNow.objects.update(since=moment - timedelta(minutes=90))
    page = client.get(f"/wall/?plant={plant.code}").content.decode()
    with translation.override(language):
        found = fragment_named("wall-tile").html(
            [str(pk) for pk in plant.machines.values_list("pk", flat=True)]
        )
        counts = render_counts([f"p{plant.pk}a"])
    assert len(found) == 6
    for key, html in found.items():
        assert f'sse-swap="wall-tile:{key}"' in page
        assert html in page
    assert counts[f"p{plant.pk}a"] in page


@pytest.mark.django_db
def test_keys_that_mean_nothing_are_left_out():
    assert fragment_named("wall-tile").html(["0", "abc", "999999"]) == {}


@pytest.mark.django_db
def test_the_wall_can_be_narrowed_to_an_area(client):
    client.force_login(UserFactory(roles=[Role.PLANNER.value]))
    here, there = MachineFactory(), MachineFactory()
    page = client.get(f"/wall/?plant={here.plant.code}&area={here.area.code}").content.decode()
    assert here.name in page
    assert there.name not in page
    assert client.get("/wall/?plant=NOWHERE").status_code == 404
    assert client.get(f"/wall/?plant={here.plant.code}&area={there.area.code}").status_code == 404


@pytest.mark.django_db
def test_an_inactive_machine_is_not_on_the_wall(client):
    client.force_login(OperatorFactory())
    machine = MachineFactory(active=False)
    assert machine.name not in client.get("/wall/").content.decode()


@pytest.mark.django_db
def test_the_wall_of_an_empty_plant_says_so(client):
    client.force_login(OperatorFactory())
    answer = client.get("/wall/")
    assert answer.status_code == 200
    assert "no machine here yet" in answer.content.decode()


@pytest.mark.django_db
def test_strangers_log_in_first(client):
    assert client.get("/wall/").url == "/login/?next=/wall/"
