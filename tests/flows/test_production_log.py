"""A real, dirty production log (135 orders, 2,254 bookings) through the doors: every sum comes out again.

Source: Levy, "Production Analysis with Process Mining Technology",
doi 10.4121/uuid:68726926-5ac5-4fab-b873-ee76ea412399.
"""

from __future__ import annotations

import csv
import io
import json
import uuid
from collections import Counter
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.db.models import F, Sum

from machines.models import StopCoding
from mes.accounts.models import ApiKey
from mes.accounts.roles import Role
from orders.models import Operation, ProductionEvent, ProductionOrder, Run
from tests.factories.accounts import OperatorFactory
from tests.factories.integrations import ConnectionFactory
from tests.factories.machines import MachineFactory, MachineGroupFactory, PlantFactory, StopReasonFactory
from tests.factories.orders import ItemFactory, UnitFactory
from tests.support.shared_data import shared_bytes

ZONE = ZoneInfo("Asia/Jerusalem")
SPACE = uuid.UUID("0f6d2f2e-8d6b-4d9a-a5a5-0a4b1a6a1d33")


@pytest.fixture
def log():
    text = shared_bytes("mto-production-log/production_log_dev.csv").decode("utf-8")
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture
def plant(db, log):
    """The machine shop's master data: its resources, parts and workers."""
    plant = PlantFactory(code="SHOP", erp_code="SHOP", time_zone=str(ZONE))
    UnitFactory()
    for resource in sorted({row["Resource"] for row in log}):
        group = MachineGroupFactory(plant=plant, code=resource[:40])
        MachineFactory(plant=plant, group=group, code=resource[:40])
    for part in {row["Part Desc."] for row in log}:
        ItemFactory(code=part)
    for worker in {row["Worker ID"] for row in log}:
        OperatorFactory(personnel_number=worker)
    StopReasonFactory(plant=plant, code="BREAKDOWN")
    return plant


@pytest.fixture
def doors(client, plant):
    """A POST for the ERP and one for terminals, each with its own key."""
    erp, erp_key = ApiKey.issue(name="erp", role=Role.ERP)
    _terminal, terminal_key = ApiKey.issue(name="terminal", role=Role.TERMINAL)
    ConnectionFactory(plant=plant, api_key=erp, release_on_arrival=True)

    def post(path, key, rows):
        answer = client.post(
            path,
            json.dumps(rows),
            content_type="application/json",
            headers={"Authorization": f"Api-Key {key}", "Idempotency-Key": str(uuid.uuid4())},
        )
        assert answer.status_code < 300, answer.content[:2000]
        return answer.json()

    return (
        lambda rows: post("/api/v1/production-orders", erp_key, rows),
        lambda rows: post("/api/v1/operation-commands", terminal_key, rows),
        lambda rows: post("/api/v1/stop-codings", terminal_key, rows),
    )


def moment(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZONE)


def operation_numbers(log):
    """Each activity of a case is an operation, in the order of its first booking."""
    numbers = {}
    for row in sorted(log, key=lambda row: row["start"]):
        of_case = numbers.setdefault(row["Case ID"], {})
        of_case.setdefault(row["Activity"], (f"{(len(of_case) + 1) * 10:04}", row["Resource"]))
    return numbers


def as_orders(log, numbers):
    cases = {row["Case ID"]: row for row in log}
    return [
        {
            "number": case,
            "plant": "SHOP",
            "item": row["Part Desc."],
            "quantity": row["Work Order Qty"],
            "unit": "C62",
            "operations": [
                {"number": number, "text": activity, "work_centre": resource[:40]}
                for activity, (number, resource) in numbers[case].items()
            ],
        }
        for case, row in cases.items()
    ]


def as_command(index, row, numbers):
    return {
        "key": str(uuid.uuid5(SPACE, str(index))),
        "command": "record_run",
        "order": row["Case ID"],
        "operation": numbers[row["Case ID"]][row["Activity"]][0],
        "machine": row["Resource"][:40],
        "personnel_number": row["Worker ID"],
        "started_at": moment(row["start"]).isoformat(),
        "ended_at": moment(row["end"]).isoformat(),
        "setup": row["Report Type"] == "S",
        "good": row["Qty Completed"],
        "scrap": row["Qty Rejected"],
        "rework": row["Qty for MRB"],
        "comment": "rework" if row["Rework"] else "",
    }


def as_stop(index, row):
    return {
        "key": str(uuid.uuid5(SPACE, f"stop {index}")),
        "machine": row["Resource"][:40],
        "started_at": moment(row["start"]).isoformat(),
        "ended_at": moment(row["end"]).isoformat(),
        "reason": "BREAKDOWN",
        "personnel_number": row["Worker ID"],
    }


def sums(rows, *columns):
    """Completed, rejected and MRB quantity by the columns of the log."""
    totals = Counter()
    for row in rows:
        place = tuple(row[column] for column in columns)
        for name, column in (("good", "Qty Completed"), ("scrap", "Qty Rejected"), ("rework", "Qty for MRB")):
            totals[(*place, name)] += Decimal(row[column])
    return +totals


def booked(*fields):
    totals = Counter()
    rows = ProductionEvent.objects.filter(operation__isnull=False).values(*fields)
    for row in rows.annotate(g=Sum("good"), s=Sum("scrap"), r=Sum("rework")):
        place = tuple(row[field] for field in fields)
        for name, column in (("good", "g"), ("scrap", "s"), ("rework", "r")):
            totals[(*place, name)] += row[column]
    return +totals


def test_sums_by_order_machine_and_worker_match_the_log(log, doors):
    order, command, stop = doors
    numbers = operation_numbers(log)
    order(as_orders(log, numbers))
    work = [(index, row) for index, row in enumerate(log) if row["Report Type"] != "B"]
    commands = [as_command(index, row, numbers) for index, row in work]
    for begin in range(0, len(commands), 1000):
        answer = command(commands[begin : begin + 1000])
        assert {result["status"] for result in answer["results"]} == {"accepted"}
    again = command(commands[:200])
    assert {result["status"] for result in again["results"]} == {"replayed"}
    for index, row in enumerate(log):
        if row["Report Type"] == "B":
            stop(as_stop(index, row))

    assert ProductionOrder.objects.count() == len(numbers) == 135
    assert Operation.objects.count() == sum(len(of_case) for of_case in numbers.values())
    rows = [row for _index, row in work]
    assert booked("order__number") == sums(rows, "Case ID")
    assert booked("machine__code") == sums(
        [row | {"Resource": row["Resource"][:40]} for row in rows], "Resource"
    )
    assert booked("by__personnel_number") == sums(rows, "Worker ID")
    assert Operation.objects.aggregate(Sum("good"))["good__sum"] == sum(
        Decimal(row["Qty Completed"]) for row in rows
    )
    marked = ProductionEvent.objects.filter(comment="rework")
    assert marked.count() == sum(1 for row in rows if row["Rework"])
    check_times(rows)
    check_breakdowns([row for row in log if row["Report Type"] == "B"])
    call_command("books")


def check_times(rows):
    """Setup and production hours by machine, to the second."""
    expected, found = Counter(), Counter()
    for row in rows:
        length = moment(row["end"]) - moment(row["start"])
        expected[(row["Resource"][:40], row["Report Type"] == "S")] += int(length.total_seconds())
    lengths = Run.objects.values("machine__code", "production_at").annotate(
        length=F("ended_at") - F("started_at")
    )
    for run in lengths:
        found[(run["machine__code"], run["production_at"] is None)] += int(run["length"].total_seconds())
    assert found == +expected


def check_breakdowns(rows):
    assert StopCoding.objects.count() == len(rows)
    found = sum(
        (coding.span.upper - coding.span.lower).total_seconds() for coding in StopCoding.objects.all()
    )
    assert found == sum((moment(row["end"]) - moment(row["start"])).total_seconds() for row in rows)
