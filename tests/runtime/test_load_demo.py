"""The demo plant: complete, valid, loaded once."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from machines.models import Machine, Plant
from mes.accounts.models import ApiKey, Skill, User, keyed_hash
from mes.accounts.roles import PEOPLE
from mes.runtime.demo_plant import family, materials, partners
from mes.runtime.demo_plant.load import load_demo_plant
from mes.runtime.demo_plant.people import LOG_INS
from orders.enums import RequirementKind, Strategy
from orders.models import (
    Bom,
    DemandForecast,
    Item,
    PastDemand,
    PurchaseOrderLine,
    Requirement,
    Routing,
    StockBalance,
    StockingRule,
    StockMove,
)
from quality.models import MapPlace

pytestmark = pytest.mark.django_db


@pytest.fixture
def loaded():
    return load_demo_plant()


def counts():
    from django.apps import apps

    tables = {model._meta.db_table: model for model in apps.get_models() if model._meta.managed}
    return {name: model._default_manager.count() for name, model in tables.items()}


def test_a_second_load_changes_nothing_and_is_quick(loaded):
    before = counts()
    Machine.objects.filter(code="CNC-1").update(name="My lathe")
    after_edit = counts()
    with CaptureQueriesContext(connection) as queries:
        load_demo_plant()
    assert counts() == after_edit
    assert before["orders_item"] == len(materials.PARTS) + len(family.COVERS)
    assert Machine.objects.get(code="CNC-1").name == "My lathe"
    assert not [query for query in queries if query["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert len(queries) < 120


def test_every_row_passes_the_models_own_checks(loaded):
    connection.check_constraints()
    for model in (Plant, Machine, Item, Routing, Bom, Requirement, User, Skill):
        for row in model.objects.all():
            row.full_clean(exclude=["password"])


def test_each_role_of_people_can_log_in(loaded):
    assert {log_in.role for log_in in LOG_INS} == set(PEOPLE)
    for log_in in LOG_INS:
        person = User.objects.get(badge_hash=keyed_hash(log_in.badge))
        assert person.username == log_in.username
        assert person.check_password(log_in.password)
        assert person.pin_is(log_in.pin)
        assert person.rights


def test_badges_and_keys_stay_valid_when_the_installation_has_a_new_secret(loaded, settings):
    settings.SECRET_KEY = "another-secret-than-before-0123456789"
    load_demo_plant()
    assert User.objects.get(badge_hash=keyed_hash(LOG_INS[0].badge)).username == LOG_INS[0].username
    assert ApiKey.objects.get(key_hash=keyed_hash(partners.ERP_KEY)).role == "erp"


def test_stock_balance_is_the_sum_of_the_moves(loaded):
    for part in materials.PARTS:
        on_hand = sum(StockBalance.objects.filter(item__code=part.code).values_list("on_hand", flat=True))
        moved = sum(StockMove.objects.filter(item__code=part.code).values_list("quantity", flat=True))
        assert on_hand == moved >= float(part.stock)


def test_five_items_are_kept_in_stock_with_two_years_of_invented_demand(loaded):
    rules = StockingRule.objects.filter(plant=loaded)
    assert rules.count() == 5
    assert PastDemand.objects.filter(plant=loaded).count() == 5 * 104
    assert set(PastDemand.objects.values_list("source", flat=True)) == {"Invented for the demo"}
    assert DemandForecast.objects.get(source="").state == "requested"
    assert DemandForecast.objects.exclude(source="").get().state == "in_force", "what sales said, imported"
    assert PurchaseOrderLine.objects.filter(item__code="BP-KEY", received__gt=0).count() == 4


def test_the_plant_shows_what_the_product_can(loaded):
    assert set(Item.objects.values_list("strategy", flat=True)) == set(Strategy.values)
    assert set(Requirement.objects.values_list("kind", flat=True)) == set(RequirementKind.values)
    assert Machine.objects.count() == 13
    assert MapPlace.objects.count() == 13
    assert Machine.objects.get(code="FURNACE-1").slots == 4
    made = {bom.item_id for bom in Bom.objects.all()}
    assert Bom.objects.filter(lines__item__in=made).exists(), "a BOM with more than one level"
    assert Routing.objects.filter(operations__outside=True).exists()
    assert Routing.objects.filter(operations__inspection=True).exists()
    unreleased = Item.objects.filter(strategy=Strategy.ETO, revision_released_at=None)
    assert unreleased.count() == 1


def test_the_command_refuses_outside_the_demo(settings):
    settings.DEMO_DATA = False
    with pytest.raises(CommandError, match="public"):
        call_command("load_demo")
    assert not User.objects.exists()


def test_the_command_prints_the_log_ins(settings):
    settings.DEMO_DATA = True
    out = StringIO()
    call_command("load_demo", stdout=out)
    for log_in in LOG_INS:
        assert log_in.password in out.getvalue()
    assert partners.GATEWAY_KEY in out.getvalue()
