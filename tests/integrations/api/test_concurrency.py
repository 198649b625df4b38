"""Several ERP clients at once: each key one effect, numbers without gaps, the same order from two sides."""

import pytest

from integrations.models import InboundMessage
from orders.models import ProductionOrder
from tests.integrations.api.conftest import KEY, Partner, order_body
from tests.support.books import assert_books_are_clean
from tests.support.clients import at_once

pytestmark = pytest.mark.django_db(transaction=True)


def clients(partner, count):
    return [Partner(partner.connection, KEY) for _ in range(count)]


def test_a_thousand_orders_of_eight_clients_have_numbers_without_a_gap(partner):
    """C3."""
    of = clients(partner, 8)

    def work(number):
        statuses = []
        for n in range(25):
            body = [order_body(None, 1, 0) for _ in range(5)]
            statuses.append(of[number].post("production-orders", body, key=f"{number}-{n}").status_code)
            if n % 5 == 0:  # a refused message in between takes no number
                bad = [order_body(None, 1, 0), order_body(None, 1, 0, quantity=-1)]
                of[number].post("production-orders", bad, key=f"bad-{number}-{n}")
        return statuses

    assert {status for statuses in at_once(8, work) for status in statuses} == {201}
    numbers = sorted(int(number) for number in ProductionOrder.objects.values_list("number", flat=True))
    assert numbers == list(range(1, 1001))
    assert_books_are_clean()


def test_a_hundred_pairs_with_the_same_key_make_a_hundred_orders(partner):
    """C2."""
    of = clients(partner, 2)

    def work(number):
        return [
            of[number].post("production-orders", order_body(None, 1, 0), key=f"pair-{n}") for n in range(100)
        ]

    first, second = at_once(2, work)
    assert [answer.status_code for answer in (*first, *second)] == [201] * 200
    assert [answer.json() for answer in first] == [answer.json() for answer in second]
    assert sum("Idempotent-Replayed" in answer for answer in (*first, *second)) == 100
    assert ProductionOrder.objects.count() == InboundMessage.objects.count() == 100
    assert_books_are_clean()


def test_the_same_key_with_other_bodies_makes_one_order(partner):
    of = clients(partner, 8)
    answers = at_once(8, lambda n: of[n].post("production-orders", order_body(None, n + 1, 0), key="same"))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert ProductionOrder.objects.count() == 1
    assert_books_are_clean()


def test_one_order_sent_by_eight_clients_at_once_is_one_order(partner):
    of = clients(partner, 8)
    answers = at_once(8, lambda n: of[n].post("production-orders", order_body("4711"), key=f"own-{n}"))
    assert sorted(answer.status_code for answer in answers) == [200] * 7 + [201]
    assert ProductionOrder.objects.get().operations.count() == 5
    assert_books_are_clean()
