"""From the set-up to the first cycle: asked for, approved, sent, compared, and what a mismatch does."""

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from machines.enums import CycleFlag, MachineState
from machines.models import Cycle, MachineNow, Sample
from mes.lib.errors import NotAllowed, Refused
from orders.domain.downloads import (
    MOST_ATTEMPTS,
    NotSent,
    Sent,
    approve_download,
    claim_downloads,
    follow_downloads,
    send_again,
    settle_download,
)
from orders.domain.execution import finish, start_production, start_setup
from orders.enums import DownloadState, OnMismatch
from orders.models import Download, DownloadStep, Hold, HoldKind, Run
from tests.factories.accounts import OperatorFactory, SupervisorFactory
from tests.factories.machines import MachineFactory
from tests.factories.orders import DownloadRuleFactory, ProgramFactory

SHA = {"sha256": "{}"}


@pytest.fixture
def program(plant):
    return ProgramFactory(plant=plant.row)


@pytest.fixture
def rule(plant):
    return DownloadRuleFactory(machine=plant.press)


@pytest.fixture
def operation(order):
    operation = order.operations.get(number="0010")
    operation.program, operation.program_revision = "O1234", "B"
    operation.parameters = {"force": "200"}
    operation.save()
    return operation


def set_up(plant, operation, by=None):
    start_setup(operation=operation, machine=plant.press, by=by or plant.operator, key=uuid.uuid4())
    return Download.objects.filter(operation=operation).first()


def states(download):
    return list(download.steps.values_list("state", flat=True))


def sent(download, outcome=None):
    [claimed] = claim_downloads(now=timezone.now())
    assert claimed.pk == download.pk
    settle_download(
        download=claimed, outcome=outcome or Sent(read_back={"sha256": download.sha256}, old={"sha256": ""})
    )
    download.refresh_from_db()
    return download


def tell(plant, program="O1234", *, state=MachineState.SETUP, slot=1):
    MachineNow.objects.update_or_create(
        machine=plant.press,
        slot=slot,
        defaults={"state": state, "since": timezone.now(), "program": program},
    )


def cycle(plant, program="O1234", *, flags=0, quantity=1, at=None):
    at = at or timezone.now()
    Cycle.objects.create(
        plant=plant.row,
        machine=plant.press,
        slot=1,
        ended_at=at,
        credit_at=at,
        quantity=quantity,
        program=program,
        flags=flags,
    )


def test_without_a_rule_nothing_is_ever_asked_for(plant, operation, program):
    assert set_up(plant, operation) is None


def test_a_rule_that_is_switched_off_is_as_none(plant, operation, program):
    DownloadRuleFactory(machine=plant.press, active=False)
    assert set_up(plant, operation) is None


def test_the_groups_rule_holds_where_the_machine_has_none(plant, operation, program):
    DownloadRuleFactory(machine=None, machine_group=plant.press.group)
    assert set_up(plant, operation).state == DownloadState.APPROVED


def test_the_machines_rule_wins_over_its_groups(plant, operation, program):
    DownloadRuleFactory(machine=None, machine_group=plant.press.group)
    DownloadRuleFactory(machine=plant.press, active=False)
    assert set_up(plant, operation) is None


def test_an_operation_without_program_and_parameters_asks_for_nothing(plant, order, rule):
    assert set_up(plant, order.operations.get(number="0010")) is None


def test_the_run_keeps_what_the_library_held_then(plant, operation, program, rule):
    download = set_up(plant, operation)
    assert (download.program, download.revision, download.file_name) == ("O1234", "B", "O1234.NC")
    assert download.sha256 == program.file.sha256
    assert download.parameters == {"force": "200"}
    assert states(download) == ["requested", "approved"]
    first = download.steps.first()
    assert (first.by, first.state) == (plant.operator, "requested")


def test_the_machines_own_program_wins(plant, operation, program, rule):
    own = ProgramFactory(plant=plant.row, machine=plant.press, content=b"own")
    ProgramFactory(plant=plant.row, machine=MachineFactory(plant=plant.row), content=b"another's")
    assert set_up(plant, operation).sha256 == own.file.sha256


def test_approval_needs_the_right(plant, operation, program):
    DownloadRuleFactory(machine=plant.press, approval_needed=True)
    download = set_up(plant, operation)
    assert download.state == DownloadState.REQUESTED
    assert claim_downloads(now=timezone.now()) == []
    with pytest.raises(NotAllowed):
        approve_download(download=download, by=OperatorFactory())
    supervisor = SupervisorFactory()
    approve_download(download=download, by=supervisor)
    approve_download(download=download, by=supervisor)
    assert states(download) == ["requested", "approved"]
    assert download.steps.last().by == supervisor


def test_who_has_the_right_approves_by_setting_up(plant, operation, program):
    DownloadRuleFactory(machine=plant.press, approval_needed=True)
    download = set_up(plant, operation, by=SupervisorFactory())
    assert download.state == DownloadState.APPROVED


def test_the_same_file_read_back_verifies_and_the_first_cycle_uses_it(plant, operation, program, rule):
    download = sent(set_up(plant, operation))
    assert download.state == DownloadState.VERIFIED
    assert download.steps.get(state="sent").details == {"old": {"sha256": ""}}
    assert follow_downloads() == 0
    tell(plant)
    cycle(plant)
    assert follow_downloads() == 1
    download.refresh_from_db()
    assert states(download) == ["requested", "approved", "sent", "accepted", "verified", "in_use"]
    assert follow_downloads() == 0


def test_a_file_that_reads_back_otherwise_fails(plant, operation, program, rule):
    download = sent(set_up(plant, operation), Sent(read_back={"sha256": "0" * 64}))
    assert download.state == DownloadState.FAILED
    assert "SHA-256" in download.problem


def test_the_machines_word_verifies_what_the_channel_could_not(plant, operation, program, rule):
    download = sent(set_up(plant, operation), Sent())
    assert download.state == DownloadState.ACCEPTED
    tell(plant, "O9999")
    assert follow_downloads() == 0, "somebody may still choose the right one"
    tell(plant, "o1234.nc")
    assert follow_downloads() == 1
    download.refresh_from_db()
    assert download.state == DownloadState.VERIFIED


def test_the_comment_must_hold_the_revision(plant, operation, program, rule):
    download = sent(set_up(plant, operation), Sent())
    tell(plant)
    comment(plant, "RING REV A")
    assert follow_downloads() == 0
    comment(plant, "RING REV B")
    assert follow_downloads() == 1
    download.refresh_from_db()
    assert download.state == DownloadState.VERIFIED


def comment(plant, text):
    from machines.domain.ingest import append

    now = timezone.now()
    entry = {
        "machine": plant.press.code,
        "source": "cnc",
        "boot": "1",
        "seq": Sample.objects.filter(ts__gte=now - timedelta(days=1)).count() + 1,
        "ts": now.isoformat(),
        "item": "program_comment",
        "value": text,
    }
    [answer] = append([entry], now, channel="test")
    assert answer.outcome == "accepted"


@pytest.mark.parametrize("on_mismatch", OnMismatch)
def test_another_program_in_the_first_cycle_warns_or_holds(plant, operation, program, on_mismatch):
    DownloadRuleFactory(machine=plant.press, on_mismatch=on_mismatch)
    download = sent(set_up(plant, operation))
    tell(plant, "O9999")
    cycle(plant, "O9999")
    follow_downloads()
    download.refresh_from_db()
    assert download.state == DownloadState.FAILED
    assert "O9999" in download.mismatch
    holds = Hold.objects.filter(operation=operation, kind=HoldKind.PROGRAM, lifted_at__isnull=True)
    assert holds.count() == (1 if on_mismatch == OnMismatch.HOLD else 0)
    assert Run.objects.get(operation=operation).ended_at is None, "cycles are still counted"
    cycle(plant, "O9999")
    assert follow_downloads() == 0, "said once"


def test_cycles_that_make_nothing_are_not_compared(plant, operation, program, rule):
    download = sent(set_up(plant, operation))
    tell(plant, "WARM")
    cycle(plant, "WARM", flags=int(CycleFlag.WARM_UP))
    cycle(plant, "HELP", flags=int(CycleFlag.HELPER))
    cycle(plant, "PROOF", flags=int(CycleFlag.SETUP))
    cycle(plant, "NOTHING", quantity=0)
    cycle(plant, "OLD", at=timezone.now() - timedelta(hours=1))
    assert follow_downloads() == 0
    cycle(plant, "O1234")
    follow_downloads()
    download.refresh_from_db()
    assert download.state == DownloadState.IN_USE


def test_a_mismatch_is_found_although_nothing_could_be_sent(plant, operation, program):
    DownloadRuleFactory(machine=plant.press, on_mismatch=OnMismatch.HOLD)
    download = sent(set_up(plant, operation), NotSent("No way.", again=False))
    assert (download.state, download.problem) == (DownloadState.FAILED, "No way.")
    cycle(plant, "O9999")
    follow_downloads()
    download.refresh_from_db()
    assert "O9999" in download.mismatch
    assert Hold.objects.filter(kind=HoldKind.PROGRAM).count() == 1


def test_a_running_machine_is_not_sent_to_unless_it_has_a_place_for_the_next(plant, operation, program, rule):
    tell(plant, state=MachineState.PRODUCING)
    download = set_up(plant, operation)
    assert claim_downloads(now=timezone.now()) == []
    run = Run.objects.get(operation=operation)
    with pytest.raises(Refused, match="working on a piece"):
        send_again(run=run, by=plant.operator, key=uuid.uuid4())
    rule.preparation_slot = True
    rule.save()
    again = send_again(run=run, by=plant.operator, key=uuid.uuid4())
    download.refresh_from_db()
    assert (download.state, download.problem) == (DownloadState.FAILED, "Sent again.")
    assert [one.pk for one in claim_downloads(now=timezone.now())] == [again.pk]


def test_sending_again_twice_with_one_key_sends_once(plant, operation, program, rule):
    sent(set_up(plant, operation))
    run, key = Run.objects.get(operation=operation), uuid.uuid4()
    first = send_again(run=run, by=plant.operator, key=key)
    assert send_again(run=run, by=plant.operator, key=key) == first
    assert Download.objects.count() == 2


def test_an_ended_run_is_not_sent_to(plant, operation, program, rule):
    download = set_up(plant, operation)
    finish(operation=operation, by=plant.operator, key=uuid.uuid4())
    assert claim_downloads(now=timezone.now()) == []
    follow_downloads()
    download.refresh_from_db()
    assert (download.state, download.problem) == (DownloadState.FAILED, "The run ended before.")
    with pytest.raises(Refused, match="ended"):
        send_again(run=Run.objects.get(), by=plant.operator, key=uuid.uuid4())


def test_a_worker_that_died_is_followed_by_another(plant, operation, program, rule):
    download = set_up(plant, operation)
    now = timezone.now()
    [first] = claim_downloads(now=now)
    assert claim_downloads(now=now) == []
    [second] = claim_downloads(now=now + timedelta(minutes=2))
    assert first.pk == second.pk == download.pk
    settle_download(download=second, outcome=Sent(read_back={"sha256": download.sha256}))
    assert settle_download(download=first, outcome=NotSent("too late")) is None
    download.refresh_from_db()
    assert download.state == DownloadState.VERIFIED


def test_what_may_work_later_is_tried_again_and_then_given_up(plant, operation, program, rule):
    download = set_up(plant, operation)
    now = timezone.now()
    for attempt in range(1, MOST_ATTEMPTS + 1):
        now += timedelta(minutes=5)
        [claimed] = claim_downloads(now=now)
        settle_download(download=claimed, outcome=NotSent("share away"))
        download.refresh_from_db()
        assert (download.attempts, download.problem) == (attempt, "share away")
    assert download.state == DownloadState.FAILED


def test_production_without_a_setup_asks_too(plant, operation, program, rule):
    start_production(operation=operation, machine=plant.press, by=plant.operator, key=uuid.uuid4())
    assert Download.objects.get().state == DownloadState.APPROVED


def test_one_download_of_a_run_is_on_its_way(plant, operation, program, rule):
    download = set_up(plant, operation)
    with pytest.raises(IntegrityError, match="download_one_on_its_way"), transaction.atomic():
        Download.objects.create(
            plant=plant.row, run=download.run, operation=operation, machine=plant.press, program="X"
        )


def test_a_failed_download_says_why(plant, operation, program, rule):
    download = set_up(plant, operation)
    with pytest.raises(IntegrityError, match="download_failed_with_reason"), transaction.atomic():
        Download.objects.filter(pk=download.pk).update(state=DownloadState.FAILED)


def test_steps_can_only_be_added(plant, operation, program, rule, application_role):
    from django.db import ProgrammingError

    set_up(plant, operation)
    with pytest.raises(ProgrammingError), transaction.atomic():
        DownloadStep.objects.update(comment="never")
