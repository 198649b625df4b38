"""What terminals send: each command wholly or not at all, each once, each answered on its own."""

import json
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from orders.domain.reports import Quantities, report
from orders.enums import EventKind, OperationState
from orders.models import Operation, ProductionEvent, Run, RunPerson, StockBalance, StockMove
from tests.factories.accounts import ApiKeyFactory, OperatorFactory
from tests.factories.machines import MachineFactory, StateIntervalFactory, StopReasonFactory
from tests.factories.orders import (
    OperationFactory,
    OrderComponentFactory,
    RunFactory,
    ScrapReasonFactory,
)
from tests.support.queries import statements

pytestmark = pytest.mark.django_db
KEY = "the-key-of-a-terminal"


@pytest.fixture
def terminal():
    ApiKeyFactory(text=KEY, role="terminal", name="Terminal 1")
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Api-Key {KEY}")
    return client


@pytest.fixture
def operation():
    operation = OperationFactory(released=True, order__number="4711", number="0010")
    MachineFactory(plant=operation.plant, group=operation.machine_group, code="M1")
    OperatorFactory(personnel_number="100")
    OperatorFactory(personnel_number="200")
    ScrapReasonFactory(plant=operation.plant, code="CRACK")
    return operation


def send(client, *commands, status=200):
    base = {"order": "4711", "operation": "0010", "personnel_number": "100"}
    rows = [base | {"key": f"k{n}"} | command for n, command in enumerate(commands)]
    answer = client.post("/api/v1/operation-commands", json.dumps(rows), content_type="application/json")
    assert answer.status_code == status, answer.content
    return answer.json()["results"]


def test_a_shift_by_commands(terminal, operation):
    results = send(
        terminal,
        {"command": "start_setup", "machine": "M1"},
        {"command": "start_production", "machine": "M1"},
        {"command": "join", "personnel_number": "200"},
        {"command": "report", "good": 10, "scrap": "2.5", "scrap_reason": "CRACK"},
        {"command": "interrupt", "comment": "lunch"},
        {"command": "resume", "machine": "M1"},
        {"command": "leave", "personnel_number": "100"},
        {"command": "report", "good": 5},
        {"command": "finish"},
    )
    assert [(result["status"], result["message"]) for result in results] == [("accepted", "")] * 9
    operation.refresh_from_db()
    assert (operation.good, operation.scrap, operation.state) == (15, Decimal("2.5"), OperationState.FINISHED)
    event = ProductionEvent.objects.get(pk=results[3]["event"])
    assert (event.by.personnel_number, event.via) == ("100", "api:Terminal 1")
    assert Run.objects.count() == 2
    assert RunPerson.objects.filter(ended_at__isnull=True).count() == 0


def test_what_a_supplier_does_is_sent_out_and_reported_when_it_is_back(terminal, operation):
    Operation.objects.filter(pk=operation.pk).update(outside=True)
    sent, back, _end = send(
        terminal,
        {"command": "send_out", "comment": "delivery note 17"},
        {"command": "report", "good": 10},
        {"command": "finish"},
    )
    assert (sent["status"], back["status"]) == ("accepted", "accepted")
    operation.refresh_from_db()
    event = ProductionEvent.objects.get(pk=sent["event"])
    assert (event.kind, event.comment) == (EventKind.SENT_OUT, "delivery note 17")
    assert (operation.good, operation.started_at) == (10, event.occurred_at)


def test_a_repeat_is_answered_as_replayed_and_counts_once(terminal, operation):
    commands = [{"command": "start_production", "machine": "M1"}, {"command": "report", "good": 10}]
    send(terminal, *commands)
    assert [result["status"] for result in send(terminal, *commands)] == ["replayed", "replayed"]
    operation.refresh_from_db()
    assert operation.good == 10


def test_a_key_used_for_something_else_is_refused(terminal, operation):
    send(terminal, {"command": "report", "good": 10, "key": "a"})
    result = send(terminal, {"command": "report", "good": 11, "key": "a"})[0]
    assert (result["status"], result["code"]) == ("refused", "key_reused")
    operation.refresh_from_db()
    assert operation.good == 10


def test_one_refused_command_does_not_hold_up_the_others(terminal, operation):
    results = send(
        terminal,
        {"command": "report", "good": 1},
        {"command": "report", "good": -1},
        {"command": "report", "scrap": 1},
        {"command": "interrupt"},
        {"command": "dance"},
        {"command": "report", "good": 2},
    )
    assert [result["status"] for result in results] == ["accepted"] + ["refused"] * 4 + ["accepted"]
    where = [(result["problems"][0]["row"], result["problems"][0]["field"]) for result in results[1:5]]
    assert where == [(2, "good"), (3, "scrap_reason"), (4, ""), (5, "command")]
    operation.refresh_from_db()
    assert (operation.good, operation.scrap) == (3, 0)


def test_a_report_is_taken_back_and_put_right(terminal, operation):
    send(terminal, {"command": "report", "good": 10, "key": "first"})
    result = send(
        terminal,
        {
            "command": "reverse",
            "reverses": "first",
            "good": 8,
            "scrap": 2,
            "scrap_reason": "CRACK",
            "comment": "Counted wrong",
            "key": "second",
        },
    )[0]
    assert result["status"] == "accepted", result
    operation.refresh_from_db()
    assert (operation.good, operation.scrap) == (8, 2)
    assert ProductionEvent.objects.filter(kind="reversed").count() == 1


def test_finished_work_is_recorded_with_its_time(terminal, operation):
    end = timezone.now() - timedelta(hours=1)
    start = end - timedelta(hours=2)
    result = send(
        terminal,
        {
            "command": "record_run",
            "machine": "M1",
            "started_at": start.isoformat(),
            "ended_at": end.isoformat(),
            "good": 20,
        },
    )[0]
    assert result["status"] == "accepted", result
    run = Run.objects.get()
    assert (run.started_at, run.ended_at) == (start, end)


@pytest.mark.parametrize(
    ("command", "field"),
    [
        ({"order": "9"}, "operation"),
        ({"operation": "0099"}, "operation"),
        ({"plant": "NOWHERE"}, "operation"),
        ({"personnel_number": "999"}, "personnel_number"),
        ({"scrap_reason": "NONE"}, "scrap_reason"),
        ({"order": None}, "order"),
        ({"good": "many"}, "good"),
        ({"good": True}, "good"),
        ({"good": 1e30}, "good"),
        ({"good": 99999999}, "good"),
        ({"good": 0}, "good"),
        ({"at": "2999-01-01T00:00:00Z"}, "at"),
        ({"at": "0001-01-01T00:00:00Z"}, "at"),
        ({"at": "yesterday"}, "at"),
        ({"key": 5}, "key"),
        ({"key": ""}, "key"),
        ({"comment": "x" * 501}, "comment"),
        ({"order": "a\x00"}, "order"),
        ({"order": "\ud800"}, "order"),
        ({"by": 1}, "by"),
        ({"command": "start_setup"}, "machine"),
        ({"command": "start_setup", "machine": "M9"}, "machine"),
        ({"command": "join", "personnel_number": None}, "personnel_number"),
        ({"command": "reverse", "comment": "x"}, "reverses"),
        ({"command": "reverse", "comment": "x", "reverses": "nothing"}, "reverses"),
        ({"command": "record_run", "machine": "M1"}, "started_at"),
        (
            {
                "command": "record_run",
                "machine": "M1",
                "started_at": "2026-01-02T00:00:00Z",
                "ended_at": "2026-01-01T00:00:00Z",
            },
            "ended_at",
        ),
        (
            {
                "command": "record_run",
                "machine": "M1",
                "started_at": "2026-01-01T00:00:00Z",
                "ended_at": "2026-01-02T00:00:00Z",
                "good": 99999999999,
            },
            "good",
        ),
    ],
)
def test_a_bad_command_is_refused_and_the_field_named(terminal, operation, command, field):
    result = send(terminal, {"command": "report", "good": 1, **command})[0]
    assert result["status"] == "refused"
    assert field in [problem["field"] for problem in result["problems"]], result
    assert not ProductionEvent.objects.exists()


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'"x"', b"[[]]", b"[null]", b"[5]"])
def test_broken_bodies(terminal, operation, body):
    answer = terminal.generic("POST", "/api/v1/operation-commands", body, content_type="application/json")
    if answer.status_code == 200:
        assert answer.json()["results"][0]["status"] == "refused"
    else:
        assert answer.status_code in (400, 422)


def test_a_person_acts_only_for_themselves(client, operation):
    client.force_login(OperatorFactory(personnel_number="300"))
    results = send(
        client, {"command": "report", "good": 1}, {"command": "report", "good": 1, "personnel_number": "300"}
    )
    assert [result["status"] for result in results] == ["refused", "accepted"]
    assert results[0]["code"] == "not_yourself"


def test_a_report_that_consumes_components_takes_seven_queries():
    run = RunFactory()
    operation = run.operation
    for _ in range(3):
        component = OrderComponentFactory(
            order=operation.order, operation_number=operation.number, backflush=True, quantity=200
        )
        StockBalance.objects.create(plant=operation.plant, item=component.item, on_hand=500)
    operator = OperatorFactory()
    key = "6d0ab8a1-3cbb-4f6a-9d5e-000000000001"
    operation = Operation.objects.get(pk=operation.pk)
    with CaptureQueriesContext(connection) as context:
        report(operation=operation, quantities=Quantities(good=Decimal(10)), by=operator, key=UUID(key))
    assert len(statements(context)) == 7, "\n".join(statements(context))
    assert StockMove.objects.filter(kind="issue").count() == 3
    assert set(StockBalance.objects.values_list("on_hand", flat=True)) == {Decimal(480)}


def test_the_queue_says_what_is_ready_and_what_is_missing(terminal, operation):
    OperationFactory(
        released=True,
        order=operation.order,
        position=operation.position + 1,
        number="0020",
        machine_group=operation.machine_group,
    )
    data = terminal.get("/api/v1/work-queue", {"machine": "M1"}).json()
    assert [(work["operation"], work["ready"]) for work in data["queue"]] == [("0010", True), ("0020", False)]
    assert data["queue"][1]["needs"][0]["code"] == "predecessor"
    send(terminal, {"command": "start_production", "machine": "M1"})
    data = terminal.get("/api/v1/work-queue", {"machine": "M1"}).json()
    assert [(run["operation"], run["people"]) for run in data["running"]] == [("0010", ["100"])]
    assert terminal.get("/api/v1/work-queue", {"machine": "M9"}).status_code == 422
    assert terminal.get("/api/v1/work-queue").status_code == 422


def test_machines_are_listed(terminal, operation):
    rows = terminal.get("/api/v1/machines").json()
    assert [(row["code"], row["work_centre"]) for row in rows] == [("M1", operation.machine_group.code)]


def test_an_open_stop_is_asked_about_until_somebody_says_why(terminal, operation):
    machine = MachineFactory(plant=operation.plant, code="M2")
    start = timezone.now() - timedelta(hours=1)
    StateIntervalFactory(
        machine=machine, started_at=start, ended_at=start + timedelta(minutes=20), state="stop"
    )
    StopReasonFactory(plant=operation.plant, code="JAM")
    stop = terminal.get("/api/v1/open-stops").json()[0]
    assert stop["machine"] == "M2"
    coding = {
        "key": "s",
        "machine": "M2",
        "started_at": stop["started_at"],
        "reason": "JAM",
        "personnel_number": "100",
    }
    for _ in range(2):
        answer = terminal.post("/api/v1/stop-codings", json.dumps(coding), content_type="application/json")
        assert (answer.status_code, answer.json()["reason"]) == (200, "JAM")
    assert terminal.get("/api/v1/open-stops").json() == []
    for wrong in (
        {"reason": "NONE"},
        {"machine": "M9"},
        {"started_at": "x"},
        {"slot": "1"},
        {"personnel_number": "9"},
    ):
        answer = terminal.post(
            "/api/v1/stop-codings", json.dumps(coding | wrong), content_type="application/json"
        )
        assert answer.status_code == 422, wrong
    late = coding | {"key": "t", "started_at": "2020-01-01T00:00:00Z"}
    answer = terminal.post("/api/v1/stop-codings", json.dumps(late), content_type="application/json")
    assert answer.json()["code"] == "no_stop"
