"""The download of operations for shop-floor reporting: changes, removals, full loads."""

from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from integrations.domain.inbox import process, receive
from integrations.enums import InboundState
from integrations.erp.idoc.reading import read_message
from integrations.models import Connection
from mes.accounts.roles import Role
from orders.enums import OperationState, OrderState
from orders.models import ProductionOrder
from tests.integrations.erp.idocs import document, fields, idoc
from tests.integrations.outbox.work import Work
from tests.integrations.plants import idoc_partner
from tests.support.admin import client_of, page_of

BERLIN = ZoneInfo("Europe/Berlin")


def taken(number="0010", **values):
    shown = {
        "ORDERID": "000001003456",
        "CONF_NO": f"00003522{number[-3:]}",
        "SEQUENCE": "000000",
        "OPERATION": number,
        "MATERIAL": "VALVE",
        "OPER_DESCRIPTION": f"Step {number}",
        "OPER_QUAN_UNIT": "ST",
        "OPER_QUANTITY": "10.000",
        "WORK_CNTR": "DMG-01",
        "PLANT": "1000",
        "SETUP_TIME": "30.0",
        "SETUP_TIME_UNIT": "MIN",
        "PROCESS_TIME": "2.0",
        "PROCESS_TIME_UNIT_ISO": "HUR",
        **values,
    }
    return f"<E1BP_PP_PDC_OPERA2>{fields(shown)}</E1BP_PP_PDC_OPERA2>"


def removed(number="0010", **values):
    shown = {"ORDERID": "000001003456", "SEQUENCE": "000000", "OPERATION": number, **values}
    return f"<E1BP_PP_PDC_OPERA1>{fields(shown)}</E1BP_PP_PDC_OPERA1>"


def message(*rows, init=""):
    inner = f"<E1PPCC2RECORDER>{fields({'INIT': init})}{''.join(rows)}</E1PPCC2RECORDER>"
    return document(idoc(inner, MESTYP="PPCC2RECORDER"))


def read(*rows, **kwargs):
    return read_message(message(*rows, **kwargs), zone=BERLIN)


def test_rows_of_one_order_make_one_document():
    rows = (
        taken("0020", EARL_SCHED_START_DATE="20260303", EARL_SCHED_START_TIME="060000"),
        taken(LATE_SCHED_FIN_DATE="20260304", LATE_SCHED_FIN_TIME="240000", CONFIRMED_YIELD="3.000"),
    )
    reading = read(*rows)
    assert (reading.problems, reading.partial, reading.full) == ((), True, False)
    (order,) = reading.documents
    assert (order.number, order.item, order.quantity, order.unit) == ("1003456", "VALVE", 10, "C62")
    assert (order.plant, order.status) == ("1000", "released")
    assert [line.number for line in order.operations] == ["0010", "0020"]
    first = order.operations[0]
    assert (first.setup_seconds, first.run_seconds, first.base_quantity) == (1800, 7200, 10)
    assert (first.work_centre, first.text, first.sequence) == ("DMG-01", "Step 0010", "0")
    assert first.confirmation_number == "00003522010"
    assert order.start.isoformat() == "2026-03-03T05:00:00+00:00"
    assert order.due.isoformat() == "2026-03-04T23:00:00+00:00"
    assert order.raw["confirmed"]["0/0010"] == {"CONFIRMED_YIELD": "3.000"}


def test_quantity_is_the_last_operations_without_its_scrap():
    rows = (taken("0010", OPER_QUANTITY="12.000"), taken("0020", OPER_QUANTITY="11.000", PLANNED_SCRAP="1"))
    (order,) = read(*rows).documents
    assert order.quantity == 10


@pytest.mark.parametrize(("check", "percent"), [("", None), ("W", Decimal(5)), ("X", Decimal(5))])
def test_a_tolerance_counts_when_it_is_checked(check, percent):
    (order,) = read(taken(OVERDELIVERY_QUANTITY="0.500", CHECK_OVERDELIVERY=check)).documents
    assert order.over_tolerance_percent == percent


def test_rows_below_the_idoc_are_read_too():
    reading = read_message(document(idoc(taken())), zone=BERLIN)
    assert [order.number for order in reading.documents] == ["1003456"]


@pytest.mark.parametrize(
    ("rows", "code", "field"),
    [
        ([taken(), taken()], "duplicate", "E1BP_PP_PDC_OPERA2[2]/OPERATION"),
        ([taken(ORDERID="")], "required", "E1BP_PP_PDC_OPERA2[1]/ORDERID"),
        ([taken(OPER_QUAN_UNIT="??")], "unknown_unit", "E1BP_PP_PDC_OPERA2[1]/OPER_QUAN_UNIT"),
        ([taken(SETUP_TIME_UNIT="?")], "unknown_unit", "E1BP_PP_PDC_OPERA2[1]/SETUP_TIME_UNIT"),
        ([taken(OPER_QUANTITY="ten")], "not_a_number", "E1BP_PP_PDC_OPERA2[1]/OPER_QUANTITY"),
    ],
)
def test_a_bad_row_leaves_its_order_out(rows, code, field):
    reading = read(*rows, taken(ORDERID="2"))
    assert [order.number for order in reading.documents] == ["2"]
    assert (code, field, 1) in {(problem.code, problem.field, problem.row) for problem in reading.problems}


# --- into the database


@pytest.fixture
def partner(db):
    return idoc_partner()


def apply(partner, *rows, **kwargs):
    body = message(*rows, **kwargs)
    return process(receive(connection=partner, channel="file", body=body).message)


def operations(number="1003456"):
    order = ProductionOrder.objects.get(number=number)
    return [(one.number, one.state) for one in order.operations.order_by("position")]


PLANNED, CANCELLED = OperationState.PLANNED, OperationState.CANCELLED


def test_a_delta_leaves_what_it_does_not_name(partner):
    assert apply(partner, taken("0010"), taken("0030")).state == InboundState.APPLIED
    delta = apply(partner, taken("0010", OPER_DESCRIPTION="New text", OPER_QUANTITY="12.000"))
    assert (delta.state, delta.problems) == (InboundState.APPLIED, [])
    assert operations() == [("0010", PLANNED), ("0030", PLANNED)]
    order = ProductionOrder.objects.get()
    assert order.quantity == 10
    assert [one.text for one in order.operations.order_by("position")] == ["New text", "Step 0030"]


def test_a_removal_takes_its_operation_only(partner):
    apply(partner, taken("0010"), taken("0020"))
    assert apply(partner, removed("0020")).problems == []
    assert operations() == [("0010", PLANNED), ("0020", CANCELLED)]


def test_removing_what_never_was_here_is_no_trouble(partner):
    assert apply(partner, removed("0010")).problems == []
    assert not ProductionOrder.objects.exists()


def test_a_full_load_that_nobody_armed_removes_nothing(partner):
    apply(partner, taken("0010"), taken("0020"), taken(ORDERID="2"))
    full = apply(partner, taken("0010"), init="X")
    assert (full.state, full.problems[0]["code"]) == (InboundState.PARTLY, "full_load_not_armed")
    assert operations() == [("0010", PLANNED), ("0020", PLANNED)]
    assert ProductionOrder.objects.get(number="2").state == OrderState.PLANNED


def test_an_armed_full_load_removes_what_it_does_not_name_and_nobody_began(partner):
    partner.release_on_arrival = True
    partner.save()
    apply(partner, taken("0010"), taken("0020"), taken(ORDERID="2"), taken(ORDERID="3"))
    running = ProductionOrder.objects.get(number="3")
    Work.of(partner, running.operations.get()).start()
    partner.full_load_until = timezone.now() + timedelta(hours=1)
    partner.save()
    full = apply(partner, taken("0010"), init="X")
    assert full.problems == []
    assert operations() == [("0010", OperationState.RELEASED), ("0020", CANCELLED)]
    assert ProductionOrder.objects.get(number="2").state == OrderState.CANCELLED
    running.refresh_from_db()
    assert running.state == OrderState.RUNNING


def test_arming_ends_by_itself(partner):
    partner.full_load_until = timezone.now() - timedelta(seconds=1)
    partner.save()
    apply(partner, taken("0010"), taken(ORDERID="2"))
    assert apply(partner, taken("0010"), init="X").state == InboundState.PARTLY
    assert ProductionOrder.objects.get(number="2").state == OrderState.PLANNED


def test_an_admin_arms_it_for_an_hour(client, partner):
    client_of(client, Role.ADMIN)
    url = page_of(Connection, "changelist")
    client.post(url, {"action": "arm_full_load", "_selected_action": [partner.pk]})
    partner.refresh_from_db()
    assert timedelta() < partner.full_load_until - timezone.now() <= timedelta(hours=1)
