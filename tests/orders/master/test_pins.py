"""The ERP's value beside the plant's, and who holds: pinned, unpinned, with an audit trail."""

from decimal import Decimal

import pytest
from django.urls import reverse

from mes.lib.errors import Refused
from orders.domain.master import apply_master
from orders.domain.master.pins import PINNABLE, fields_of, pin_field, unpin_field
from orders.domain.master_documents import ItemDocument, RoutingDocument, RoutingStep
from orders.models import RoutingOperation
from tests.factories.accounts import EngineerFactory, OperatorFactory
from tests.factories.machines import MachineGroupFactory, PlantFactory
from tests.factories.orders import ItemFactory, UnitFactory
from tests.support.queries import statements

pytestmark = pytest.mark.django_db


@pytest.fixture
def plant():
    UnitFactory()
    plant = PlantFactory(code="1000")
    for code in ("LATHE", "MILL"):
        MachineGroupFactory(plant=plant, code=code)
    return plant


def send(plant, seconds, *, base=1, centre="LATHE", item="SHAFT"):
    step = RoutingStep("0010", "Turn", centre, Decimal(600), Decimal(seconds), Decimal(base))
    apply_master([ItemDocument(item, unit="C62"), RoutingDocument(item, steps=(step,))], plant=plant)
    return RoutingOperation.objects.get(routing__item__code=item)


def pin(operation, name="run_seconds", *, by=None):
    return pin_field(kind="operation", pk=operation.pk, name=name, by=by or EngineerFactory())


def field(operation, name):
    return next(one for one in fields_of(operation, "operation") if one.name == name)


def test_a_measured_standard_that_is_pinned_survives_the_erp(plant):
    operation = send(plant, 30)
    operation.run_seconds = Decimal("27.5")
    operation.save()
    pin(operation)
    operation = send(plant, 60, base=2)
    assert (operation.run_seconds, operation.base_quantity) == (Decimal("27.5"), 1)
    run = field(operation, "run_seconds")
    assert (run.mes, run.erp, run.pinned, run.differs) == ("27.5", "60", True, True)
    assert field(operation, "base_quantity").with_field == "run_seconds"


def test_unpinned_the_erps_last_value_holds_at_once(plant):
    operation = pin(send(plant, 30))
    send(plant, 60, base=2)
    operation = unpin_field(kind="operation", pk=operation.pk, name="run_seconds", by=EngineerFactory())
    assert (operation.run_seconds, operation.base_quantity, operation.pinned) == (60, 2, [])


def test_references_are_followed_by_code(plant):
    operation = pin(send(plant, 30), "machine_group")
    send(plant, 30, centre="MILL")
    operation.refresh_from_db()
    assert operation.machine_group.code == "LATHE"
    unpin_field(kind="operation", pk=operation.pk, name="machine_group", by=EngineerFactory())
    operation.refresh_from_db()
    assert operation.machine_group.code == "MILL"


def test_every_pin_is_audited_with_the_person(plant):
    person = EngineerFactory()
    operation = pin(send(plant, 30), by=person)
    last = operation.events.latest("pgh_id")
    assert (last.pinned, last.pgh_context["user"]) == (["run_seconds"], person.pk)
    before = operation.events.count()
    pin(operation)
    assert operation.events.count() == before


def test_only_what_the_erp_may_say_can_be_pinned(plant):
    operation = send(plant, 30)
    for name in ("base_quantity", "parameters", "id", "nonsense"):
        with pytest.raises(Refused):
            pin(operation, name)


@pytest.mark.parametrize("kind", PINNABLE)
def test_every_pinnable_field_is_one(kind):
    model, names = PINNABLE[kind]
    assert {name for name in names if model._meta.get_field(name)} == set(names)


def test_an_engineer_pins_on_the_page_and_sees_both_values(plant, client):
    operation = send(plant, 30)
    client.force_login(EngineerFactory())
    client.post(
        reverse("ownership-pin", args=["operation", operation.pk]), {"field": "run_seconds", "pin": "1"}
    )
    send(plant, 99)
    page = client.get(reverse("ownership", args=["operation", operation.pk])).content.decode()
    assert "<strong>99</strong>" in page
    assert "SHAFT" in client.get(reverse("ownership-list", args=["operation"])).content.decode()
    address = reverse("ownership-pin", args=["operation", operation.pk])
    client.post(address, {"field": "run_seconds", "pin": "0"})
    operation.refresh_from_db()
    assert operation.run_seconds == 99


def test_others_may_not(plant, client):
    client.force_login(OperatorFactory())
    assert client.get(reverse("ownership-list", args=["item"])).status_code == 403


@pytest.mark.parametrize("kind", PINNABLE)
def test_each_kind_has_its_list(kind, client, plant):
    ItemFactory(code="SHAFT")
    client.force_login(EngineerFactory())
    assert client.get(reverse("ownership-list", args=[kind]), {"q": "S"}).status_code == 200
    assert client.get(reverse("ownership-list", args=["nonsense"])).status_code == 404


def test_the_list_costs_the_same_for_one_row_and_three(plant, client, django_assert_max_num_queries):
    client.force_login(EngineerFactory())

    def asked():
        with django_assert_max_num_queries(100) as context:
            assert client.get(reverse("ownership-list", args=["operation"])).status_code == 200
        return len(statements(context))

    pin(send(plant, 30, item="A"))
    first = asked()
    for item in "BC":
        pin(send(plant, 30, item=item))
    assert asked() == first
