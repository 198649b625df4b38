"""Items, bills of material and routings as files, and a whole plant set up by files alone."""

from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from machines.models import Area, Machine, MachineGroup, Plant
from mes.accounts.roles import Role
from orders.models import Bom, BomLine, Item, Routing, RoutingOperation, Unit
from tests.factories.machines import MachineGroupFactory, PlantFactory, ToolFactory
from tests.factories.orders import ItemFactory, UnitFactory
from tests.support.admin import (
    client_of,
    confirm,
    csv_file,
    import_rows,
    page_of,
    preview,
    problems_of,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def engineer(client):
    return client_of(client, Role.ENGINEER)


def item_row(number, **changes):
    return {
        "code": f"I{number:04}",
        "name": f"Item {number}",
        "unit": "C62",
        "revision": "A",
        "strategy": ("MTO", "MTS", "ATO", "ETO")[number % 4],
        "lot_tracked": "no",
        **changes,
    }


def operation_row(item, number, **changes):
    return {
        "plant": "P1",
        "item": item,
        "revision": "A",
        "number": f"{number:04}",
        "text": f"Step {number}",
        "machine_group": "G01",
        "setup_seconds": "600",
        "run_seconds": "12,75",
        "base_quantity": "1",
        **changes,
    }


def test_bill_of_material_as_a_flat_table(engineer):
    for code in ("GEARBOX", "HOUSING", "SCREW"):
        ItemFactory(code=code)
    line = {
        "item": "GEARBOX",
        "revision": "A",
        "scrap_percent": "2,5",
        "operation": "0010",
        "backflush": "yes",
    }
    rows = [
        {**line, "position": "0010", "component": "HOUSING", "quantity": "1"},
        {**line, "position": "0020", "component": "SCREW", "quantity": "8"},
        {**line, "position": "0010", "component": "HOUSING", "quantity": "2", "revision": "B"},
    ]
    import_rows(engineer, BomLine, rows)
    assert list(Bom.objects.order_by("revision").values_list("item__code", "revision")) == [
        ("GEARBOX", "A"),
        ("GEARBOX", "B"),
    ]
    screws = BomLine.objects.get(item__code="SCREW")
    assert (screws.quantity, screws.scrap_percent, screws.operation_number) == (8, Decimal("2.5"), "0010")

    result = import_rows(engineer, BomLine, [{**rows[0], "quantity": "3"}, rows[1], rows[2]])
    assert (result.totals["update"], result.totals["skip"], result.totals["new"]) == (1, 2, 0)
    assert Bom.objects.count() == 2

    answer = preview(engineer, BomLine, csv_file([{**rows[0], "item": "NOBODY", "component": "NOTHING"}]))
    assert {(line, column) for line, column, _text in problems_of(answer)} == {(2, "item"), (2, "component")}

    exported = engineer.post(page_of(BomLine, "export"), {"format": "0", "resource": ""}).content
    assert b"GEARBOX;A;0020;SCREW;8;2.5;0010;yes" in exported
    again = preview(engineer, BomLine, SimpleUploadedFile("bom.csv", exported))
    assert again.context_data["result"].totals["skip"] == 3


def test_routing_as_a_flat_table(engineer):
    plant = PlantFactory(code="P1")
    MachineGroupFactory(plant=plant, code="G01")
    ToolFactory(plant=plant, code="DIE-7")
    ItemFactory(code="SHAFT")
    rows = [
        operation_row(
            "SHAFT", 10, program="O1000", tool="DIE-7", parameters="torque=9.5 Nm; speed=1200", send_ahead=""
        ),
        operation_row("SHAFT", 20, program="", tool="", parameters='{"steps": [1, 2]}', send_ahead="50"),
    ]
    import_rows(engineer, RoutingOperation, rows)
    first, second = RoutingOperation.objects.order_by("number")
    assert first.routing.item.code == "SHAFT"
    assert first.run_seconds == Decimal("12.75")
    assert first.parameters == {"torque": "9.5 Nm", "speed": "1200"}
    assert second.parameters == {"steps": [1, 2]}
    assert (first.send_ahead, second.send_ahead) == (None, 50)

    exported = engineer.post(page_of(RoutingOperation, "export"), {"format": "0", "resource": ""}).content
    again = preview(engineer, RoutingOperation, SimpleUploadedFile("routing.csv", exported))
    assert again.context_data["result"].totals["skip"] == 2

    answer = preview(engineer, RoutingOperation, csv_file([operation_row("SHAFT", 10, run_seconds="-1")]))
    assert problems_of(answer) == [(2, "", "Times can't be negative.")]


@pytest.mark.slow
def test_a_plant_of_200_machines_and_2000_items_comes_from_files(engineer):
    """Also 40 groups, 2,000 BOM lines and 6,000 routing operations; then every item is changed."""
    import_rows(engineer, Unit, [{"code": "C62", "symbol": "pc", "name": "piece", "decimals": "0"}])
    import_rows(engineer, Plant, [{"code": "P1", "name": "Plant 1", "time_zone": "Europe/Berlin"}])
    import_rows(engineer, Area, [{"plant": "P1", "code": f"A{n}", "name": f"Area {n}"} for n in range(10)])
    import_rows(
        engineer, MachineGroup, [{"plant": "P1", "code": f"G{n:02}", "name": f"Group {n}"} for n in range(40)]
    )
    import_rows(
        engineer,
        Machine,
        [
            {
                "code": f"M{n:03}",
                "name": f"Machine {n}",
                "plant": "P1",
                "area": f"A{n % 10}",
                "group": f"G{n % 40:02}",
            }
            for n in range(200)
        ],
    )
    import_rows(engineer, Item, [item_row(n) for n in range(2000)])
    import_rows(
        engineer,
        BomLine,
        [
            {
                "item": f"I{n:04}",
                "revision": "A",
                "position": "10",
                "component": f"I{(n + 1) % 2000:04}",
                "quantity": 2,
            }
            for n in range(2000)
        ],
    )
    operations = [
        operation_row(f"I{n:04}", 10 * step, machine_group=f"G{(n + step) % 40:02}")
        for n in range(2000)
        for step in (1, 2, 3)
    ]
    import_rows(engineer, RoutingOperation, operations)
    assert (Machine.objects.count(), Item.objects.count()) == (200, 2000)
    assert (Routing.objects.count(), RoutingOperation.objects.count()) == (2000, 6000)

    changed = [item_row(n, name=f"Item {n} (new)") for n in range(2000)]
    result = import_rows(engineer, Item, changed)
    assert result.totals["update"] == 2000
    assert Item.objects.filter(name__endswith="(new)").count() == 2000


def test_an_item_file_asks_few_queries(engineer, django_assert_max_num_queries):
    UnitFactory(code="C62")
    with django_assert_max_num_queries(40):
        previewed = preview(engineer, Item, csv_file([item_row(n) for n in range(300)]))
    with django_assert_max_num_queries(40):
        confirm(engineer, Item, previewed)
    assert Item.objects.count() == 300
