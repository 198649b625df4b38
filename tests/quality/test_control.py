"""Control charts of recorded results, and their pages."""

from datetime import timedelta
from decimal import Decimal
from statistics import stdev

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from orders.enums import OperationState
from quality.enums import Chart
from quality.kpi.control import chart_kind, control_of, control_of_scrap
from quality.models import InspectionResult
from quality.queries.spc import scrap_of, values_of
from tests.factories.accounts import OperatorFactory, QualityFactory
from tests.factories.machines import MONDAY
from tests.factories.orders import OperationFactory, ProductionOrderFactory, RunFactory
from tests.factories.quality import CharacteristicFactory, InspectionResultFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def run():
    return RunFactory(operation=OperationFactory(in_production=True, number="0010", position=1))


def of(run, **more):
    work = run.operation
    return CharacteristicFactory(
        plan__plant=work.plant, plan__item=work.order.item, plan__operation_number=work.number, **more
    )


def measured(characteristic, run, values, *, trigger="", start=0, **more):
    return [
        InspectionResultFactory(
            operation=run.operation,
            characteristic=characteristic,
            run=run,
            machine=run.machine,
            trigger=trigger,
            value=None if value is None else Decimal(str(value)),
            at=MONDAY + timedelta(minutes=start + number),
            **more,
        )
        for number, value in enumerate(values)
    ]


def chart_of(characteristic, **more):
    return control_of(characteristic, values_of(characteristic, most=200), **more)


@pytest.mark.parametrize(
    ("more", "kind"),
    [
        ({}, Chart.I_MR),
        ({"sample_size": 5}, Chart.X_R),
        ({"sample_size": 10}, Chart.X_S),
        ({"sample_size": 5, "chart": "xbar_s"}, Chart.X_S),
        ({"attribute": True}, Chart.P),
        ({"attribute": True, "chart": "u"}, Chart.U),
    ],
)
def test_the_usual_chart_follows_from_kind_and_sample(run, more, kind):
    assert chart_kind(of(run, **more)) == kind


def test_samples_are_subgroups_and_incomplete_ones_are_left_out(run):
    characteristic = of(run, sample_size=2)
    measured(characteristic, run, [25.00, 25.01], trigger="pieces:10")
    measured(characteristic, run, [25.02, 25.00], trigger="pieces:20", start=10)
    measured(characteristic, run, [25.00], trigger="pieces:30", start=20)
    control = chart_of(characteristic)
    assert [point.values for point in control.points] == [[25.0, 25.01], [25.02, 25.0]]
    assert control.left_out == 1
    assert [drawn.name for drawn in control.charts] == ["X̄", "R"]
    assert control.charts[1].chart.points == [pytest.approx(0.01), pytest.approx(0.02)]


def test_an_outlier_is_marked_and_patterns_end_at_a_set_up(run):
    characteristic = of(run)
    measured(characteristic, run, [25.000, 25.001] * 10)
    measured(characteristic, run, [25.02], start=30)
    control = chart_of(characteristic)
    assert control.charts[0].broken[20] == [1]
    run.ended_at = MONDAY + timedelta(hours=9)
    run.save()
    other = RunFactory(
        operation=run.operation,
        machine=run.machine,
        started_at=run.ended_at,
        production_at=run.ended_at + timedelta(minutes=20),
    )
    measured(characteristic, other, [25.0], start=600)
    assert chart_of(characteristic).phases == [21]


def test_a_corrected_result_is_not_charted(run):
    characteristic = of(run)
    wrong, _right = measured(characteristic, run, [2500, 25.0])
    InspectionResultFactory(
        operation=run.operation, characteristic=characteristic, corrects=wrong, comment="typed wrongly"
    )
    assert [value.value for value in values_of(characteristic, most=9)] == [25.001, 25.0]


def test_versions_of_a_plan_share_a_chart(run):
    first = of(run, code="D1", plan__version=1, plan__state="replaced")
    second = of(run, code="D1", plan__version=2)
    measured(first, run, [25.0])
    measured(second, run, [25.01], start=5)
    assert len(values_of(second, most=9)) == 2


def test_each_machine_has_its_own_chart(client, run):
    characteristic = of(run, sample_size=2)
    other = RunFactory(operation=run.operation)
    for number in range(4):  # two machines measure in turns
        measured(characteristic, run, [25.000], start=10 * number)
        measured(characteristic, other, [25.010], start=10 * number + 5)
    here, there = (
        control_of(characteristic, values_of(characteristic, most=9, machine=one.machine.code))
        for one in (run, other)
    )
    assert [point.values for point in here.points] == [[25.000, 25.000]] * 2
    assert [point.values for point in there.points] == [[25.010, 25.010]] * 2
    assert (here.phases, here.left_out) == ([], 0)
    both = chart_of(characteristic)
    assert (len(both.points), both.left_out) == (4, 0), "whole samples, though others came in between"
    client.force_login(QualityFactory())
    page = reverse("spc-characteristic", args=[characteristic.pk])
    newest = client.get(page).content.decode()
    assert f"machine={other.machine.code}" in newest, "where something was found last"
    asked = client.get(page, {"machine": run.machine.code}).content.decode()
    assert f"rules=nelson&amp;machine={run.machine.code}" in asked
    chart = reverse("spc-chart", args=[characteristic.pk])
    points = client.get(chart, {"machine": run.machine.code}).json()["points"]
    assert {point["machine"] for point in points} == {run.machine.code}
    assert client.get(chart, {"machine": "NONE"}).json()["points"][0]["machine"] == other.machine.code


def test_work_that_was_interrupted_goes_on_in_its_phase(run):
    characteristic = of(run)
    run.ended_at = MONDAY + timedelta(minutes=30)
    run.save()
    begins = MONDAY + timedelta(minutes=40)
    again = RunFactory(operation=run.operation, machine=run.machine, started_at=begins, production_at=begins)
    measured(characteristic, run, [25.0, 25.001])
    measured(characteristic, again, [25.0, 25.001], start=41)
    assert chart_of(characteristic).phases == []
    again.ended_at = MONDAY + timedelta(minutes=50)
    again.save()
    set_up = RunFactory(
        operation=run.operation,
        machine=run.machine,
        started_at=MONDAY + timedelta(minutes=55),
        production_at=MONDAY + timedelta(minutes=60),
    )
    measured(characteristic, set_up, [25.0, 25.001], start=61)
    assert chart_of(characteristic).phases == [4]


def test_capability_of_the_process_and_of_the_latest_run(run):
    characteristic = of(run)
    measured(characteristic, run, [24.99, 25.0, 25.01, 25.0, 24.995, 25.005])
    control = chart_of(characteristic)
    assert control.within.actual.n == control.overall.actual.n == control.machine.actual.n == 6
    assert control.overall.potential.value == pytest.approx(0.04 / 6 / control.overall.sigma)


def test_the_machine_page_has_cm_and_cmk_of_each_item_since_its_latest_set_up(client, run):
    characteristic = of(run, name="Bore 25 H7")
    values = [24.99, 25.0, 25.01, 25.0, 24.995, 25.005]
    measured(characteristic, run, [24.98, 25.02])
    run.ended_at = MONDAY + timedelta(minutes=10)
    run.save()
    set_up = RunFactory(
        operation=run.operation,
        machine=run.machine,
        started_at=MONDAY + timedelta(minutes=20),
        production_at=MONDAY + timedelta(minutes=40),
    )
    measured(characteristic, set_up, values, start=50)
    other = RunFactory(operation=OperationFactory(in_production=True, number="0010", position=1))
    measured(of(other), other, [25.0, 25.001])
    client.force_login(QualityFactory())
    address = reverse("machine-capability", args=[run.machine.code])
    assert address in client.get(reverse("machine", args=[run.machine.code])).content.decode()
    [(found, index)] = client.get(address).context["rows"]
    assert found == characteristic
    assert index.actual.n == 6
    assert index.potential.value == pytest.approx(0.04 / 6 / stdev(values))
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    for code in ("A", "B"):
        measured(CharacteristicFactory(plan=characteristic.plan, code=code), set_up, values, start=100)
    with CaptureQueriesContext(connection) as more:
        assert len(client.get(address).context["rows"]) == 3
    assert len(more) == len(queries)


def test_attributes_are_charted_by_their_share(run):
    characteristic = of(run, attribute=True)
    for number, wrong in enumerate((1, 2, 0)):
        measured(characteristic, run, [None], start=number, inspected=50, found=wrong)
    control = chart_of(characteristic)
    assert control.charts[0].chart.points == [0.02, 0.04, 0]
    characteristic.chart = "np"
    measured(characteristic, run, [None], start=9, inspected=10, found=1)
    control = chart_of(characteristic)
    assert (control.charts[0].chart.points, control.left_out) == ([1, 2, 0], 1)


def test_scrap_is_charted_order_by_order(run):
    item = run.operation.order.item
    for number, scrap in enumerate((5, 10, 2)):
        OperationFactory(
            order=ProductionOrderFactory(item=item, plant=run.plant, running=True),
            number="0010",
            state=OperationState.FINISHED,
            started_at=MONDAY,
            finished_at=MONDAY + timedelta(hours=number),
            good=Decimal(100 - scrap),
            scrap=Decimal(scrap),
        )
    control = control_of_scrap(scrap_of(run.plant, item, "0010", most=50))
    assert control.charts[0].chart.points == [0.05, 0.1, 0.02]


def test_one_value_makes_no_chart(run):
    characteristic = of(run)
    measured(characteristic, run, [25.0])
    assert chart_of(characteristic).charts == []


def test_pages_show_chart_marks_indices_and_lead_to_the_result(client, run):
    characteristic = of(run, name="Bore 25 H7")
    results = measured(characteristic, run, [*([25.000, 25.001] * 10), 25.03])
    client.force_login(QualityFactory())
    assert "Bore 25 H7" in client.get(reverse("spc")).content.decode()
    page = client.get(reverse("spc-characteristic", args=[characteristic.pk])).content.decode()
    assert "beyond a control limit" in page
    assert "Cpk" in page
    data = client.get(reverse("spc-chart", args=[characteristic.pk]) + "?rules=western").json()
    assert data["charts"][0]["broken"]["20"] == ["beyond a control limit"]
    assert data["limits"] == {"lower": 24.98, "upper": 25.02, "nominal": 25.0}
    result = client.get(data["points"][20]["page"]).content.decode()
    assert results[20].operation.order.number in result
    assert run.machine.code in result
    assert client.get(reverse("spc-characteristic", args=[0])).status_code == 404


def test_the_operator_sees_the_chart_at_the_machine(client, run):
    characteristic = of(run)
    measured(characteristic, run, [25.0, 25.001])
    client.force_login(OperatorFactory())
    page = client.get(
        reverse("terminal-chart", args=[run.machine_id, run.operation_id, characteristic.pk])
    ).content.decode()
    assert reverse("spc-chart", args=[characteristic.pk]) in page
    assert client.get(reverse("spc-chart", args=[characteristic.pk])).status_code == 200


def test_the_scrap_page_opens(client, run):
    item = run.operation.order.item
    client.force_login(QualityFactory())
    for name in ("spc-scrap", "spc-scrap-chart"):
        assert client.get(reverse(name, args=[run.plant_id, item.code, "0010"])).status_code == 200
        assert client.get(reverse(name, args=[run.plant_id, "none", "0010"])).status_code == 404


def test_the_list_costs_the_same_for_one_and_three(client, run):
    client.force_login(QualityFactory())

    def count():
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("spc"))
        return len(queries)

    measured(of(run), run, [25.0])
    count()
    one = count()
    for _ in range(2):
        other = RunFactory(operation=OperationFactory(in_production=True, number="0010", position=1))
        measured(of(other), other, [25.0])
    assert count() == one
    assert InspectionResult.objects.count() == 3
