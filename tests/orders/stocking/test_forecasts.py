"""Versions of the demand forecast: made by the worker, imported, put in force."""

import uuid
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from mes.lib.errors import InvalidInput, KeyReused, Refused
from orders.domain.demand_forecasts import (
    cancel_forecast,
    import_forecast,
    import_past_demand,
    next_week,
    put_forecast_in_force,
    request_forecast,
)
from orders.domain.demand_rows import DemandRow, read_rows
from orders.domain.stock import move_stock
from orders.enums import ForecastState
from orders.models import DemandForecast, ItemForecast, PastDemand, StockingRule
from orders.planning.stocking import forecasts
from orders.planning.stocking.forecasts import make_requested
from orders.queries.demand import demand_of
from tests.factories.accounts import PlannerFactory
from tests.factories.machines import PlantFactory
from tests.factories.orders import (
    CustomerOrderLineFactory,
    DemandForecastFactory,
    ItemFactory,
    ItemForecastFactory,
    ItemUnitFactory,
    KilogramFactory,
    PastDemandFactory,
    ProductionOrderFactory,
    StockingRuleFactory,
)
from tests.orders.stocking.scene import stocked

pytestmark = pytest.mark.django_db


def weeks_of(rule):
    zero = next_week(rule.plant)
    found = demand_of(rule.plant, [rule], since=zero - timedelta(weeks=20), until=zero)[rule.item_id]
    return found, zero


class TestHistory:
    def test_lines_consumption_and_what_was_imported_add_up_by_week(self):
        rule = StockingRuleFactory()
        zero = next_week(rule.plant)
        at = timezone.now() - timedelta(weeks=2)
        CustomerOrderLineFactory(item=rule.item, unit=rule.item.unit, quantity=7, requested_at=at)
        move_stock(plant=rule.plant, item=rule.item, quantity=Decimal(-3), kind="issue", at=at)
        PastDemandFactory(plant=rule.plant, item=rule.item, week=zero - timedelta(weeks=5), quantity=4)
        demand, zero = weeks_of(rule)
        first, values = demand.series(zero)
        assert first == zero - timedelta(weeks=5)
        assert (len(values), values[0], sum(values)) == (5, 4, 14)

    def test_a_line_that_an_order_is_made_for_is_no_demand_on_stock(self):
        rule = StockingRuleFactory()
        at = timezone.now() - timedelta(weeks=2)
        line = CustomerOrderLineFactory(item=rule.item, unit=rule.item.unit, quantity=7, requested_at=at)
        ProductionOrderFactory(plant=rule.plant, item=rule.item, customer_line=line)
        assert not weeks_of(rule)[0].by_week

    def test_other_units_convert_or_are_left_out_and_counted(self):
        rule = StockingRuleFactory()
        at = timezone.now() - timedelta(weeks=2)
        CustomerOrderLineFactory(item=rule.item, unit=KilogramFactory(), quantity=7, requested_at=at)
        assert (weeks_of(rule)[0].left_out, dict(weeks_of(rule)[0].by_week)) == (1, {})
        ItemUnitFactory(item=rule.item, unit=KilogramFactory(), numerator=2)
        assert sum(weeks_of(rule)[0].by_week.values()) == 14

    def test_it_costs_the_same_for_one_item_and_for_three(self, django_assert_num_queries):
        plant = PlantFactory()
        zero = next_week(plant)
        for count in (1, 3):
            for _ in range(count):
                StockingRuleFactory(plant=plant)
            rules = list(StockingRule.objects.filter(plant=plant).select_related("item"))
            with django_assert_num_queries(4):
                demand_of(plant, rules, since=zero - timedelta(weeks=9), until=zero)


class TestOwn:
    def test_the_worker_makes_what_was_asked_for_and_a_person_puts_it_in_force(self):
        rule = stocked()
        version = request_forecast(plant=rule.plant, by=None)
        assert request_forecast(plant=rule.plant, by=None) == version
        assert make_requested() == 1
        version.refresh_from_db()
        row = ItemForecast.objects.get()
        assert (version.state, version.progress_percent) == (ForecastState.DRAFT, 100)
        assert len(row.mean) == version.horizon_weeks
        assert row.mean[0] == pytest.approx(10, rel=0.2)
        assert row.mase is not None
        assert row.naive_loss is not None
        put_forecast_in_force(version=version, by=PlannerFactory())
        with pytest.raises(Refused):
            put_forecast_in_force(version=version, by=PlannerFactory())

    def test_the_same_history_gives_the_same_forecast(self):
        rule = stocked()
        digests = set()
        for _ in range(2):
            request_forecast(plant=rule.plant, by=None)
            make_requested()
        digests = set(DemandForecast.objects.values_list("digest", flat=True))
        assert len(digests) == 1
        assert digests != {""}

    def test_the_next_replaces_the_one_in_force(self):
        plant = PlantFactory()
        said = {"plant": plant, "state": "draft", "made_at": timezone.now()}
        first, second = DemandForecastFactory(**said), DemandForecastFactory(**said)
        for version in (first, second):
            put_forecast_in_force(version=version, by=PlannerFactory())
        first.refresh_from_db()
        assert first.state == ForecastState.REPLACED

    def test_one_that_was_stopped_stays_stopped(self):
        rule = stocked(weeks=10)
        version = request_forecast(plant=rule.plant, by=None)
        cancel_forecast(version=version, by=PlannerFactory())
        assert make_requested() == 0
        with pytest.raises(Refused):
            cancel_forecast(version=version, by=PlannerFactory())

    def test_a_defect_stands_in_the_version(self, monkeypatch):
        rule = stocked(weeks=10)
        version = request_forecast(plant=rule.plant, by=None)
        monkeypatch.setattr(forecasts, "histories_of", lambda *_args, **_said: 1 / 0)
        make_requested()
        version.refresh_from_db()
        assert (version.state, version.problem) == (ForecastState.FAILED, "ZeroDivisionError")

    def test_another_worker_takes_over_after_the_lease(self):
        rule = stocked(weeks=10)
        version = request_forecast(plant=rule.plant, by=None)
        DemandForecast.objects.update(state="computing", claimed_at=timezone.now())
        assert make_requested() == 0
        DemandForecast.objects.update(claimed_at=timezone.now() - timedelta(hours=1))
        assert make_requested() == 1
        version.refresh_from_db()
        assert version.state == ForecastState.DRAFT


class TestImports:
    def rows(self, item, *quantities, start=None):
        first = start or date(2027, 1, 4)
        return [
            DemandRow(n + 2, item.code, first + timedelta(weeks=n), Decimal(amount))
            for n, amount in enumerate(quantities)
        ]

    def test_a_forecast_becomes_a_draft_once(self):
        plant, item, key = PlantFactory(), ItemFactory(), uuid.uuid4()
        said = {"plant": plant, "source": "ERP", "key": key, "by": None}
        version, again = import_forecast(rows=self.rows(item, 5, 0, 7), **said)
        assert (version.state, again, version.horizon_weeks) == ("draft", False, 3)
        assert ItemForecast.objects.get().mean == [5, 0, 7]
        assert import_forecast(rows=self.rows(item, 5, 0, 7), **said) == (version, True)
        with pytest.raises(KeyReused):
            import_forecast(rows=self.rows(item, 5, 0, 8), **said)

    def test_months_are_shared_out_by_days(self):
        plant, item = PlantFactory(), ItemFactory()
        rows = [DemandRow(2, item.code, date(2027, 2, 1), Decimal(28), monthly=True)]
        import_forecast(plant=plant, rows=rows, source="ERP", key=uuid.uuid4(), by=None)
        assert ItemForecast.objects.get().mean == [7, 7, 7, 7]

    def test_every_wrong_row_is_named_and_nothing_is_taken(self):
        plant, item = PlantFactory(), ItemFactory()
        KilogramFactory()
        rows = [
            *self.rows(item, 5),
            DemandRow(3, "NOBODY", date(2027, 1, 4), Decimal(1)),
            DemandRow(4, item.code, date(2027, 1, 11), Decimal(-1)),
            DemandRow(5, item.code, date(2027, 1, 4), Decimal(1)),
            DemandRow(6, item.code, date(2099, 1, 5), Decimal(1)),
            DemandRow(7, item.code, date(2027, 1, 18), Decimal(1), unit="KGM"),
            DemandRow(8, item.code, date(2027, 1, 25), Decimal(1), unit="XXX"),
        ]
        with pytest.raises(InvalidInput) as refused:
            import_forecast(plant=plant, rows=rows, source="ERP", key=uuid.uuid4(), by=None)
        found = [(one.row, one.code) for one in refused.value.problems]
        assert found == [
            (3, "unknown_item"),
            (4, "negative"),
            (5, "double"),
            (6, "absurd_date"),
            (7, "wrong_unit"),
            (8, "unknown_unit"),
        ]
        assert not DemandForecast.objects.exists()

    def test_past_demand_is_kept_once_and_mended(self):
        plant, item = PlantFactory(), ItemFactory()
        said = {"plant": plant, "source": "ERP", "by": None}
        start = next_week(plant) - timedelta(weeks=10)
        assert import_past_demand(rows=self.rows(item, 5, 6, start=start), **said)["created"] == 2
        again = import_past_demand(rows=self.rows(item, 5, 9, start=start), **said)
        assert again == {"created": 0, "changed": 1, "unchanged": 1}
        assert PastDemand.objects.get(week=start + timedelta(weeks=1)).quantity == 9

    def test_the_past_does_not_lie_ahead(self):
        plant, item = PlantFactory(), ItemFactory()
        with pytest.raises(InvalidInput, match="isn't over"):
            import_past_demand(
                plant=plant, rows=self.rows(item, 5, start=next_week(plant)), source="ERP", by=None
            )


class TestRows:
    def test_weeks_days_months_and_commas_are_read(self):
        lines = [
            {"item": "A", "week": "2026-W48", "quantity": "12,5"},
            {"Item": "A", "Week": "2026-12-02", "Quantity": 3},
            {"item": "A", "month": "2027-01", "week": "", "quantity": "1 000"},
            {"item": "", "week": "", "quantity": ""},
        ]
        assert [(row.start, row.quantity, row.monthly) for row in read_rows(lines)] == [
            (date(2026, 11, 23), Decimal("12.5"), False),
            (date(2026, 11, 30), Decimal(3), False),
            (date(2027, 1, 1), Decimal(1000), True),
        ]

    @pytest.mark.parametrize(
        ("line", "code"),
        [
            ({"item": "", "week": "2026-W48", "quantity": "1"}, "missing"),
            ({"item": "A", "week": "2026-W60", "quantity": "1"}, "not_a_period"),
            ({"item": "A", "week": "yesterday", "quantity": "1"}, "not_a_period"),
            ({"item": "A", "month": "2026-13", "quantity": "1"}, "not_a_period"),
            ({"item": "A", "week": "2026-W48", "quantity": "many"}, "not_a_number"),
            ({"item": "A", "week": "2026-W48", "quantity": "1e9"}, "not_a_number"),
            ({}, "empty"),
        ],
    )
    def test_what_is_wrong_is_named_with_its_row(self, line, code):
        with pytest.raises(InvalidInput) as refused:
            read_rows([line])
        assert [one.code for one in refused.value.problems] == [code]


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda: PastDemandFactory(quantity=-1), "past_demand_not_negative"),
        (lambda: PastDemandFactory(week=date(2026, 6, 3)), "past_demand_on_monday"),
        (lambda: DemandForecastFactory(zero_on=date(2026, 6, 3)), "demand_forecast_from_monday"),
        (lambda: DemandForecastFactory(state="draft"), "demand_forecast_made_with_time"),
        (
            lambda: DemandForecastFactory(state="in_force", made_at=timezone.now()),
            "demand_forecast_in_force_with_time",
        ),
    ],
)
def test_constraints_hold(make, name):
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        make()


def test_rows_are_there_once():
    row = PastDemandFactory()
    with pytest.raises(IntegrityError, match="past_demand_once"), transaction.atomic():
        PastDemandFactory(plant=row.plant, item=row.item, week=row.week)
    said = ItemForecastFactory()
    with pytest.raises(IntegrityError, match="item_forecast_once"), transaction.atomic():
        ItemForecastFactory(version=said.version, item=said.item)
    version = DemandForecastFactory()
    with pytest.raises(IntegrityError, match="demand_forecast_number_unique"), transaction.atomic():
        DemandForecastFactory(plant=version.plant, number=version.number)
    now = timezone.now()
    said = {"plant": version.plant, "state": "in_force", "made_at": now, "published_at": now}
    DemandForecastFactory(**said)
    with pytest.raises(IntegrityError, match="demand_forecast_one_in_force"), transaction.atomic():
        DemandForecastFactory(**said)
