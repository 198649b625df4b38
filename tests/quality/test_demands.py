"""Runs, counts, stops and ends ask for inspections, each once."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from machines.enums import MachineState
from machines.models import StateInterval
from orders.enums import OperationState
from quality.domain.demands import collect_demands, lot_plan
from quality.domain.results import Found, record_result
from quality.domain.sampling import SamplingPlan
from quality.enums import Severity
from quality.models import InspectionDemand
from quality.queries.due import characteristics_of, demands_due
from tests.factories.accounts import OperatorFactory, QualityFactory
from tests.factories.machines import MONDAY
from tests.factories.orders import OperationFactory, RunFactory
from tests.factories.quality import (
    CharacteristicFactory,
    CorrectiveActionFactory,
    InspectionPlanFactory,
    InspectionResultFactory,
    NonconformanceFactory,
)

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


def running(**more):
    """An operation whose setup took 20 minutes."""
    operation = OperationFactory(in_production=True, number="0010", position=1, **more)
    return RunFactory(operation=operation, started_at=MONDAY, production_at=MONDAY + 20 * MINUTE)


def asks(run, **more):
    work = run.operation
    return CharacteristicFactory(
        plan__plant=work.plant, plan__item=work.order.item, plan__operation_number=work.number, **more
    )


def triggers():
    return list(InspectionDemand.objects.order_by("due_at", "pk").values_list("trigger", flat=True))


@pytest.mark.parametrize(("sampling", "reason"), [("first", "first"), ("both", "first"), ("setup", "setup")])
def test_the_first_piece_is_asked_for_when_production_begins(sampling, reason):
    run = running()
    asks(run, sampling=sampling, sample_size=3)
    assert collect_demands(now=MONDAY + 21 * MINUTE) == 1
    demand = InspectionDemand.objects.get()
    assert (demand.reason, demand.wanted, demand.due_at) == (reason, 3, run.production_at)
    assert (demand.run, demand.machine) == (run, run.machine)
    assert collect_demands(now=MONDAY + 22 * MINUTE) == 0


def test_nobody_is_asked_while_setup_lasts_or_without_one():
    setup = running()
    setup.production_at = None
    setup.save()
    asks(setup, sampling="setup")
    straight = RunFactory(operation=OperationFactory(in_production=True, number="0010", position=1))
    asks(straight, sampling="setup")
    assert collect_demands(now=MONDAY + 60 * MINUTE) == 0


def test_each_setup_asks_again():
    run = running()
    asks(run, sampling="setup")
    run.ended_at = MONDAY + 60 * MINUTE
    run.save()
    again = RunFactory(
        operation=run.operation,
        machine=run.machine,
        started_at=MONDAY + 90 * MINUTE,
        production_at=MONDAY + 95 * MINUTE,
    )
    collect_demands(now=MONDAY + 100 * MINUTE)
    assert triggers() == [f"setup:{run.pk}", f"setup:{again.pk}"]


def test_pieces_are_asked_for_once_per_count_and_the_latest_only():
    run = running()
    asks(run, sampling="pieces", every=25)
    for good, expected in (
        (24, []),
        (25, ["pieces:25"]),
        (49, ["pieces:25"]),
        (110, ["pieces:25", "pieces:100"]),
    ):
        run.operation.good = Decimal(good)
        run.operation.save()
        collect_demands(now=MONDAY + 60 * MINUTE)
        assert triggers() == expected, good


def test_time_is_counted_from_the_start_of_production():
    run = running()
    asks(run, sampling="minutes", every=30)
    for minutes, expected in ((49, []), (50, ["30"]), (79, ["30"]), (80, ["30", "60"])):
        collect_demands(now=MONDAY + minutes * MINUTE)
        assert triggers() == [f"minutes:{run.pk}:{after}" for after in expected], minutes
    assert InspectionDemand.objects.earliest("due_at").due_at == MONDAY + 50 * MINUTE


def test_a_stop_asks_when_it_ends_if_it_was_long_enough():
    run = running()
    asks(run, sampling="stop", every=10)

    def stand(start, end, state=MachineState.STOP):
        StateInterval.objects.create(
            plant=run.plant,
            machine=run.machine,
            slot=1,
            started_at=MONDAY + start * MINUTE,
            ended_at=end and MONDAY + end * MINUTE,
            state=state,
        )

    stand(5, 18)  # during setup
    stand(30, 39)
    stand(40, 50)
    stand(50, 70, MachineState.PRODUCING)
    stand(70, None)
    assert collect_demands(now=MONDAY + 120 * MINUTE) == 1
    demand = InspectionDemand.objects.get()
    assert demand.due_at == MONDAY + 50 * MINUTE
    # a late signal moves the start of the stop: the same stop, not another one
    StateInterval.objects.filter(started_at=MONDAY + 40 * MINUTE).delete()
    stand(39.5, 50)
    assert collect_demands(now=MONDAY + 130 * MINUTE) == 0


def test_every_piece_grows_with_the_count():
    run = running()
    asks(run, sampling="all")
    for good in (3, 3, 7):
        run.operation.good = Decimal(good)
        run.operation.save()
        collect_demands(now=MONDAY + 60 * MINUTE)
        assert InspectionDemand.objects.get().wanted == good


def found(run, characteristic, at, *, inspected=1):
    """Recorded by somebody who wasn't asked yet."""
    return InspectionResultFactory(
        operation=run.operation, characteristic=characteristic, inspected=inspected, at=at, recorded_at=at
    )


def test_what_was_looked_at_before_it_was_asked_for_counts():
    run = running()
    characteristic = asks(run, sampling="first", sample_size=3)
    found(run, characteristic, MONDAY + 19 * MINUTE)  # while setting up
    found(run, characteristic, MONDAY + 21 * MINUTE, inspected=2)
    collect_demands(now=MONDAY + 22 * MINUTE)
    assert InspectionDemand.objects.get().done == 2
    collect_demands(now=MONDAY + 23 * MINUTE)
    assert InspectionDemand.objects.get().done == 2


def test_a_result_counts_for_the_setup_after_which_it_came():
    run = running()
    characteristic = asks(run, sampling="setup")
    run.ended_at = MONDAY + 60 * MINUTE
    run.save()
    again = RunFactory(
        operation=run.operation,
        machine=run.machine,
        started_at=MONDAY + 90 * MINUTE,
        production_at=MONDAY + 95 * MINUTE,
    )
    found(run, characteristic, MONDAY + 96 * MINUTE)
    found(run, characteristic, MONDAY + 97 * MINUTE)
    collect_demands(now=MONDAY + 100 * MINUTE)
    assert dict(InspectionDemand.objects.values_list("run", "done")) == {run.pk: 0, again.pk: 1}


def test_a_sample_counts_for_the_pieces_made_since_it_was_asked_for_last():
    run = running()
    characteristic = asks(run, sampling="pieces", every=25, sample_size=2)

    def made(good, at):
        run.operation.good = Decimal(good)
        run.operation.save()
        collect_demands(now=MONDAY + at * MINUTE)

    for at in (40, 41, 42):
        found(run, characteristic, MONDAY + at * MINUTE)
    made(25, 43)
    found(run, characteristic, MONDAY + 60 * MINUTE)
    made(50, 61)
    done = InspectionDemand.objects.order_by("due_at").values_list("trigger", "done")
    assert list(done) == [("pieces:25", 2), ("pieces:50", 1)]


def test_every_piece_is_asked_for_before_it_is_counted():
    run = running()
    characteristic = asks(run, attribute=True, sampling="all")
    run.operation.good = Decimal(1)
    run.operation.save()
    collect_demands(now=MONDAY + 30 * MINUTE)
    for _ in range(3):
        record_result(
            characteristic=characteristic,
            operation=run.operation,
            found=Found(passed=True),
            by=OperatorFactory(),
            key=uuid4(),
        )
    run.operation.good = Decimal(5)
    run.operation.save()
    collect_demands(now=MONDAY + 40 * MINUTE)
    demand = InspectionDemand.objects.get()
    assert (demand.done, demand.wanted) == (3, 5)


def finish(run, good=400):
    work = run.operation
    work.state, work.finished_at, work.good = OperationState.FINISHED, MONDAY + 90 * MINUTE, Decimal(good)
    work.save()
    run.ended_at = work.finished_at
    run.save()


def test_the_last_piece_is_asked_for_at_the_end():
    run = running()
    asks(run, sampling="both")
    collect_demands(now=MONDAY + 60 * MINUTE)
    finish(run)
    collect_demands(now=MONDAY + 91 * MINUTE)
    assert triggers() == ["first", "last"]


def test_a_lot_is_sampled_by_its_aql_when_it_is_finished():
    run = running()
    characteristic = asks(run, attribute=True, sampling="aql", aql=Decimal("1.0"))
    assert collect_demands(now=MONDAY + 60 * MINUTE) == 0
    finish(run, good=1000)
    assert collect_demands(now=MONDAY + 91 * MINUTE) == 1
    demand = InspectionDemand.objects.get()
    assert (demand.wanted, demand.accept, demand.severity) == (80, 2, Severity.NORMAL)
    assert collect_demands(now=MONDAY + 92 * MINUTE) == 0
    for number in range(2):
        InspectionResultFactory(
            operation=run.operation,
            characteristic=characteristic,
            trigger="lot",
            value=None,
            inspected=80,
            found=3,
            verdict="failed",
            at=MONDAY + (100 + number) * MINUTE,
        )
    assert lot_plan(characteristic, 1000) == (Severity.TIGHTENED, SamplingPlan("J", 80, 1, 2))


def test_after_five_lots_not_accepted_every_piece_is_asked_for_until_an_action_is_effective():
    run = running()
    characteristic = asks(run, attribute=True, sampling="aql", aql=Decimal("1.0"))
    finish(run, good=1000)
    for number in range(7):
        InspectionResultFactory(
            operation=run.operation,
            characteristic=characteristic,
            trigger="lot",
            value=None,
            inspected=80,
            found=3,
            verdict="failed",
            at=MONDAY + (100 + number) * MINUTE,
        )
    assert lot_plan(characteristic, 1000) == (Severity.ALL, SamplingPlan("", 1000, 0, 1))
    action = CorrectiveActionFactory(
        plant=run.plant,
        state="closed",
        effective=True,
        effect="No more since",
        checked_at=MONDAY + 200 * MINUTE,
        checked_by=QualityFactory(),
        done="Fixture mended",
        done_at=MONDAY + 150 * MINUTE,
    )
    assert lot_plan(characteristic, 1000)[0] == Severity.ALL
    action.nonconformances.add(NonconformanceFactory(plant=run.plant, item=run.operation.order.item))
    assert lot_plan(characteristic, 1000) == (Severity.TIGHTENED, SamplingPlan("J", 80, 1, 2))


def test_only_the_plan_in_force_asks():
    run = running(order__revision="B")
    general = asks(run, sampling="first")
    own = asks(run, sampling="first", plan__revision="B")
    asks(run, sampling="first", plan__revision="C")
    draft = InspectionPlanFactory(plant=run.plant, item=run.operation.order.item, version=2)
    CharacteristicFactory(plan=draft, sampling="first")
    collect_demands(now=MONDAY + 60 * MINUTE)
    assert InspectionDemand.objects.get().characteristic == own
    assert list(characteristics_of(run.operation)) == [own]
    assert general != own


def test_a_plan_released_later_does_not_ask_about_the_past():
    run = running()
    asks(run, sampling="first", plan__released_at=MONDAY + 30 * MINUTE)
    assert collect_demands(now=MONDAY + 60 * MINUTE) == 0


def test_what_is_long_over_asks_nobody():
    run = running()
    asks(run, sampling="both")
    finish(run)
    assert collect_demands(now=MONDAY + timedelta(days=3)) == 0


def test_due_overdue_and_missed():
    run = running()
    asks(run, sampling="minutes", every=30)
    collect_demands(now=MONDAY + 50 * MINUTE)
    collect_demands(now=MONDAY + 80 * MINUTE)
    older, newer = demands_due(now=MONDAY + 81 * MINUTE, operations=[run.operation_id])
    assert (older.overdue, older.missed) == (True, True)
    assert (newer.overdue, newer.missed) == (False, False)


def test_what_was_not_done_is_missed_long_after_the_operations_end():
    run = running()
    asks(run, sampling="first")
    finish(run)
    collect_demands(now=MONDAY + 91 * MINUTE)

    def missed(after):
        [due] = demands_due(now=run.operation.finished_at + after, operations=[run.operation_id])
        return due.missed

    assert not missed(timedelta(hours=47))
    assert missed(timedelta(days=2))
    assert missed(timedelta(days=200))


def test_the_number_of_queries_is_that_of_one_operation():
    def count():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            collect_demands(now=MONDAY + 60 * MINUTE)
        return len(queries)

    asks(running(), sampling="first")
    one = count()
    for _ in range(3):
        asks(running(), sampling="first")
    assert count() == one
