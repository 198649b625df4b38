"""The program at the terminal: sent and verified, or what to do; and its history in the office."""

import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from machines.models import MachineNow
from mes.accounts.roles import Role
from orders.domain.downloads import Sent, claim_downloads, send_again, settle_download
from orders.domain.execution import start_setup
from orders.enums import DownloadState
from orders.models import Download
from orders.views.terminal.download import render_download
from tests.factories.accounts import SupervisorFactory
from tests.factories.orders import DownloadRuleFactory, ProgramFactory
from tests.support.admin import client_of, queries_of


@pytest.fixture
def rule(work):
    work.operation.program, work.operation.program_revision = "O1234", "B"
    work.operation.save()
    ProgramFactory(plant=work.operation.plant)
    return DownloadRuleFactory(machine=work.machine)


@pytest.fixture
def set_up(work, operator, rule):
    start_setup(operation=work.operation, machine=work.machine, by=operator, key=uuid.uuid4())
    return Download.objects.get()


def test_the_operator_sees_that_it_is_sent_and_verified(terminal, work, at, set_up):
    [claimed] = claim_downloads(now=timezone.now())
    settle_download(download=claimed, outcome=Sent(read_back={"sha256": claimed.sha256}))
    page = terminal.get(at("terminal-operation", work)).content.decode()
    assert "sent and verified" in page
    assert claimed.sha256[:12] in page
    live = render_download([str(work.operation.pk)])[str(work.operation.pk)]
    assert live.strip() in page


def test_the_operator_sees_another_program_and_what_to_do(terminal, work, at, set_up):
    Download.objects.update(mismatch="program: O9999 ≠ O1234")
    page = terminal.get(at("terminal-operation", work)).content.decode()
    assert "O9999" in page
    assert "Choose O1234 at the control" in page


def test_sending_again_is_one_click_and_a_repeat_changes_nothing(terminal, work, at, set_up):
    key = uuid.uuid4()
    for _ in range(2):
        answer = terminal.post(at("terminal-send-download", work), {"key": key})
        assert answer.status_code == 302
    assert Download.objects.count() == 2
    assert Download.objects.filter(state=DownloadState.FAILED, problem="Sent again.").count() == 1


def test_a_running_machine_is_refused_in_words(terminal, work, at, set_up):
    MachineNow.objects.create(machine=work.machine, state="producing", since=timezone.now())
    answer = terminal.post(at("terminal-send-download", work), {"key": uuid.uuid4()})
    assert answer.status_code == 409
    assert "working on a piece" in answer.content.decode()


def test_approval_at_the_terminal_needs_the_right(terminal, client, work, at, operator, rule):
    rule.approval_needed = True
    rule.save()
    start_setup(operation=work.operation, machine=work.machine, by=operator, key=uuid.uuid4())
    address = at("terminal-approve-download", work)
    assert "Approve and send" in terminal.get(at("terminal-operation", work)).content.decode()
    assert terminal.post(address, {"key": uuid.uuid4()}).status_code == 403
    SupervisorFactory(badge="BADGE-CHIEF")
    client.post(reverse("terminal-log-off"))
    client.post(reverse("terminal-log-on"), {"badge": "BADGE-CHIEF"})
    assert client.post(address, {"key": uuid.uuid4()}).status_code == 302
    assert Download.objects.get().state == DownloadState.APPROVED


def test_the_history_tells_who_and_what(client, set_up, operator, work):
    [claimed] = claim_downloads(now=timezone.now())
    settle_download(download=claimed, outcome=Sent(read_back={"sha256": "x"}, old={"sha256": "old-one"}))
    office = client_of(client, Role.ENGINEER)
    page = office.get(reverse("downloads"), {"machine": work.machine.code}).content.decode()
    assert str(operator) in page
    assert "old-one" in page
    assert "failed" in page
    assert office.get(reverse("downloads"), {"machine": "NOBODY"}).status_code == 404
    assert "O1234" not in office.get(reverse("downloads"), {"state": "in_use"}).content.decode()


def test_the_history_asks_as_much_for_three_as_for_one(client, set_up, work, operator):

    office = client_of(client, Role.ENGINEER)
    office.get(reverse("downloads"))
    one = len(queries_of(office, reverse("downloads")))
    for _ in range(2):
        send_again(run=set_up.run, by=operator, key=uuid.uuid4())
    assert len(queries_of(office, reverse("downloads"))) == one
