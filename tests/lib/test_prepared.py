"""Prepared statements give what Django's own give."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, connection, transaction

from mes.lib.audit_context import told_once
from mes.lib.live import CHANNEL
from mes.lib.prepared import Asked, Insert, Query
from orders.models import Operation, ProductionEvent, ProductionOrder, Unit
from tests.factories.orders import OperationFactory, ProductionOrderFactory

pytestmark = pytest.mark.django_db

ORDERS = Query(
    lambda: (
        ProductionOrder.objects.select_related("item__unit")
        .defer("erp_version")
        .filter(number__any=Asked("numbers"), quantity__gte=Asked("least"))
        .order_by("number")
    )
)


def values(row):
    return {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}


def test_a_query_gives_the_same_rows_for_each_set_of_values(django_assert_num_queries):
    orders = [ProductionOrderFactory(number=str(n), quantity=n, erp_raw={"n": n}) for n in range(1, 5)]
    for numbers, least in ((["1", "2", "3"], Decimal(2)), (["4"], Decimal(0)), ([], Decimal(0))):
        with django_assert_num_queries(1):
            found = ORDERS.all(numbers=numbers, least=least)
            assert all(order.item.unit.code == "C62" for order in found)
        wanted = [order for order in orders if order.number in numbers and order.quantity >= least]
        assert found == wanted
        assert [values(order) for order in found] == [
            values(ProductionOrder.objects.get(pk=order.pk)) for order in wanted
        ]


def prepared(text):
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE %s", [f"%{text}%"])
        return cursor.fetchone()[0]


def test_a_connection_prepares_a_statement_once_and_nothing_else():
    units = Query(lambda: Unit.objects.filter(symbol=Asked("symbol")))
    for symbol in ("kg", "pcs", "kg"):
        units.first(symbol=symbol)
        Unit.objects.filter(symbol=symbol).first()
    assert prepared("orders_unit") == 1


def test_the_first_statement_of_a_transaction_carries_the_audit_context():
    with told_once(url="/a"), transaction.atomic():
        Insert(Unit)([Unit(code="XX", symbol="x", name="X")])
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('pghistory.context_metadata')")
            assert "/a" in cursor.fetchone()[0]
    assert Unit.objects.get(code="XX").symbol == "x"


def test_what_is_no_number_is_refused_as_django_refuses_it():
    with pytest.raises(ValidationError):
        Insert(Operation)([operation(run_seconds=Decimal("NaN"))])


def test_first_of_nothing_is_none():
    assert ORDERS.first(numbers=["1"], least=0) is None


def test_what_was_deferred_is_still_there(django_assert_num_queries):
    ProductionOrderFactory(number="1", erp_version="7")
    order = ORDERS.first(numbers=["1"], least=0)
    with django_assert_num_queries(1):
        assert order.erp_version == "7"


def operation(**fields):
    first = OperationFactory()
    kept = {name: getattr(first, name) for name in ("plant", "order", "machine_group", "quantity")}
    return Operation(**kept, **{"number": "NEXT", "position": first.position + 1, **fields})


def test_an_insert_writes_what_bulk_create_writes(django_assert_num_queries):
    tricky = {"text": 'a,"b"\\{}é', "parameters": {"x": ["1", {"y": None}]}, "run_seconds": Decimal("0.125")}
    rows = [operation(**tricky), operation(text="", tool=None)]
    with django_assert_num_queries(1):
        Insert(Operation)(rows)
    twins = [operation(**tricky), operation(text="", tool=None)]
    Operation.objects.bulk_create(twins)
    own = {"id", "order_id", "plant_id", "machine_group_id", "position"}
    for row, twin in zip(rows, twins, strict=True):
        stored, theirs = (values(Operation.objects.get(pk=one.pk)) for one in (row, twin))
        assert {n: v for n, v in stored.items() if n not in own} == {
            n: v for n, v in theirs.items() if n not in own
        }
    rows[0].text = "changed"
    rows[0].save()
    assert Operation.objects.filter(text="changed").count() == 1


def test_an_insert_takes_the_keys_of_what_was_saved_after_it_was_named():
    known = ProductionOrderFactory()
    fields = {name: getattr(known, name) for name in ("plant", "item", "unit", "quantity", "created_at")}
    order = ProductionOrder(number="NEW", **fields)
    step = operation()
    step.order = order
    Insert(ProductionOrder)([order])
    Insert(Operation)([step])
    assert Operation.objects.get(pk=step.pk).order == order


def test_an_insert_refuses_what_the_column_refuses():
    with pytest.raises(DataError), transaction.atomic():
        Insert(Operation)([operation(number="x" * 11)])
    same = operation()
    with pytest.raises(IntegrityError), transaction.atomic():
        Insert(Operation)([same, same])


def test_an_insert_of_nothing_asks_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        Insert(Operation)([], topics=["orders"])


@pytest.mark.django_db(transaction=True)
def test_an_insert_announces_with_its_rows_and_does_what_follows():
    order = ProductionOrderFactory()
    insert = Insert(ProductionEvent, then="INSERT INTO orders_eventnews (event_id) SELECT id FROM made")
    events = [
        ProductionEvent(plant=order.plant, order=order, kind="created", occurred_at=order.created_at)
        for _ in range(3)
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"LISTEN {CHANNEL}")
    insert(events, topics=["b", "a", "b"])
    told = [notice.payload for notice in connection.connection.notifies(timeout=60, stop_after=2)]
    assert sorted(told) == ["a", "b"]
    assert [event.news.pk for event in events] == [event.pk for event in events]
    assert [event.pk for event in events] == sorted(event.pk for event in events)
