"""What a terminal books, and that it books it once."""

import uuid
from decimal import Decimal

import pytest
from django.urls import reverse

from mes.accounts.roles import Role
from mes.lib.live import fragments_changed_by
from orders.domain.holds import hold_machine, place_hold
from orders.enums import CountingSource, EventKind, OperationState
from orders.models import ProductionEvent, RunPerson
from orders.views.terminal.machine import render_now
from tests.factories.accounts import OperatorFactory, UserFactory
from tests.factories.machines import MeasuredMachineFactory
from tests.factories.orders import HoldFactory, OperationFactory

HTMX = {"HTTP_HX_REQUEST": "true"}


def key():
    return str(uuid.uuid4())


def reports():
    return ProductionEvent.objects.filter(kind=EventKind.REPORTED)


def test_a_shift_of_one_operation(terminal, work, at):
    for name in ("terminal-start-setup", "terminal-start-production"):
        answer = terminal.post(at(name, work), {"key": key()})
        assert answer.status_code == 302, answer.content.decode()
    terminal.post(
        at("terminal-report", work),
        {"key": key(), "good": "10", "scrap": "2", "rework": "1", "scrap_reason": work.reason.pk},
    )
    terminal.post(at("terminal-interrupt", work), {"key": key()})
    terminal.post(at("terminal-start-production", work), {"key": key()})
    terminal.post(at("terminal-finish", work), {"key": key()})
    work.operation.refresh_from_db()
    assert work.operation.state == OperationState.FINISHED
    assert (work.operation.good, work.operation.scrap, work.operation.rework) == (10, 2, 1)
    assert set(ProductionEvent.objects.filter(operation=work.operation).values_list("via", flat=True)) == {
        "terminal"
    }


def test_the_same_key_reports_once(terminal, running, at, operator):
    form = {"key": key(), "good": "10"}
    first = terminal.post(at("terminal-report", running), form)
    again = terminal.post(at("terminal-report", running), form)
    assert first.status_code == again.status_code == 302
    assert first.url == again.url
    assert [event.good for event in reports()] == [Decimal(10)]
    assert reports().get().by == operator


def test_the_same_key_with_other_figures_is_refused(terminal, running, at):
    one = key()
    terminal.post(at("terminal-report", running), {"key": one, "good": "10"})
    answer = terminal.post(at("terminal-report", running), {"key": one, "good": "11"})
    assert answer.status_code == 422
    assert "already booked with other figures" in answer.content.decode()
    assert reports().count() == 1


@pytest.mark.parametrize("name", ["terminal-start-setup", "terminal-start-production"])
def test_the_same_key_starts_once(terminal, work, at, name):
    one = key()
    answers = [terminal.post(at(name, work), {"key": one}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert ProductionEvent.objects.filter(operation=work.operation).count() == 1


@pytest.mark.parametrize("name", ["terminal-interrupt", "terminal-finish"])
def test_the_same_key_ends_once(terminal, running, at, name):
    one = key()
    answers = [terminal.post(at(name, running), {"key": one}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    kind = EventKind.INTERRUPTED if name == "terminal-interrupt" else EventKind.FINISHED
    assert ProductionEvent.objects.filter(operation=running.operation, kind=kind).count() == 1


def test_every_form_has_a_key_of_its_own(terminal, running, at):
    url = at("terminal-report", running)
    first, second = (terminal.get(url).context["form"]["key"].value() for _ in range(2))
    assert first != second


def test_a_page_is_not_kept_for_the_back_button(terminal, running, at):
    assert "no-store" in terminal.get(at("terminal-report", running))["Cache-Control"]


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        ({}, "Enter at least one piece"),
        ({"good": "0"}, "Enter at least one piece"),
        ({"good": "-3"}, "negative"),
        ({"good": "ten"}, "Enter a number"),
        ({"good": "1.5"}, "Whole pieces only"),
        ({"good": "NaN"}, "Enter a number"),
        ({"good": "1e9"}, "more than 100 times"),
        ({"good": "99999999999999999"}, "Ensure that there are no more than"),
        ({"good": "10", "scrap": "1"}, "Choose the reason"),
        ({"good": "10", "scrap": "1", "scrap_reason": "0"}, "Select a valid choice"),
    ],
)
def test_wrong_entries_are_said_in_place_and_kept(terminal, running, at, typed, complaint):
    one = key()
    answer = terminal.post(at("terminal-report", running), {"key": one, **typed}, **HTMX)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert complaint in page
    assert one in page, "the same key is tried again"
    for value in typed.values():
        assert value in page
    assert "<html" not in page, "htmx gets the form alone"
    assert not reports().exists()


def test_a_comma_is_a_point(terminal, running, at):
    unit = running.operation.order.unit
    unit.decimals = 3
    unit.save()
    terminal.post(at("terminal-report", running), {"key": key(), "good": "2,125"})
    assert reports().get().good == Decimal("2.125")


def test_htmx_is_sent_to_the_next_page(terminal, running, at):
    answer = terminal.post(at("terminal-report", running), {"key": key(), "good": "1"}, **HTMX)
    assert answer["HX-Redirect"] == at("terminal-operation", running)


def test_the_machine_counts_so_good_is_not_asked(terminal, at):
    operation = OperationFactory(released=True, position=1)
    machine = MeasuredMachineFactory(plant=operation.plant, group=operation.machine_group)
    operation.counting = CountingSource.MACHINE
    operation.save()

    class Work:
        pass

    Work.machine, Work.operation = machine, operation
    page = terminal.get(at("terminal-report", Work)).content.decode()
    assert 'name="good"' not in page
    assert 'name="scrap"' in page


@pytest.mark.parametrize("on", ["operation", "order", "machine"])
def test_the_machines_page_says_that_what_runs_is_on_hold(running, on):
    machine, operation = running.machine, running.operation
    assert "On hold" not in render_now([str(machine.pk)])[str(machine.pk)]
    if on == "machine":
        hold_machine(machine=machine, kind="quality", reason="Bore too wide", by=None)
    else:
        held = operation if on == "operation" else None
        place_hold(order=operation.order, operation=held, kind="quality", reason="Bore too wide", by=None)
    assert "On hold: Bore too wide" in render_now([str(machine.pk)])[str(machine.pk)]
    assert "terminal-now" in {found.name for found, _key in fragments_changed_by("holds")}


def test_what_cannot_start_says_why_and_offers_no_button(terminal, work, at):
    HoldFactory(order=work.operation.order, reason="Drawing is unclear")
    page = terminal.get(at("terminal-operation", work)).content.decode()
    assert "Drawing is unclear" in page
    assert at("terminal-start-setup", work) not in page
    answer = terminal.post(at("terminal-start-setup", work), {"key": key()})
    assert answer.status_code == 409
    assert not ProductionEvent.objects.filter(kind=EventKind.SETUP_STARTED).exists()


def test_somebody_was_quicker(terminal, running, at):
    terminal.post(at("terminal-finish", running), {"key": key()})
    answer = terminal.post(at("terminal-interrupt", running), {"key": key()})
    assert answer.status_code == 409
    assert "no longer possible" in answer.content.decode()


def test_an_operation_of_another_group_is_not_found_here(terminal, work, at):
    work.operation = OperationFactory(released=True)
    assert terminal.get(at("terminal-operation", work)).status_code == 404


def test_several_people_join_one_run_and_leave_it(client, running, at, operator):
    ben = OperatorFactory(badge="BADGE-BEN")
    client.post(reverse("terminal-log-on"), {"badge": "BADGE-BEN"})
    client.post(at("terminal-join", running), {"key": key()})
    on_it = RunPerson.objects.filter(ended_at__isnull=True).values_list("person", flat=True)
    assert set(on_it) == {operator.pk, ben.pk}
    client.post(at("terminal-leave", running), {"key": key()})
    assert list(RunPerson.objects.filter(ended_at__isnull=True).values_list("person", flat=True)) == [
        operator.pk
    ]


class TestCorrection:
    @pytest.fixture
    def report(self, terminal, running, at):
        terminal.post(at("terminal-report", running), {"key": key(), "good": "10"})
        return reports().get()

    def test_ones_own_last_report(self, terminal, running, at, report):
        url = at("terminal-correct", running, report.pk)
        assert 'value="10"' in terminal.get(url).content.decode()
        form = {"key": key(), "good": "8", "comment": "Miscounted"}
        answers = [terminal.post(url, form) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [302, 302]
        running.operation.refresh_from_db()
        assert running.operation.good == 8
        assert ProductionEvent.objects.filter(reverses=report).count() == 1

    def test_needs_a_comment(self, terminal, running, at, report):
        answer = terminal.post(at("terminal-correct", running, report.pk), {"key": key(), "good": "8"})
        assert answer.status_code == 422
        assert not ProductionEvent.objects.filter(reverses=report).exists()

    def test_not_the_one_before_the_last(self, terminal, running, at, report):
        terminal.post(at("terminal-report", running), {"key": key(), "good": "1"})
        url = at("terminal-correct", running, report.pk)
        assert terminal.get(url).status_code == 403
        assert terminal.post(url, {"key": key(), "good": "8", "comment": "x"}).status_code == 403

    def test_not_somebody_elses(self, client, running, at, report):
        OperatorFactory(badge="BADGE-BEN")
        client.post(reverse("terminal-log-on"), {"badge": "BADGE-BEN"})
        assert client.get(at("terminal-correct", running, report.pk)).status_code == 403

    def test_a_supervisor_corrects_any(self, client, running, at, report):
        UserFactory(badge="BADGE-SUP", roles=[Role.SUPERVISOR.value])
        client.post(reverse("terminal-log-on"), {"badge": "BADGE-SUP"})
        form = {"key": key(), "good": "", "comment": "Never made"}
        assert client.post(at("terminal-correct", running, report.pk), form).status_code == 302
        running.operation.refresh_from_db()
        assert running.operation.good == 0

    def test_once_corrected_is_corrected(self, terminal, running, at, report):
        url = at("terminal-correct", running, report.pk)
        terminal.post(url, {"key": key(), "good": "8", "comment": "Miscounted"})
        answer = terminal.post(url, {"key": key(), "good": "7", "comment": "Again"})
        assert answer.status_code == 422
        assert "already corrected" in answer.content.decode()


class TestSessionEnds:
    """The session ends while somebody types: nothing is lost, and it's booked once."""

    def test_what_was_sent_is_confirmed_after_the_log_on(self, terminal, running, at, operator):
        terminal.cookies.clear()
        form = {"key": key(), "good": "10", "scrap": "1", "scrap_reason": running.reason.pk}
        answer = terminal.post(at("terminal-report", running), form, **HTMX)
        assert answer["HX-Redirect"] == reverse("terminal-log-on")
        assert not reports().exists()
        assert "Report pieces" in terminal.get(reverse("terminal-log-on")).content.decode()

        answer = terminal.post(reverse("terminal-log-on"), {"badge": "BADGE-ANNA"})
        assert answer.url == reverse("terminal-pending")
        page = terminal.get(answer.url)
        assert "Burr" in page.content.decode()
        pending = page.context["pending"]
        for _ in range(2):
            terminal.post(pending.path, pending.fields)
        event = reports().get()
        assert (event.good, event.scrap, event.by) == (10, 1, operator)

    def test_it_had_arrived_after_all(self, terminal, running, at):
        form = {"key": key(), "good": "10"}
        terminal.post(at("terminal-report", running), form)
        terminal.cookies.clear()
        terminal.post(at("terminal-report", running), form)
        terminal.post(reverse("terminal-log-on"), {"badge": "BADGE-ANNA"})
        terminal.post(at("terminal-report", running), form)
        assert reports().count() == 1

    def test_it_can_be_let_go(self, terminal, running, at):
        terminal.cookies.clear()
        terminal.post(at("terminal-report", running), {"key": key(), "good": "10"})
        terminal.post(reverse("terminal-log-on"), {"badge": "BADGE-ANNA"})
        terminal.post(reverse("terminal-pending"))
        assert terminal.get(reverse("terminal-pending")).status_code == 302
        assert not reports().exists()
