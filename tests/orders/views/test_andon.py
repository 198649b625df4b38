"""Two taps call help; everybody who looks sees who comes."""

import uuid

import pytest
from django.urls import reverse
from django.utils import translation

from machines.models import AndonCall, AndonEventKind
from mes.accounts.roles import Role
from orders.views.terminal.andon import render_calls
from quality.views.andon import render_open, render_wall
from tests.factories.accounts import UserFactory
from tests.factories.machines import AndonKindFactory, AndonStepFactory, MachineFactory
from tests.support.admin import client_of, queries_of


@pytest.fixture
def kind(work):
    kind = AndonKindFactory(plant=work.machine.plant, name_en="Maintenance")
    AndonStepFactory(kind=kind, role=Role.QUALITY.value)
    return kind


@pytest.fixture
def called(terminal, work, kind):
    url = reverse("terminal-andon-call", args=[work.machine.pk])
    form = {"key": str(uuid.uuid4()), "kind": kind.pk, "slot": 1}
    for _ in range(2):
        assert terminal.post(url, form).status_code == 302
    return AndonCall.objects.get()


def test_two_taps_call_and_the_terminal_shows_it(terminal, work, called, operator):
    assert called.called_by == operator
    page = terminal.get(reverse("terminal-machine", args=[work.machine.pk])).content.decode()
    assert "Maintenance" in page
    assert "nobody is coming yet" in page
    assert render_calls([str(work.machine.pk)])[str(work.machine.pk)].strip() in page


def test_the_choice_shows_the_kinds_of_the_plant(terminal, work, kind):
    AndonKindFactory(name_en="Elsewhere")
    page = terminal.get(reverse("terminal-andon", args=[work.machine.pk])).content.decode()
    assert "Maintenance" in page
    assert "Elsewhere" not in page


def test_coming_being_there_and_closing_at_the_terminal(terminal, work, called):
    url = reverse("terminal-andon-step", args=[work.machine.pk, called.pk])
    answer = terminal.post(url, {"step": "acknowledge"}, HTTP_HX_REQUEST="true").content.decode()
    assert "is coming since" in answer
    answer = terminal.post(url, {"step": "close"}, HTTP_HX_REQUEST="true").content.decode()
    assert "Say what came of it." in answer
    terminal.post(url, {"step": "arrive"})
    answer = terminal.post(url, {"step": "close", "outcome": "solved"}, HTTP_HX_REQUEST="true")
    assert "Maintenance" not in answer.content.decode()
    called.refresh_from_db()
    assert called.state == "closed"


def test_office_and_wall_show_who_waits_who_saw_it_and_the_history(client, work, called):
    key = f"p{work.machine.plant_id}a"
    quality = client_of(client, Role.QUALITY)
    page = quality.get(reverse("andon")).content.decode()
    assert render_open([key])[key].strip() in page
    quality.post(reverse("andon-seen"))
    assert called.events.filter(kind=AndonEventKind.SEEN).count() == 1
    wall = quality.get(reverse("wall")).content.decode()
    assert render_wall([key])[key].strip() in wall
    assert "seen by" in wall
    quality.post(reverse("andon-step", args=[called.pk]), {"step": "acknowledge"})
    quality.post(reverse("andon-step", args=[called.pk]), {"step": "close", "outcome": "false_alarm"})
    page = quality.get(reverse("andon")).content.decode()
    assert "Nobody calls for help." in page
    assert "false alarm" in page


@pytest.mark.parametrize("role", [Role.QUALITY, Role.ENGINEER, Role.PLANNER])
def test_the_page_itself_says_that_it_was_seen_whatever_else_its_reader_may_do(client, called, role):
    """Those who are called often may neither operate nor correct."""
    page = client_of(client, role).get(reverse("andon")).content.decode()
    assert f'hx-post="{reverse("andon-seen")}" hx-trigger="shown"' in page


def test_only_who_was_called_or_works_there_takes_steps(client, work, called):
    planner = client_of(client, Role.PLANNER)
    planner.post(reverse("andon-seen"))
    assert not called.events.filter(kind=AndonEventKind.SEEN).exists()
    assert planner.post(reverse("andon-step", args=[called.pk]), {"step": "arrive"}).status_code == 403


def test_roles_and_outcomes_are_told_in_the_readers_language(client, called):
    boss = client_of(client, Role.SUPERVISOR)
    boss.post(reverse("andon-step", args=[called.pk]), {"step": "close", "outcome": "false_alarm"})
    told, closed = (called.events.get(kind=kind) for kind in (AndonEventKind.TOLD, AndonEventKind.CLOSED))
    assert (told.text, closed.text) == (Role.QUALITY, "false_alarm")
    with translation.override("de"):
        assert told.words == "Qualität"
        assert closed.words == AndonCall.objects.get().get_outcome_display() != "false alarm"
    told.text = "Jo Meyer"
    assert told.words == "Jo Meyer"


def test_the_number_of_queries_does_not_depend_on_calls(client, work, called, kind):
    boss = client_of(client, Role.SUPERVISOR)
    url = reverse("andon")
    queries_of(boss, url)
    one = queries_of(boss, url)
    for _ in range(2):
        machine = MachineFactory(plant=work.machine.plant, area=work.machine.area)
        call = AndonCall.objects.create(
            plant=machine.plant, machine=machine, kind=kind, called_at=called.called_at
        )
        call.events.create(kind=AndonEventKind.SEEN, by=UserFactory())
    assert len(queries_of(boss, url)) == len(one)
