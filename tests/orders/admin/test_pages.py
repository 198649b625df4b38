"""Every page of the admin opens, and a list asks the same number of queries for three rows as for one."""

import pytest
from axes.models import AccessAttempt
from django.contrib import admin
from django.urls import reverse

from mes.accounts.roles import Role
from mes.lib.admin.base import FactsAdmin
from tests.factories import accounts, integrations, machines, orders, quality
from tests.support.admin import client_of, page_of, queries_of

pytestmark = pytest.mark.django_db

FACTORIES = {
    factory._meta.model: factory
    for module in (accounts, machines, orders, quality, integrations)
    for name, factory in sorted(vars(module).items(), reverse=True)
    if name.endswith("Factory") and factory.__module__ == module.__name__
}
REGISTERED = [model for model in admin.site._registry if model is not AccessAttempt]


@pytest.fixture
def boss(client):
    return client_of(client, Role.ADMIN)


def test_every_registered_model_has_a_factory():
    assert set(REGISTERED) <= set(FACTORIES)


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model.__name__)
def test_a_list_asks_as_much_for_three_rows_as_for_one(boss, model):
    make = FACTORIES[model]
    make()
    url = page_of(model, "changelist")
    queries_of(boss, url)
    one = queries_of(boss, url)
    make()
    make()
    three = queries_of(boss, url)
    assert len(three) == len(one), "\n".join(three)
    assert len(one) <= 12, "\n".join(one)
    if isinstance(admin.site._registry[model], FactsAdmin):
        assert not [query for query in three if "COUNT(" in query.upper() and "GROUP BY" not in query.upper()]


@pytest.mark.parametrize("model", REGISTERED, ids=lambda model: model.__name__)
def test_form_and_history_open(boss, model):
    row = FACTORIES[model]()
    assert boss.get(page_of(model, "change", row.pk)).status_code == 200
    assert boss.get(page_of(model, "history", row.pk)).status_code == 200
    added = boss.get(page_of(model, "add"))
    assert added.status_code == (403 if isinstance(admin.site._registry[model], FactsAdmin) else 200)


@pytest.mark.parametrize(
    "model",
    [model for model, page in admin.site._registry.items() if getattr(page, "search_fields", ())],
    ids=lambda model: model.__name__,
)
def test_search_works(boss, model):
    assert boss.get(page_of(model, "changelist"), {"q": "x1"}).status_code == 200


def test_every_menu_entry_opens(boss):
    sections = boss.get(reverse("admin:index")).context_data["sidebar_navigation"]
    links = [item["link"] for section in sections for item in section["items"]]
    assert len(links) >= 25
    for link in links:
        assert boss.get(str(link)).status_code == 200, link
