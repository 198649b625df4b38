"""Rows read in bulk are instances like any other."""

import pytest
from django.utils import timezone

from mes.lib.instances import instances
from orders.models import Operation, ProductionOrder
from tests.factories.orders import OperationFactory

pytestmark = pytest.mark.django_db

NAMES = ("id", "order", "number", "quantity", "not_before_at")


def test_they_are_what_the_manager_gives():
    made = OperationFactory(not_before_at=timezone.now())
    [read] = instances(Operation.objects.all(), NAMES)
    [usual] = Operation.objects.only(*NAMES)
    assert read == usual == made
    assert read.get_deferred_fields() == usual.get_deferred_fields()
    assert all(read.__dict__[name] == usual.__dict__[name] for name in read.__dict__ if name != "_state")
    assert not read._state.adding


def test_what_was_left_out_is_read_when_it_is_asked_for(django_assert_num_queries):
    made = OperationFactory(state="running")
    [read] = instances(Operation.objects.all(), NAMES)
    with django_assert_num_queries(1):
        assert read.state == made.state


def test_rows_that_are_there_already_are_not_read_again(django_assert_num_queries):
    made = OperationFactory()
    orders = {one.pk: one for one in ProductionOrder.objects.all()}
    [read] = instances(Operation.objects.all(), NAMES, order=orders)
    with django_assert_num_queries(0):
        assert read.order is orders[made.order_id]
    [other] = instances(Operation.objects.all(), NAMES, order={})
    with django_assert_num_queries(1):
        assert other.order == made.order


def test_a_change_of_one_is_stored():
    OperationFactory()
    [read] = instances(Operation.objects.all(), NAMES)
    read.number = "0099"
    read.save(update_fields=["number"])
    assert Operation.objects.get().number == "0099"
