"""“What did we believe at 14:00?” has one answer, whatever is corrected afterwards."""

import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from mes.accounts.roles import Role
from orders.domain.reports import Quantities, report
from orders.domain.reports import reverse as take_back
from orders.models import Operation, ProductionEvent
from orders.queries.belief import believed
from tests.factories.accounts import UserFactory
from tests.orders.test_crediting import START
from tests.orders.test_replaying import cycles, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def bench(order):
    return order.operations.get(number="0010")


def recorded(event, moment):
    """As if recorded at another time."""
    ProductionEvent.objects.filter(pk=event.pk).update(recorded_at=moment)


def test_a_correction_changes_no_past_belief(bench, client):
    now = timezone.now()
    first = report(operation=bench, quantities=Quantities(Decimal(10)), by=None, key=uuid.uuid4())
    recorded(first, now - timedelta(hours=3))
    [before] = believed([bench], now - timedelta(hours=2))
    assert before.then[0] == 10
    take_back(
        event=first, by=None, key=uuid.uuid4(), comment="miscounted", replacement=Quantities(Decimal(7))
    )
    [row] = believed([bench], now - timedelta(hours=2))
    assert row.then == before.then
    assert (row.now[0], row.differs) == (7, True)
    assert believed([bench], now - timedelta(hours=4))[0].then[0] == 0
    assert Operation.objects.get(pk=bench.pk).good == 7

    client.force_login(UserFactory(roles=[Role.SUPERVISOR.value]))
    local = (now - timedelta(hours=2)).isoformat()
    page = client.get(reverse("order-belief", args=[bench.order_id]), {"at": local})
    assert page.context["rows"][0].then[0] == 10
    assert len(page.context["later"]) == 2


def test_the_states_of_a_machine_as_received_by_then(plant, client):
    send(plant.press, START, *cycles(*range(0, 600, 10)))
    client.force_login(UserFactory(roles=[Role.SUPERVISOR.value]))
    address = reverse("machine-belief", args=[plant.press.code])
    early = client.get(address, {"at": (START + timedelta(minutes=5)).isoformat()})
    assert early.context["samples"] == 0, "nothing had come by then"
    late = client.get(address)
    assert late.context["samples"] == 120
    assert {state.value: seconds for state, seconds in late.context["states"]}["producing"] > 500


def test_no_such_time_is_now(bench, client):
    client.force_login(UserFactory(roles=[Role.SUPERVISOR.value]))
    page = client.get(reverse("order-belief", args=[bench.order_id]), {"at": "yesterday"})
    assert timezone.now() - page.context["at"] < timedelta(minutes=1)
