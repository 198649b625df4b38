import json
import uuid
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from machines.enums import CycleFlag, MachineState
from machines.models import CodedBy, StopCoding, StopPhoto
from mes.lib import live
from orders.queries.stops import Suggestions, stops_to_ask, waiting_stops
from orders.views.terminal.prompts import hint_of
from tests.factories.machines import StateIntervalFactory, StopCodingFactory, StopReasonFactory
from tests.factories.orders import RunFactory
from tests.machines.test_photos import picture

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
    key = str(work.machine.pk)
    assert live.fragment_named("terminal-stop").html([key])[key].strip() in page.content.decode()
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


def coded(machine, reason, days, alarm="", **more):
    """A stop of ten minutes so many days ago, with its reason."""
    start = NOW - timedelta(days=days)
    end = start + timedelta(minutes=10)
    stop = StateIntervalFactory(
        machine=machine, state=MachineState.STOP, alarm=alarm, started_at=start, ended_at=end
    )
    StopCodingFactory(machine=machine, reason=reason, span=(start, end), said_at=end, **more)
    return stop


def offered(machine, stop, most=6):
    [waiting] = [one for one in stops_to_ask(machine) if one.start == stop.started_at]
    return Suggestions(machine).of(waiting, most=most)


def test_the_six_likeliest_come_first_and_say_why(work, stop, reasons):
    for days, number in ((1, 7), (2, 7), (3, 3)):
        coded(work.machine, reasons[number], days)
    for days in range(40, 45):
        coded(work.machine, reasons[5], days)
    found = offered(work.machine, stop)
    assert [one.reason for one in found] == [reasons[n] for n in (7, 3, 0, 1, 2, 4)]
    assert hint_of(found[0].likely) == "2× in 30 days"
    assert hint_of(found[2].likely) == ""


def test_the_same_code_beats_what_is_frequent(work, reasons):
    RunFactory(operation=work.operation, machine=work.machine, started_at=NOW - timedelta(hours=2))
    for days in range(1, 6):
        coded(work.machine, reasons[2], days)
    coded(work.machine, reasons[6], 7, alarm="E7")
    stop = StateIntervalFactory(
        machine=work.machine,
        state=MachineState.STOP,
        alarm="E7",
        started_at=NOW - timedelta(minutes=10),
        ended_at=None,
    )
    found = offered(work.machine, stop)
    assert [one.reason for one in found[:2]] == [reasons[6], reasons[2]]
    assert hint_of(found[0].likely) == "same code 1×"


def test_what_machines_said_is_no_history(work, stop, reasons):
    coded(work.machine, reasons[4], 1, source=CodedBy.MACHINE)
    assert offered(work.machine, stop)[0].likely.times == 0


def test_several_open_stops_two_with_buttons_the_others_on_their_page(terminal, work, stop, reasons):
    for minutes in (90, 70, 50):
        StateIntervalFactory(
            machine=work.machine,
            state=MachineState.STOP,
            started_at=NOW - timedelta(minutes=minutes),
            ended_at=NOW - timedelta(minutes=minutes - 10),
        )
    page = terminal.get(reverse("terminal-machine", args=[work.machine.pk]))
    assert [len(prompt.choices) for prompt in page.context["stops"]] == [6, 6]
    assert page.content.decode().count("Why?") == 2
    assert "2 more stops wait for their reasons" in page.content.decode()
    everything = terminal.get(reverse("terminal-stops", args=[work.machine.pk])).content.decode()
    assert everything.count("no reason given") == 4


def test_a_label_with_a_reason_answers_the_stop_that_is_asked_first(terminal, work, stop, operator):
    reason = StopReasonFactory(plant=work.machine.plant, code="JAM", name_en="Jam")
    url = reverse("terminal-scan", args=[work.machine.pk])
    for _ in range(2):
        answer = terminal.post(url, {"code": "stop:jam"}, follow=True)
    assert "No stop waits for a reason." in answer.content.decode()
    coding = StopCoding.objects.get()
    assert (coding.reason, coding.by) == (reason, operator)


def stop_form(stop, **more):
    return {"key": str(uuid.uuid4()), "slot": 1, "start": stop.started_at.isoformat(), **more}


def test_split_and_join_and_the_list_of_stops(terminal, work, stop, reasons):
    url = reverse("terminal-split-stop", args=[work.machine.pk])
    form = stop_form(stop, after=120, first=reasons[0].pk, second=reasons[1].pk)
    for _ in range(2):
        answer = terminal.post(url, form, follow=True)
    assert "The stop has two reasons now." in answer.content.decode()
    assert StopCoding.objects.in_force().count() == 2
    page = terminal.get(reverse("terminal-stops", args=[work.machine.pk])).content.decode()
    assert reasons[0].name in page
    assert reasons[1].name in page
    second = (stop.started_at + timedelta(seconds=120)).isoformat()
    form = stop_form(stop, other=second, reason=reasons[0].pk)
    answer = terminal.post(reverse("terminal-merge-stops", args=[work.machine.pk]), form, follow=True)
    assert "Both count as one stop now." in answer.content.decode()
    assert StopCoding.objects.in_force().get().reason == reasons[0]


@pytest.mark.parametrize("url", ["terminal-split-stop", "terminal-merge-stops", "terminal-stop-photo"])
@pytest.mark.parametrize(
    "form", [{}, {"slot": "9", "start": "x", "key": "1"}, {"start": "2026-02-31T00:00Z"}]
)
def test_nonsense_about_a_stop_is_said_and_changes_nothing(terminal, work, stop, url, form):
    answer = terminal.post(reverse(url, args=[work.machine.pk]), form, follow=True)
    assert answer.status_code == 200
    assert "Something is missing" in answer.content.decode()
    assert not StopCoding.objects.exists()


def test_a_photo_is_shown_to_people_and_to_nobody_else(terminal, client, work, stop):
    url = reverse("terminal-stop-photo", args=[work.machine.pk])
    form = stop_form(stop)
    for _ in range(2):
        terminal.post(url, form | {"photo": SimpleUploadedFile("a.jpg", picture())})
    photo = StopPhoto.objects.get()
    page = terminal.get(reverse("terminal-stop", args=[work.machine.pk]), {"start": form["start"]})
    address = reverse("stop-photo", args=[photo.pk])
    assert address in page.content.decode()
    shown = terminal.get(address)
    assert (shown["Content-Type"], shown["X-Content-Type-Options"]) == ("image/jpeg", "nosniff")
    assert Client().get(address).status_code == 302
    terminal.post(reverse("stop-photo-remove", args=[photo.pk]), {"next": "https://evil.example/"})
    assert terminal.get(address).status_code == 404
    photo.refresh_from_db()
    assert bytes(photo.image) == b""


def test_what_is_no_photo_is_refused_in_words(terminal, work, stop):
    url = reverse("terminal-stop-photo", args=[work.machine.pk])
    answer = terminal.post(
        url, stop_form(stop, photo=SimpleUploadedFile("a.jpg", b"<svg onload=alert(1)>")), follow=True
    )
    assert "This is no photo" in answer.content.decode()
    assert not StopPhoto.objects.exists()


def test_without_an_order_nobody_is_asked(work):
    StateIntervalFactory(
        machine=work.machine, state=MachineState.STOP, started_at=NOW - timedelta(minutes=10), ended_at=None
    )
    assert stops_to_ask(work.machine) == []


def standing(work, seconds, *, micro, **more):
    """It stands in working time for so many seconds, with an order in production on it."""
    work.machine.micro_stop_seconds = micro
    work.machine.save()
    return StateIntervalFactory(
        machine=work.machine,
        state=MachineState.STOP,
        started_at=NOW - timedelta(seconds=seconds),
        ended_at=None,
        **more,
    )


def test_a_page_knows_when_a_stop_under_a_minute_becomes_a_question(work):
    RunFactory(operation=work.operation, machine=work.machine, started_at=NOW - timedelta(hours=1))
    standing(work, 40, micro=20)
    waiting = waiting_stops(work.machine, now=NOW)
    assert (waiting.stops, waiting.due) == ([], timedelta(seconds=20))
    later = waiting_stops(work.machine, now=NOW + timedelta(seconds=20))
    assert (len(later.stops), later.due) == (1, None)


def test_a_page_knows_when_an_order_that_began_in_a_standstill_has_lost_enough(work):
    RunFactory(
        operation=work.operation,
        machine=work.machine,
        started_at=NOW - timedelta(hours=1),
        production_at=NOW - timedelta(seconds=100),
    )
    standing(work, 400, micro=300)
    assert waiting_stops(work.machine, now=NOW).due == timedelta(seconds=200)
    assert len(waiting_stops(work.machine, now=NOW + timedelta(seconds=200)).stops) == 1


def test_nothing_becomes_due_while_no_order_loses_by_it(work):
    RunFactory(
        operation=work.operation,
        machine=work.machine,
        started_at=NOW - timedelta(hours=1),
        ended_at=NOW - timedelta(seconds=20),
    )
    standing(work, 40, micro=20)
    assert waiting_stops(work.machine, now=NOW).due is None


def test_a_fault_that_lasts_is_asked_about_at_once_however_short_the_threshold(work):
    RunFactory(operation=work.operation, machine=work.machine, started_at=NOW - timedelta(hours=1))
    standing(work, 40, micro=20, flags=CycleFlag.FAULT)
    assert len(waiting_stops(work.machine, now=NOW).stops) == 1


@pytest.mark.parametrize(("minutes", "asked"), [(4, False), (6, True)])
def test_of_a_standstill_between_two_orders_only_what_one_of_them_lost_counts(work, minutes, asked):
    """It began ``minutes`` before the order's end; since then the machine is set up for the next one."""
    end = NOW - timedelta(minutes=30)
    RunFactory(
        operation=work.operation, machine=work.machine, started_at=end - timedelta(hours=1), ended_at=end
    )
    RunFactory(operation=work.operation, machine=work.machine, started_at=end, production_at=None)
    StateIntervalFactory(
        machine=work.machine,
        state=MachineState.STOP,
        started_at=end - timedelta(minutes=minutes),
        ended_at=None,
    )
    assert len(stops_to_ask(work.machine)) == asked


@pytest.mark.parametrize(
    "form", [{}, {"slot": "1", "start": "yesterday"}, {"slot": "x", "start": "2026-01-01T00:00:00"}]
)
def test_nonsense_changes_nothing(terminal, work, stop, reasons, form):
    form = {"key": str(uuid.uuid4()), "reason": reasons[0].pk} | form
    answer = terminal.post(reverse("terminal-code-stop", args=[work.machine.pk]), form)
    assert answer.status_code == 302
    assert not StopCoding.objects.exists()
