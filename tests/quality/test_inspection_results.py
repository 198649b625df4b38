"""What is found is judged at once, holds the operation when it misses, and is recorded once."""

import uuid
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from mes.lib.errors import InvalidInput, KeyReused, Refused
from orders.models import Hold
from orders.queries.readiness import readiness_of
from quality.domain.plans import draft_next_version, release_plan
from quality.domain.results import Found, record_result, said_of
from quality.domain.units import convert
from quality.enums import Flag, PlanState, Verdict
from quality.models import Characteristic, InspectionPlan, InspectionResult
from tests.factories.accounts import EngineerFactory, OperatorFactory, QualityFactory
from tests.factories.orders import OperationFactory
from tests.factories.quality import (
    CharacteristicFactory,
    GaugeFactory,
    InspectionDemandFactory,
    InspectionPlanFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def work():
    return OperationFactory(in_production=True, number="0010", position=1)


def of(work, **more):
    return CharacteristicFactory(
        plan__plant=work.plant, plan__item=work.order.item, plan__operation_number=work.number, **more
    )


def record(characteristic, work, value="25.00", key=None, **more):
    said = {"unit": "mm"} if characteristic.unit else {}
    found = more.pop("found", None) or Found(value=value, **said)
    return record_result(
        characteristic=characteristic,
        operation=work,
        found=found,
        by=more.pop("by", None) or OperatorFactory(),
        key=key or uuid.uuid4(),
        **more,
    )


@pytest.mark.parametrize(
    ("value", "unit", "stored", "verdict"),
    [
        ("25,001", "mm", "25.001", Verdict.PASSED),
        ("25.02", "mm", "25.020", Verdict.PASSED),
        ("24980", "µm", "24.980", Verdict.PASSED),
        ("0.9843", "in", "25.001220", Verdict.PASSED),
        ("25.021", "", "25.021", Verdict.FAILED),
        ("-25", "mm", "-25", Verdict.FAILED),
    ],
)
def test_a_value_is_converted_and_judged_by_the_limits(work, value, unit, stored, verdict):
    result = record(of(work), work, found=Found(value=value, unit=unit))
    result.refresh_from_db()
    assert (result.value, result.verdict) == (Decimal(stored), verdict)


def test_a_miss_holds_the_operation_once_and_says_why(work):
    characteristic = of(work, code="D1", name="Bore")
    assert readiness_of([work])[work.pk].blocking[0].code == "wrong_state"
    record(characteristic, work, "25.03")
    record(characteristic, work, "25.04")
    hold = Hold.objects.get(operation=work, lifted_at__isnull=True)
    assert (hold.kind, hold.reason) == ("quality", "D1 Bore: 25.030 mm is above 25.020")
    assert "held" in {need.code for need in readiness_of([work])[work.pk].blocking}


def test_a_good_value_holds_nothing(work):
    record(of(work), work)
    assert not Hold.objects.exists()


@pytest.mark.parametrize(
    ("found", "code", "field"),
    [
        (Found(value="abc"), "not_a_number", "value"),
        (Found(value="NaN"), "not_a_number", "value"),
        (Found(value="1e30"), "absurd", "value"),
        (Found(value="25", unit="kg"), "other_unit", "unit"),
        (Found(value="25", unit="furlong"), "other_unit", "unit"),
    ],
)
def test_a_value_that_cannot_be_judged_is_refused(work, found, code, field):
    with pytest.raises(InvalidInput) as refusal:
        record(of(work), work, found=found)
    assert [(problem.code, problem.field) for problem in refusal.value.problems] == [(code, field)]
    assert not InspectionResult.objects.exists()


def test_the_same_key_records_once_and_another_value_is_refused(work):
    characteristic, key = of(work), uuid.uuid4()
    assert record(characteristic, work, key=key) == record(characteristic, work, key=key)
    with pytest.raises(KeyReused):
        record(characteristic, work, "25.01", key=key)
    assert InspectionResult.objects.count() == 1


def test_an_expired_gauge_is_refused_now_and_flagged_when_it_has_happened(work):
    decider = QualityFactory(last_name="Weber")
    gauge = GaugeFactory(
        plant=work.plant, interval_days=30, calibrated_on=timezone.localdate() - timedelta(days=31)
    )
    characteristic = of(work, gauge=gauge)
    with pytest.raises(Refused) as refusal:
        record(characteristic, work)
    assert refusal.value.code == "gauge_expired"
    assert str(decider) in str(refusal.value)
    result = record(characteristic, work, at=timezone.now() - timedelta(minutes=1))
    assert result.flags == [Flag.GAUGE_EXPIRED]


def test_a_gauge_is_good_on_its_last_day():
    gauge = GaugeFactory.build(interval_days=30, calibrated_on=date(2026, 3, 1))
    assert gauge.calibrated_until == date(2026, 3, 31)
    assert gauge.is_calibrated(date(2026, 3, 31))
    assert not gauge.is_calibrated(date(2026, 4, 1))
    gauge.calibrated_on = None
    assert not gauge.is_calibrated(date(2026, 3, 1))


def test_a_value_beyond_the_gauge_is_refused_now_and_flagged_later(work):
    gauge = GaugeFactory(plant=work.plant, unit="mm", lower=Decimal(0), upper=Decimal(20))
    characteristic = of(work, gauge=gauge)
    with pytest.raises(Refused) as refusal:
        record(characteristic, work, "25.0")
    assert (refusal.value.code, refusal.value.field) == ("beyond_range", "value")
    result = record(characteristic, work, "25.0", at=timezone.now() - timedelta(minutes=1))
    assert result.flags == [Flag.BEYOND_RANGE]


def test_another_gauge_than_planned_is_flagged(work):
    characteristic = of(work, gauge=GaugeFactory(plant=work.plant))
    other = GaugeFactory(plant=work.plant)
    assert record(characteristic, work, found=Found(value="25", gauge=other)).flags == [Flag.OTHER_GAUGE]


def test_attributes_are_said_by_people_or_counted(work):
    characteristic = of(work, attribute=True)
    assert record(characteristic, work, found=Found(passed=True)).verdict == Verdict.PASSED
    assert record(characteristic, work, found=Found(inspected=50, wrong=1)).found == 1
    assert Hold.objects.get().reason.endswith("1 of 50 wrong")
    for found, code in ((Found(), "verdict_missing"), (Found(inspected=5, wrong=6), "impossible")):
        with pytest.raises(InvalidInput) as refusal:
            record(characteristic, work, found=found)
        assert refusal.value.problems[0].code == code


def test_a_sample_is_accepted_up_to_its_acceptance_number(work):
    characteristic = of(work, attribute=True, sampling="aql", aql=Decimal("1.0"))
    InspectionDemandFactory(
        operation=work, characteristic=characteristic, trigger="lot", reason="lot", wanted=80, accept=2
    )
    result = record(characteristic, work, found=Found(inspected=80, wrong=2), trigger="lot")
    assert (result.verdict, result.trigger) == (Verdict.PASSED, "lot")
    assert record(characteristic, work, found=Found(inspected=80, wrong=3), trigger="lot").verdict == (
        Verdict.FAILED
    )


def test_a_result_answers_the_demand_it_names_else_the_oldest(work):
    characteristic = of(work)
    first = InspectionDemandFactory(operation=work, characteristic=characteristic, trigger="first", wanted=2)
    later = InspectionDemandFactory(operation=work, characteristic=characteristic, trigger="pieces:50")
    record(characteristic, work)
    record(characteristic, work, trigger="pieces:50")
    for demand, done in ((first, 1), (later, 1)):
        demand.refresh_from_db()
        assert demand.done == done


def test_a_characteristic_of_another_item_is_refused(work):
    with pytest.raises(InvalidInput) as refusal:
        record(CharacteristicFactory(), work)
    assert refusal.value.problems[0].code == "other_operation"


def test_a_correction_says_why_and_happens_once(work):
    characteristic = of(work)
    wrong = record(characteristic, work, "2500")
    with pytest.raises(InvalidInput):
        record(characteristic, work, "25.00", corrects=wrong)
    right = record(characteristic, work, "25.00", corrects=wrong, comment="Decimal point forgotten")
    assert right.corrects == wrong
    with pytest.raises(Refused):
        record(characteristic, work, "25.01", corrects=wrong, comment="again")


def test_what_was_found_is_said_in_a_few_words(work):
    characteristic = of(work)
    assert said_of(record(characteristic, work, "25.001")) == "25.001 mm"
    assert said_of(record(characteristic, work, "24.9")) == "24.900 mm is below 24.980"


def test_a_released_plan_is_replaced_by_the_next_version():
    engineer = EngineerFactory()
    plan = InspectionPlanFactory()
    with pytest.raises(Refused) as refusal:
        release_plan(plan=plan, by=engineer)
    assert refusal.value.code == "empty_plan"
    CharacteristicFactory(plan=plan, code="D1")
    plan = release_plan(plan=plan, by=engineer)
    assert (plan.state, plan.released_by) == (PlanState.RELEASED, engineer)
    draft = draft_next_version(plan=plan)
    assert draft_next_version(plan=plan) == draft
    assert (draft.version, draft.state) == (2, PlanState.DRAFT)
    assert [one.code for one in draft.characteristics.all()] == ["D1"]
    release_plan(plan=draft, by=engineer)
    states = dict(InspectionPlan.objects.values_list("version", "state"))
    assert states == {1: PlanState.REPLACED, 2: PlanState.RELEASED}
    with pytest.raises(Refused):
        release_plan(plan=plan, by=engineer)


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"lower": None, "upper": None}, "characteristic_measured_has_a_limit"),
        ({"lower": Decimal(26), "upper": Decimal(25)}, "characteristic_limits_in_order"),
        ({"nominal": Decimal(26)}, "characteristic_nominal_within_limits"),
        ({"sampling": "pieces"}, "characteristic_says_how_often"),
        ({"sample_size": 26}, "characteristic_sample_size"),
        ({"sampling": "aql"}, "characteristic_aql_named"),
        ({"decimals": 7}, "characteristic_decimals"),
    ],
)
def test_a_characteristic_that_makes_no_sense_is_refused(wrong, name):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        CharacteristicFactory(**wrong)


def test_constraints_of_gauges_plans_and_results(work):
    with pytest.raises(IntegrityError, match="gauge_range_in_order"), transaction.atomic():
        GaugeFactory(lower=Decimal(5), upper=Decimal(5))
    with pytest.raises(IntegrityError, match="gauge_resolution_positive"), transaction.atomic():
        GaugeFactory(resolution=Decimal(0))
    gauge = GaugeFactory()
    with pytest.raises(IntegrityError, match="gauge_code_unique"), transaction.atomic():
        GaugeFactory(plant=gauge.plant, code=gauge.code)
    plan = InspectionPlanFactory(released=True)
    same = {"plant": plan.plant, "item": plan.item}
    with pytest.raises(IntegrityError, match="inspection_plan_version_unique"), transaction.atomic():
        InspectionPlanFactory(**same)
    with pytest.raises(IntegrityError, match="inspection_plan_one_released"), transaction.atomic():
        InspectionPlanFactory(released=True, version=2, **same)
    with pytest.raises(IntegrityError, match="inspection_plan_released_with_time"), transaction.atomic():
        InspectionPlanFactory(version=3, state=PlanState.RELEASED, **same)
    characteristic = CharacteristicFactory(plan=plan)
    with pytest.raises(IntegrityError, match="characteristic_code_unique"), transaction.atomic():
        CharacteristicFactory(plan=plan, code=characteristic.code)
    demand = InspectionDemandFactory()
    with pytest.raises(IntegrityError, match="inspection_demand_once"), transaction.atomic():
        InspectionDemandFactory(operation=demand.operation, characteristic=demand.characteristic)
    result = record(of(work), work)
    row = {
        name: getattr(result, name) for name in ("plant", "operation", "characteristic", "value", "verdict")
    }
    with pytest.raises(IntegrityError, match="inspection_result_of_a_piece"), transaction.atomic():
        InspectionResult.objects.create(**row, inspected=0)
    with pytest.raises(IntegrityError, match="inspection_correction_says_why"), transaction.atomic():
        InspectionResult.objects.create(**row, corrects=result)


def test_units_of_other_kinds_are_not_converted():
    assert convert(Decimal(1), "inch", "mm") == Decimal("25.4")
    assert convert(Decimal(1), "μm", "µm") == Decimal(1)
    assert convert(Decimal(1), "bar", "MPa") == Decimal("0.1")
    assert convert(Decimal(1), "mm", "") is None
    assert convert(Decimal(1), "", "HRC") == Decimal(1)
    assert Characteristic(lower=Decimal(1)).fits(Decimal(1))
