"""Production runs: their record, the golden one, and how even they were."""

from __future__ import annotations

import io
import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st
from pypdf import PdfReader

from machines.models import Cycle
from mes.lib.errors import InvalidInput, NotAllowed, Refused
from orders.domain.genealogy import Made, link_lots
from orders.enums import OperationState
from orders.models import Operation
from quality.domain.batches import mark_golden
from quality.kpi.batches import batches_of, later_runs
from quality.models import GoldenBatch
from quality.spc.batches import (
    CYCLE,
    LEAST,
    SETUP,
    YIELD,
    Differing,
    Figures,
    compared,
    differing,
    drift_of,
)
from quality.views.batches import WIDTH, band_of
from tests.factories.accounts import OperatorFactory, QualityFactory
from tests.factories.machines import MachineFactory, MachineGroupFactory
from tests.factories.orders import (
    ItemFactory,
    LotFactory,
    OperationFactory,
    ProductionOrderFactory,
    RunFactory,
    RunPersonFactory,
)
from tests.factories.quality import (
    CharacteristicFactory,
    GoldenBatchFactory,
    InspectionResultFactory,
)


def figures(**more):
    values = {
        "good": 95.0,
        "scrap": 5.0,
        "rework": 0.0,
        "setup_seconds": 600.0,
        "seconds_per_piece": 60.0,
        "cycle_times": [58.0, 59.0, 60.0, 61.0, 62.0] * 4,
        "measured": {"BORE": [25.01, 25.011, 25.012, 25.009]},
        "parameters": {"melt": "285 °C"},
        "program": "O1 A",
    }
    return Figures(**(values | more))


def test_a_run_like_the_golden_one_is_inside_every_band():
    rows = compared(figures(), figures(), tolerance=0.1)
    assert [row.name for row in rows] == [CYCLE, "piece", SETUP, YIELD, "BORE"]
    assert all(row.inside for row in rows)
    assert not differing(figures(), figures())


def test_what_is_off_is_said():
    run = figures(
        setup_seconds=700.0,
        good=80.0,
        scrap=20.0,
        cycle_times=[80.0] * 10,
        measured={"BORE": [25.05]},
        parameters={"melt": "290 °C", "hold": "3 s"},
        program="O1 B",
    )
    rows = {row.name: row.inside for row in compared(figures(), run, tolerance=0.1)}
    assert rows == {CYCLE: False, "piece": True, SETUP: False, YIELD: False, "BORE": False}
    assert differing(figures(), run) == [
        Differing("program", "O1 A", "O1 B"),
        Differing("hold", "", "3 s"),
        Differing("melt", "285 °C", "290 °C"),
    ]


def test_what_nobody_measured_is_neither_in_nor_out():
    run = figures(cycle_times=(), measured={}, setup_seconds=0.0, seconds_per_piece=None)
    rows = {row.name: row.inside for row in compared(figures(), run, tolerance=0.1)}
    assert (rows[CYCLE], rows[SETUP], rows["BORE"], rows[YIELD]) == (None, None, None, True)
    assert compared(figures(good=0.0, scrap=0.0, cycle_times=(), measured=None), run, tolerance=0.1)


def test_welch_s_interval_of_a_worked_example():
    # first third 10 ± 1 (1 to 19 odd steps), last third 13 ± 1: difference 3, s² = 1.25 each, n = 5
    first, last = [8.5, 9.5, 10.0, 10.5, 11.5], [11.5, 12.5, 13.0, 13.5, 14.5]
    drift = drift_of([*first, 0.0, 0.0, 0.0, 0.0, 0.0, *last])
    half = 1.959964 * ((1.25 + 1.25) / 5) ** 0.5
    assert drift.change == pytest.approx(3)
    assert (drift.low, drift.high) == (pytest.approx(3 - half, abs=1e-5), pytest.approx(3 + half, abs=1e-5))
    assert drift.drifts


@given(st.lists(st.floats(1, 1000), min_size=LEAST, max_size=90))
def test_a_run_and_its_mirror_drift_the_other_way(values):
    ahead, back = drift_of(values), drift_of(values[::-1])
    assert ahead.change == pytest.approx(-back.change)
    assert ahead.low <= ahead.change <= ahead.high


def test_few_values_and_equal_values_do_not_drift():
    assert drift_of([1.0] * (LEAST - 1)) is None
    assert not drift_of([60.0] * 30).drifts
    assert drift_of([60.0 + 0.5 * nth for nth in range(30)]).drifts


@given(st.floats(0, 100), st.floats(-1000, 1000))
def test_the_picture_stays_in_its_frame(low, value):
    [row] = [
        row
        for row in compared(
            figures(setup_seconds=low + 1), figures(setup_seconds=abs(value) + 1), tolerance=0.1
        )
        if row.name == SETUP
    ]
    band = band_of(row)
    assert 0 < band.left < band.golden < band.left + band.width < WIDTH
    assert 0 < band.value < WIDTH


class Runs:
    """Runs of one item on one machine: 20 cycles each, measured, of lots, by people."""

    def __init__(self):
        self.item = ItemFactory(code="HUB", lot_tracked=True)
        self.group = MachineGroupFactory(code="CNC")
        self.machine = MachineFactory(plant=self.group.plant, group=self.group, code="CNC-1")
        self.bore = CharacteristicFactory(code="BORE")
        self.operator = OperatorFactory(first_name="Ada", last_name="Muster")
        self.next = timezone.now() - timedelta(days=3)

    def run(self, number, *, seconds=60.0, growing=0.0, scrap=0, parameters=None):
        began, self.next = self.next, self.next + timedelta(hours=8)
        order = ProductionOrderFactory(
            plant=self.group.plant, number=number, item=self.item, quantity=20, finished=True, good=20 - scrap
        )
        operation = OperationFactory(
            order=order,
            position=1,
            number="0010",
            machine_group=self.group,
            state=OperationState.FINISHED,
            started_at=began,
            finished_at=began + timedelta(hours=2),
            good=20 - scrap,
            scrap=scrap,
            program="O1020",
            parameters=parameters or {"speed": "120"},
        )
        start = began + timedelta(minutes=10)
        run = RunFactory(
            operation=operation,
            machine=self.machine,
            started_at=began,
            production_at=start,
            ended_at=began + timedelta(hours=2),
        )
        RunPersonFactory(run=run, person=self.operator, ended_at=run.ended_at)
        at = start
        for nth in range(20):
            length = timedelta(seconds=seconds + growing * nth + (nth % 3) * 0.2)
            Cycle.objects.create(
                plant=self.group.plant,
                machine=self.machine,
                credit_at=at,
                ended_at=at + length,
                duration=length,
                quantity=1,
            )
            at += length
            if nth % 5 == 0:
                InspectionResultFactory(
                    operation=operation,
                    characteristic=self.bore,
                    value=Decimal("25.010") + Decimal(nth % 2) / 1000,
                    at=at,
                )
        material = LotFactory(item=ItemFactory(code="BAR"), number=f"BAR-{number}")
        made = LotFactory(item=self.item, number=f"HUB-{number}", order=order)
        link_lots(
            parent=material,
            child=made,
            quantity=Decimal(10),
            made=Made(order.plant_id, began, operation_id=operation.pk),
            key=uuid.uuid4(),
        )
        return operation


@pytest.fixture
def runs(db):
    return Runs()


def test_a_batch_tells_times_yield_lots_people_inspections_and_how_even_it_was(runs):
    operation = runs.run("B1", scrap=1, growing=0.5)
    [batch] = batches_of(operation.order)
    assert batch.machines == ["CNC-1"]
    assert batch.people == [str(runs.operator)]
    assert [(one.lot, one.quantity) for one in batch.material] == [("BAR-B1", 10)]
    assert batch.made == ["HUB-B1"]
    assert (batch.figures.setup_seconds, batch.figures.first_pass) == (600, 0.95)
    assert len(batch.figures.cycle_times) == 20
    assert len(batch.results) == 4
    drifts = dict(batch.drifts)
    assert drifts[CYCLE].drifts
    assert drifts["BORE"] is None, "four values say nothing"


def test_later_runs_stand_beside_the_golden_one(runs):
    best, slow = runs.run("B1"), runs.run("B2", seconds=80, scrap=4, parameters={"speed": "90"})
    golden = mark_golden(operation=best, reason="No scrap", by=QualityFactory())
    [batch] = batches_of(slow.order)
    inside = {row.name: row.inside for row in batch.compared}
    assert inside == {CYCLE: False, "piece": inside["piece"], SETUP: True, YIELD: False, "BORE": True}
    assert batch.differing == [Differing("speed", "120", "90")]
    [(operation, rows)] = later_runs(golden)
    assert (operation, {row.name for row in rows}) == (slow, set(inside))
    [own] = batches_of(best.order)
    assert own.is_golden
    assert all(row.inside for row in own.compared)


def test_another_golden_batch_replaces_the_first_and_keeps_its_word(runs):
    first, second, person = runs.run("B1"), runs.run("B2"), QualityFactory()
    old = mark_golden(operation=first, reason="No scrap", by=person)
    assert mark_golden(operation=first, reason="Again", by=person) == old
    new = mark_golden(operation=second, reason="Faster", by=person)
    old.refresh_from_db()
    assert old.replaced_at is not None
    assert GoldenBatch.objects.filter(replaced_at=None).get() == new


def test_what_may_not_be_golden_is_refused(runs):
    operation, person = runs.run("B1"), QualityFactory()
    with pytest.raises(NotAllowed):
        mark_golden(operation=operation, reason="x", by=OperatorFactory())
    for wrong in ({"reason": " "}, {"tolerance_percent": Decimal(0)}, {"tolerance_percent": Decimal(101)}):
        with pytest.raises(InvalidInput):
            mark_golden(operation=operation, by=person, **({"reason": "x"} | wrong))
    Operation.objects.update(good=0)
    with pytest.raises(Refused):
        mark_golden(operation=operation, reason="x", by=person)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("constraint", "make"),
    [
        ("golden_batch_tolerance", lambda: GoldenBatchFactory(tolerance_percent=0)),
        (
            "golden_batch_one_at_a_time",
            lambda: GoldenBatchFactory(operation=GoldenBatchFactory().operation),
        ),
    ],
)
def test_the_database_refuses_what_makes_no_sense(constraint, make):
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        make()


def test_the_record_is_a_page_and_a_pdf_and_quality_marks_the_golden_one(client, runs):
    best, slow = runs.run("B1"), runs.run("B2", seconds=80)
    client.force_login(QualityFactory())
    answer = client.post(
        reverse("golden-mark", args=[best.pk]), {"reason": "No scrap", "tolerance_percent": "10"}
    )
    assert answer.status_code == 302
    page = client.get(reverse("batch-record", args=[slow.order_id])).content.decode()
    assert 'class="band band-out"' in page
    assert "BAR-B2" in page
    content = client.get(reverse("batch-record-pdf", args=[slow.order_id])).content
    text = "".join(part.extract_text() for part in PdfReader(io.BytesIO(content)).pages)
    for expected in ("BAR-B2", "BORE", "O1020", "HUB-B2", "B1"):
        assert expected in text
    golden = GoldenBatch.objects.get()
    assert "B2" in client.get(reverse("golden-batch", args=[golden.pk])).content.decode()
    assert "HUB" in client.get(reverse("golden-batches")).content.decode()
    client.post(reverse("golden-mark", args=[slow.pk]), {"reason": ""})
    assert GoldenBatch.objects.count() == 1


@pytest.mark.django_db
def test_an_order_that_nobody_worked_on_has_an_empty_record(client):
    order = ProductionOrderFactory()
    client.force_login(OperatorFactory())
    assert client.get(reverse("batch-record", args=[order.pk])).status_code == 200
    assert client.get(reverse("batch-record-pdf", args=[order.pk])).status_code == 404


def test_three_runs_cost_as_many_queries_as_one(client, runs):
    golden = mark_golden(operation=runs.run("B0"), reason="x", by=QualityFactory())
    client.force_login(QualityFactory())
    page = reverse("golden-batch", args=[golden.pk])

    def queries():
        with CaptureQueriesContext(connection) as captured:
            assert client.get(page).status_code == 200
        return len(captured)

    runs.run("B1")
    queries()
    one = queries()
    runs.run("B2")
    runs.run("B3")
    assert queries() == one
