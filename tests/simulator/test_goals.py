"""The goals of the measurement, on a simulated day through the real doors: clean, and with dirt."""

import logging
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from mes.lib.spans import Span
from mes.runtime.demo_plant.load import load_demo_plant
from mes.runtime.simulator.dirt import Dirt, DirtyLine
from mes.runtime.simulator.messages import Signal
from mes.runtime.simulator.physics import Settings
from mes.runtime.simulator.report import Comparison, compare, count_pieces
from mes.runtime.simulator.truth import TrueCycle, Truth
from orders.enums import OperationState
from orders.models import Operation
from tests.factories.machines import CycleFactory, MachineFactory
from tests.simulator.play import Play

HOURS = timedelta(hours=1)
DAY = 10 * HOURS
WARM_UP = 2 * HOURS
MACHINES = frozenset({"PRESS-2", "MOULD-1", "CNC-1", "CNC-3", "ASSY-1", "INSP-1"})
# No signal is lost here: what a reset, an outage or a late message hides must all come to light again.
DIRT = Dirt(
    late=0.02,
    doubled=0.02,
    reordered=0.05,
    resets_per_day=8,
    outages_per_day=8,
    skew_seconds=2,
)
LOSS = Dirt(lost=0.01, late=0.01, doubled=0.01)


@pytest.fixture
def quiet():
    logging.disable(logging.INFO)
    yield
    logging.disable(logging.NOTSET)


def play(dirt, *, length=DAY, machines=MACHINES, **settings):
    load_demo_plant()
    # At six in the morning in the plant, so that all shifts of the day are in it.
    start = (timezone.now() - timedelta(days=3)).replace(hour=4, minute=0, second=0, microsecond=0)
    game = Play(start, Settings(only=machines, **settings), dirt, step=2 * HOURS)
    game.run(start + length)
    report = compare(
        game.world,
        start=start + WARM_UP,
        until=start + length,
        line=game.park.line,
        now=start + length,
    )
    return SimpleNamespace(game=game, report=report, total=report.total, table=report.as_table())


def counted_machines(report):
    return [row for row in report.machines if row.true_pieces]


@pytest.mark.django_db
@pytest.mark.parametrize("dirt", [Dirt(), DIRT], ids=["clean", "dirty"])
def test_a_day_is_measured_as_it_was(dirt, quiet):
    day = play(dirt, breakdown_factor=5)
    assert day.game.doors.refusals == []
    assert len(counted_machines(day.report)) == 5
    assert [row.count_error for row in day.report.machines] == [0] * len(MACHINES), day.table
    assert day.total.right_share >= 0.995, day.table
    assert day.total.wrong_share <= 0.001, day.table
    assert day.total.stops >= 5, "a day without a stop proves nothing"
    assert day.total.stop_recall >= 0.99, day.table
    assert day.total.oee_error_points < 0.5, day.table
    assert all(row.oee_error_points < 0.5 for row in day.report.machines), day.table
    assert day.total.state_error < 0.01, day.table
    assert Operation.objects.filter(state=OperationState.FINISHED).count() > 10
    damage = day.game.park.line.damage
    assert dirt.is_clean or (damage.resets > 3 and damage.late > 50 and damage.stored > 50)


@pytest.mark.django_db
def test_what_is_lost_on_the_way_is_missing_and_nothing_else(quiet):
    day = play(LOSS, length=6 * HOURS, machines=frozenset({"PRESS-2", "MOULD-1", "ASSY-1", "INSP-1"}))
    by_machine = {row.machine: row for row in day.report.machines}
    assert len(day.game.park.line.damage.lost) > 50
    assert by_machine["MOULD-1"].unknowable > 0, "each cycle event is the only trace of its pieces"
    assert by_machine["MOULD-1"].count_error == 0, day.table
    assert by_machine["PRESS-2"].unknowable == 0, "the next reading of a counter makes up for a lost one"
    assert abs(by_machine["MOULD-1"].energy_error) < 0.02, "a later reading makes up for a lost one"
    assert day.total.true_kwh == by_machine["MOULD-1"].true_kwh > 0
    for counter in ("PRESS-2", "ASSY-1"):
        assert abs(by_machine[counter].count_error) <= 2, day.table


@pytest.mark.django_db
def test_the_report_sees_a_machine_that_miscounts(quiet):
    day = play(Dirt(), length=4 * HOURS, machines=frozenset({"PRESS-2", "INSP-1"}))
    from machines.models import Cycle
    from orders.models import ProductionEvent

    assert day.total.count_error == 0
    some = Cycle.objects.filter(machine__code="PRESS-2", ended_at__gte=day.report.start)[:7]
    lost = sum(int(cycle.quantity) for cycle in some)
    for cycle in some:
        Cycle.objects.filter(pk=cycle.pk).delete()
    ProductionEvent.objects.filter(kind="counted").update(good=0)
    again = compare(day.game.world, start=day.report.start, until=day.report.until, now=day.report.until)
    assert again.total.count_error == -lost
    assert again.total.right_share == 0
    assert "PRESS-2" in again.as_table()
    assert again.as_json()["total"]["count_error"] == -lost


@pytest.mark.django_db
@pytest.mark.parametrize("ahead", [-1.5, 0.0, 1.5])
def test_a_cycle_at_the_border_counts_on_one_side_of_it_whatever_the_machines_clock_says(ahead):
    start = datetime(2026, 11, 12, 6, tzinfo=UTC)
    span = Span(start, start + HOURS)
    ends = [start - timedelta(seconds=1), start + HOURS / 2, span.end - timedelta(seconds=1), span.end]
    machine = MachineFactory()
    truth = Truth(
        [TrueCycle(machine.code, 1, end - timedelta(seconds=9), end, 2, "FA-1", "10", False) for end in ends]
    )
    line = DirtyLine(Dirt())
    line.pass_on([Signal(machine.code, 1, start, "available", True)], span.end)
    line._lines[machine.code].skew = timedelta(seconds=ahead)
    for end in ends:
        CycleFactory(machine=machine, ended_at=end + timedelta(seconds=ahead), quantity=2)
    row = Comparison(machine.code)
    count_pieces(row, SimpleNamespace(truth=truth), span, line)
    assert (row.true_pieces, row.count_error) == (4, 0)
