"""Every factory makes a row that satisfies the model's validation and the database's constraints."""

import pytest
from django.db import connection

from tests.factories import accounts, integrations, machines, orders, quality

FACTORIES = [
    factory
    for module in (accounts, machines, orders, quality, integrations)
    for name, factory in vars(module).items()
    if name.endswith("Factory") and factory.__module__ == module.__name__
]


def is_empty(row, field):
    return getattr(row, field.attname) in field.empty_values


@pytest.mark.django_db
@pytest.mark.parametrize("factory", FACTORIES, ids=lambda factory: factory.__name__)
def test_factory_makes_a_valid_row(factory):
    row = factory()
    connection.check_constraints()
    row.refresh_from_db()
    row.clean_fields(
        exclude=[field.name for field in row._meta.fields if field.is_relation or is_empty(row, field)]
    )
    row.validate_constraints()


@pytest.mark.django_db
def test_a_run_stays_in_one_plant():
    run = orders.RunFactory()
    assert run.plant == run.machine.plant == run.operation.plant == run.operation.order.plant
    assert run.machine.group == run.operation.machine_group
    assert run.machine.area.plant == run.plant
