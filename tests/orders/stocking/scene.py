"""A plant that keeps one item in stock, wanted and made for two years."""

from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from orders.domain.demand_forecasts import next_week, put_forecast_in_force, request_forecast
from orders.domain.stock import move_stock
from orders.models import PastDemand, ProductionOrder
from orders.planning.stocking.forecasts import make_requested
from orders.planning.stocking.propose import propose
from tests.factories.accounts import PlannerFactory
from tests.factories.machines import PlantFactory
from tests.factories.orders import (
    ItemFactory,
    ProductionOrderFactory,
    RoutingFactory,
    StockingRuleFactory,
)


def stocked(weeks=104, days=14, made=True, on_hand=0, **rule):
    """A rule whose item was wanted 10 a week and took ``days`` to replenish four times."""
    plant = rule.pop("plant", None) or PlantFactory()
    item = rule.pop("item", None) or ItemFactory(strategy="MTS")
    if made:
        RoutingFactory(plant=plant, item=item)
    zero = next_week(plant)
    PastDemand.objects.bulk_create(
        PastDemand(plant=plant, item=item, week=zero - timedelta(weeks=n + 1), quantity=Decimal(8 + n % 5))
        for n in range(weeks)
    )
    now = timezone.now()
    for n in range(4 if days else 0):
        start = now - timedelta(days=60 * (n + 1))
        order = ProductionOrderFactory(plant=plant, item=item)
        ProductionOrder.objects.filter(pk=order.pk).update(
            created_at=start,
            released_at=start,
            finished_at=start + timedelta(days=days),
            state="finished",
            good=order.quantity,
        )
    if on_hand:
        move_stock(plant=plant, item=item, quantity=Decimal(on_hand), kind="receipt")
    return StockingRuleFactory(plant=plant, item=item, **rule)


def forecast_for(plant):
    """A version of our own, made and put in force."""
    version = request_forecast(plant=plant, by=None)
    make_requested()
    version.refresh_from_db()
    return put_forecast_in_force(version=version, by=PlannerFactory())


def looked_at(rule):
    """The rule's outlook after the worker looked."""
    propose(rule.plant, now=timezone.now())
    rule.refresh_from_db()
    return rule.outlook
