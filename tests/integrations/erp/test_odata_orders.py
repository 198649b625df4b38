"""SAP's production orders: real answers, routings, and what is refused."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.erp.odata.mapping import ODataOrders, choose_routing, write_message
from integrations.erp.odata.tables import profile
from integrations.erp.odata.tickets import totals
from tests.support.shared_data import shared_bytes

CHICAGO = ZoneInfo("America/Chicago")


def real(name):
    return json.loads(shared_bytes(f"erp/sap-odata/{name}.json"))["message"]


def read(order, routing=(), **settings):
    body = write_message(json.dumps(order).encode(), [json.dumps(step).encode() for step in routing])
    return ODataOrders().read(body, zone=CHICAGO, settings=settings)


def real_order(**fields):
    """The sandbox's order with its operations and components, as ``$expand`` would bring them."""
    (order,) = real("production-order-01-general")
    return {
        **order,
        "to_ProductionOrderOperation": {"results": real("production-order-04-operation")},
        "to_ProductionOrderComponent": {"results": real("production-order-02-component")},
        "to_ProductionOrderStatus": {"results": []},
        **fields,
    }


def test_the_real_order():
    reading = read(real_order())
    assert reading.problems == ()
    (order,) = reading.documents
    assert (order.number, order.plant, order.item, order.unit) == ("1000000", "1710", "MZ-FG-R10", "C62")
    assert (order.quantity, order.order_type, order.version) == (Decimal(500), "YBM1", "20200723125718")
    assert (order.status, order.cancel) == ("technically_complete", False)
    assert order.start == datetime(2017, 6, 6, 12, tzinfo=UTC)
    assert order.due == datetime(2017, 6, 7, 15, 22, 30, tzinfo=UTC)
    assert [(line.number, line.text, line.work_centre, line.sequence) for line in order.operations] == [
        ("0010", "Assembly", "Z_ASM1", ""),
        ("0020", "Final Inspection", "Z_INSP1", ""),
    ]
    assert order.operations[0].earliest_start == datetime(2017, 6, 6, 12, tzinfo=UTC)
    components = [(line.position, line.item, line.quantity, line.operation) for line in order.components]
    assert components[:2] == [
        ("0010", "MZ-RM-R10-01", Decimal(1500), "0020"),
        ("0020", "MZ-RM-R10-02", Decimal(500), "0020"),
    ]
    assert len(components) == len(real("production-order-02-component"))
    assert all(line.backflush for line in order.components)
    assert order.raw["MRPController"] == "MZ1"
    assert reading.identity.external_id == "1000000"


def test_the_real_routing_gives_the_times_of_a_piece():
    steps = [
        {
            **step,
            "StandardWorkQuantity1": "30.000",
            "StandardWorkQuantityUnit1": "MIN",
            "StandardWorkQuantity2": "1.5",
            "StandardWorkQuantityUnit2": "H",
        }
        for step in real("routing-header-operation")
    ]
    (order,) = read(real_order(), steps).documents
    first = order.operations[0]
    assert (first.setup_seconds, first.run_seconds, first.base_quantity) == (1800, 5400, 100)


def test_the_real_confirmations_sum_up():
    rows = real("confirmation-by-orderid")
    found = list(totals(rows, {}, profile({})))
    assert {(one.order, one.operation) for one in found} == {
        (row["OrderID"], row["OrderOperation"]) for row in rows
    }
    expected = sum(
        Decimal(row["ConfirmationYieldQuantity"])
        for row in rows
        if not row["IsReversed"] and not row["IsReversal"]
    )
    assert sum(one.good for one in found) == expected
    assert (found[0].setup_seconds, found[0].run_seconds) == (1800, 1200)


@pytest.mark.parametrize(
    ("flags", "status", "cancel"),
    [
        ({"OrderIsReleased": ""}, "planned", False),
        ({"OrderIsReleased": "X"}, "released", False),
        ({"OrderIsPartiallyReleased": "X"}, "released", False),
        ({"OrderIsReleased": "X", "OrderIsLocked": "X"}, "blocked", False),
        (
            {"OrderIsReleased": "X", "OrderIsTechnicallyCompleted": "X", "OrderIsLocked": "X"},
            "technically_complete",
            False,
        ),
        ({"OrderIsClosed": "X"}, "closed", False),
        ({"OrderIsMarkedForDeletion": "X"}, "closed", True),
        (
            {"to_ProductionOrderStatus": {"results": [{"StatusCode": "I0045", "IsUserStatus": False}]}},
            "technically_complete",
            False,
        ),
        (
            {"to_ProductionOrderStatus": {"results": [{"StatusCode": "I0045", "IsUserStatus": True}]}},
            "planned",
            False,
        ),
    ],
)
def test_flags(flags, status, cancel):
    (order,) = read({"ManufacturingOrder": "1", "TotalQuantity": "5", **flags}).documents
    assert (order.status, order.cancel) == (status, cancel)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"ManufacturingOrder": ""}, "ManufacturingOrder"),
        ({"TotalQuantity": "1.2345"}, "TotalQuantity"),
        ({"TotalQuantity": "-5"}, "TotalQuantity"),
        ({"TotalQuantity": "NaN"}, "TotalQuantity"),
        ({"TotalQuantity": "5", "MfgOrderPlannedScrapQty": "5"}, "MfgOrderPlannedScrapQty"),
        ({"ProductionUnitISOCode": "XYZ"}, "ProductionUnitISOCode"),
        ({"MfgOrderScheduledStartDate": "tomorrow"}, "MfgOrderScheduledStartDate"),
        (
            {
                "to_ProductionOrderOperation": {
                    "results": [
                        {"ManufacturingOrderOperation": "10"},
                        {"ManufacturingOrderOperation": "0010"},
                    ]
                }
            },
            "to_ProductionOrderOperation[2].ManufacturingOrderOperation",
        ),
        (
            {
                "to_ProductionOrderOperation": {
                    "results": [
                        {"ManufacturingOrderOperation": "0010", "ManufacturingOrderSequence": "0"},
                        {"ManufacturingOrderOperation": "0010", "ManufacturingOrderSequence": "1"},
                    ]
                }
            },
            "to_ProductionOrderOperation[2].ManufacturingOrderOperation",
        ),
        (
            {"to_ProductionOrderOperation": {"results": [], "__next": "http://x"}},
            "to_ProductionOrderOperation",
        ),
    ],
)
def test_what_is_wrong_is_named(fields, field):
    reading = read({"ManufacturingOrder": "1", "TotalQuantity": "5", **fields})
    assert reading.documents == ()
    assert [problem.field for problem in reading.problems] == [field]


def test_a_list_that_was_not_asked_for_says_nothing_about_operations():
    (order,) = read(
        {"ManufacturingOrder": "1", "to_ProductionOrderOperation": {"__deferred": {"uri": "x"}}}
    ).documents
    assert (order.operations, order.components) == (None, None)


def assignment(group="40000060", alternative="1", **fields):
    return {"ProductionRoutingGroup": group, "ProductionRouting": alternative, **fields}


def test_the_routing_is_chosen_by_lot_size_day_and_deletion_and_never_guessed():
    (header,) = real("routing-header")
    on = date(2026, 1, 1)
    assigned = [assignment(), assignment(alternative="2"), assignment(group="5")]
    other = {**header, "ProductionRouting": "2", "MinimumLotSizeQuantity": "100"}

    def choose(*headers, lot=10):
        return choose_routing(assigned, headers, lot=Decimal(lot), on=on)

    assert choose(header, other) == ("40000060", "1")
    assert choose(header, other, lot=100) is None
    assert choose({**header, "IsMarkedForDeletion": True}) is None
    assert choose({**header, "ValidityEndDate": "/Date(1577836800000)/"}) is None
    assert choose({**header, "ProductionRoutingGroup": "6"}) is None


@settings(max_examples=50)
@given(
    st.recursive(
        st.none() | st.booleans() | st.text() | st.integers(),
        lambda one: (
            st.lists(one)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "order",
                        "routing",
                        "results",
                        "ManufacturingOrder",
                        "to_ProductionOrderOperation",
                        "TotalQuantity",
                    ]
                ),
                one,
            )
        ),
    )
)
def test_the_reader_never_breaks(message):
    reading = ODataOrders().read(json.dumps(message).encode(), zone=CHICAGO, settings={})
    assert reading.documents or reading.problems
