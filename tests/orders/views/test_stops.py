import json
import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from machines.enums import MachineState
from machines.models import StopCoding
from orders.queries.stops import likely_reasons, stops_to_ask
from orders.views.terminal.stops import render_stop
from tests.factories.machines import StateIntervalFactory, StopCodingFactory, StopReasonFactory
from tests.factories.orders import RunFactory

NOW = timezone.now().replace(microsecond=0)


@pytest.fixture
def stop(work):
    """The machine stands still for ten minutes while an order runs on it."""
    RunFactory(operation=work.operation, machine=work.machine, started_at=NOW - timedelta(hours=2))
    return StateIntervalFactory(
        machine=work.machine, state=MachineState.STOP, started_at=NOW - timedelta(minutes=10), ended_at=None
    )


@pytest.fixture
def reasons(work):
    return [StopReasonFactory(plant=work.machine.plant, name_en=f"Reason {n}") for n in range(8)]


def test_an_open_stop_asks_and_one_tap_answers(terminal, work, stop, reasons, operator):
    page = terminal.get(reverse("terminal-machine", args=[work.machine.pk]))
    assert "Why?" in page.content.decode()
    assert render_stop([str(work.machine.pk)])[str(work.machine.pk)].strip() in page.content.decode()
    values = json.loads(page.context["stops"][0].choices[0].values)
    url = reverse("terminal-code-stop", args=[work.machine.pk])
    for _ in range(2):
        answer = terminal.post(url, values, HTTP_HX_REQUEST="true")
        assert "Why?" not in answer.content.decode()
    coding = StopCoding.objects.get()
    assert (coding.reason, coding.by) == (reasons[0], operator)


def test_the_tree_answers_with_two_taps(terminal, work, stop):
    group = StopReasonFactory(plant=work.machine.plant, name_en="Mechanical")
    leaf = StopReasonFactory(plant=work.machine.plant, parent=group, name_en="Bearing")
    prompt = terminal.get(reverse("terminal-machine", args=[work.machine.pk])).context["stops"][0]
    page = terminal.get(prompt.more_url).content.decode()
    assert "Mechanical" in page
    form = {"slot": 1, "start": stop.started_at.isoformat(), "reason": leaf.pk, "key": str(uuid.uuid4())}
    terminal.post(reverse("terminal-code-stop", args=[work.machine.pk]), form | {"comment": "Loud"})
    assert StopCoding.objects.get().comment == "Loud"
    assert stops_to_ask(work.machine) == []


def test_the_six_given_most_often_come_first(work, reasons):
    for reason in (reasons[7], reasons[7], reasons[3]):
        StopCodingFactory(machine=work.machine, reason=reason, recorded_at=timezone.now())
    old = timezone.now() - timedelta(days=40)
    for _ in range(5):
        StopCodingFactory(machine=work.machine, reason=reasons[5], recorded_at=old)
    found = likely_reasons(work.machine)
    assert len(found) == 6
    assert found[:3] == [reasons[7], reasons[3], reasons[0]]


def test_without_an_order_nobody_is_asked(work):
    StateIntervalFactory(
        machine=work.machine, state=MachineState.STOP, started_at=NOW - timedelta(minutes=10), ended_at=None
    )
    assert stops_to_ask(work.machine) == []


@pytest.mark.parametrize(
    "form", [{}, {"slot": "1", "start": "yesterday"}, {"slot": "x", "start": "2026-01-01T00:00:00"}]
)
def test_nonsense_changes_nothing(terminal, work, stop, reasons, form):
    form = {"key": str(uuid.uuid4()), "reason": reasons[0].pk} | form
    answer = terminal.post(reverse("terminal-code-stop", args=[work.machine.pk]), form)
    assert answer.status_code == 302
    assert not StopCoding.objects.exists()
