"""Programs and parameters to machines: asked for at the set-up, approved, sent, compared.

Whoever knows the way to a machine claims a row, sends, and settles it; this app doesn't know the ways.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from machines.domain.packs.read import latest_text
from machines.enums import CycleFlag, MachineState
from machines.models import Cycle, Machine, MachineNow, Sample
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib.errors import NotAllowed, Refused
from mes.lib.live import announce_all
from mes.lib.programs import normalise_program
from orders.domain.events import derived_key
from orders.domain.holds import place_hold
from orders.domain.locking import NotFound
from orders.domain.readback import Expected, differences, proves
from orders.domain.transitions import DOWNLOAD, next_download_state
from orders.enums import DownloadState, OnMismatch
from orders.models import Download, DownloadRule, DownloadStep, Hold, HoldKind, Operation, Program, Run

LEASE = timedelta(seconds=60)
PAUSE = timedelta(seconds=5)
MOST_ATTEMPTS = 5
COMMENT_AGE = timedelta(days=30)
ON_ITS_WAY = tuple(state for state, steps in DOWNLOAD.items() if steps)
NOT_PRODUCTIVE = CycleFlag.SETUP | CycleFlag.HELPER | CycleFlag.WARM_UP


@dataclass(frozen=True, slots=True)
class Sent:
    """What a channel did. ``accepted``: the other side said so; ``read_back``: what it has now."""

    accepted: bool = True
    read_back: Mapping[str, Any] = field(default_factory=dict)
    old: Mapping[str, Any] = field(default_factory=dict)
    comment: str = ""


@dataclass(frozen=True, slots=True)
class NotSent:
    """It didn't work. ``again``: it may work later."""

    problem: str
    again: bool = True


def rule_for(machine: Machine) -> DownloadRule | None:
    """The machine's own rule, else its group's; None where nothing is to be sent."""
    rule = (
        DownloadRule.objects.filter(Q(machine=machine) | Q(machine_group=machine.group_id))
        .order_by(F("machine").asc(nulls_last=True))
        .first()
    )
    return rule if rule is not None and rule.active else None


def request_download(
    *, run: Run, machine: Machine, operation_id: int, by: User | None, key: uuid.UUID
) -> Download | None:
    """Ask for what a run's operation needs on its machine. None where nothing is to be sent."""
    rule = rule_for(machine)
    if rule is None:
        return None
    operation = Operation.objects.only("program", "program_revision", "parameters", "plant").get(
        pk=operation_id
    )
    if not operation.program and not operation.parameters:
        return None
    program = _program(operation, machine)
    download = Download.objects.create(
        key=derived_key(key, "download"),
        plant_id=operation.plant_id,
        run=run,
        operation=operation,
        machine=machine,
        program=operation.program,
        revision=operation.program_revision,
        file_name=program.file_name if program else "",
        file_id=program.file_id if program else None,
        parameters=operation.parameters,
        on_mismatch=rule.on_mismatch,
        preparation_slot=rule.preparation_slot,
    )
    _note(download, by)
    if not rule.approval_needed:
        _step(download, "approve", by, comment=_("No approval is needed here."))
    elif by is not None and by.may(Right.SEND_PROGRAMS):
        _step(download, "approve", by)
    return download


def _program(operation: Operation, machine: Machine) -> Program | None:
    """The library's entry for an operation on a machine: the machine's own, its group's, the plant's."""
    return (
        Program.objects.filter(
            Q(machine=machine) | Q(machine_group=machine.group_id) | Q(machine=None, machine_group=None),
            plant=operation.plant_id,
            name=operation.program,
            revision=operation.program_revision,
            active=True,
        )
        .order_by(F("machine").asc(nulls_last=True), F("machine_group").asc(nulls_last=True))
        .first()
    )


@transaction.atomic
def approve_download(*, download: Download, by: User) -> Download:
    """Let it be sent; approved again, nothing changes. Raises NotAllowed, Refused."""
    if not by.may(Right.SEND_PROGRAMS):
        raise NotAllowed("not_allowed", _("Sending programs to machines needs a right that you don't have."))
    locked = _lock(download)
    if locked.state == DownloadState.REQUESTED:
        _step(locked, "approve", by)
    elif locked.state == DownloadState.FAILED:
        raise Refused("wrong_state", _("This download failed; send it again."))
    return locked


@transaction.atomic
def send_again(*, run: Run, by: User, key: uuid.UUID) -> Download:
    """Give up what is on its way to a run's machine and begin anew; the same key does it once.

    Raises Refused when the run has ended, the machine works on a piece, or nothing is to be sent there.
    """
    run = Run.objects.select_for_update(of=("self",), no_key=True).select_related("machine").get(pk=run.pk)
    known = Download.objects.filter(key=derived_key(key, "download")).first()
    if known is not None:
        return known
    if run.ended_at is not None:
        raise Refused("run_ended", _("This run has ended."))
    rule = rule_for(run.machine)
    if rule is None:
        raise Refused("not_switched_on", _("Sending to this machine is switched off."))
    if not rule.preparation_slot and _is_producing(run.machine_id):
        raise Refused("machine_running", _("The machine is working on a piece. Stop it, then send again."))
    for before in Download.objects.select_for_update(no_key=True).filter(run=run, state__in=ON_ITS_WAY):
        _fail(before, _("Sent again."), by)
    made = request_download(run=run, machine=run.machine, operation_id=run.operation_id, by=by, key=key)
    if made is None:
        raise Refused("nothing_to_send", _("This operation has neither a program nor parameters."))
    return made


@transaction.atomic
def claim_downloads(*, now: datetime, limit: int = 20) -> list[Download]:
    """Approved downloads for this worker, also those whose worker died. None to a machine in a cycle, unless
    it keeps the next program apart."""
    producing = MachineNow.objects.filter(machine=OuterRef("machine"), state=MachineState.PRODUCING)
    claimed = list(
        Download.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
        .select_related("machine", "operation__order__item", "file", "run")
        .filter(state=DownloadState.APPROVED, next_try_at__lte=now, run__ended_at__isnull=True)
        .filter(Q(claimed_until__isnull=True) | Q(claimed_until__lt=now))
        .filter(Q(preparation_slot=True) | ~Exists(producing))
        .order_by("next_try_at", "id")[:limit]
    )
    Download.objects.filter(pk__in=[one.pk for one in claimed]).update(
        claimed_until=now + LEASE, attempts=F("attempts") + 1
    )
    for one in claimed:
        one.claimed_until, one.attempts = now + LEASE, one.attempts + 1
    return claimed


@transaction.atomic
def settle_download(*, download: Download, outcome: Sent | NotSent) -> Download | None:
    """Note what became of an attempt. None when another worker or a person was quicker."""
    locked = _lock(download)
    if locked.state != DownloadState.APPROVED or locked.attempts != download.attempts:
        return None
    if isinstance(outcome, NotSent):
        if outcome.again and locked.attempts < MOST_ATTEMPTS:
            locked.problem = outcome.problem[:500]
            locked.next_try_at, locked.claimed_until = timezone.now() + PAUSE * locked.attempts, None
            locked.save(update_fields=["problem", "next_try_at", "claimed_until"])
            _announce(locked)
        else:
            _fail(locked, outcome.problem, None)
        return locked
    _step(locked, "send", None, comment=outcome.comment, details={"old": dict(outcome.old)})
    if not outcome.accepted:
        _fail(locked, outcome.comment or _("The machine didn't accept it."), None)
        return locked
    found = {"read_back": dict(outcome.read_back)}
    _step(locked, "accept", None, details=found)
    expected = expected_of(locked)
    if wrong := differences(expected, outcome.read_back):
        _fail(locked, _said(wrong), None, details=found)
    elif proves(expected, outcome.read_back):
        _step(locked, "verify", None, details=found)
    return locked


def follow_downloads() -> int:
    """Compare what machines say with what their runs need. Returns how many downloads changed.

    Before the first cycle the right program's name verifies; a wrong one is not yet a fault, for somebody may
    still choose the right one. The first productive cycle decides. Cycles are counted whatever comes out.
    """
    open_ones = Download.objects.filter(compared_at__isnull=True).select_related("run", "file")
    changed = 0
    for download in open_ones.filter(run__ended_at__isnull=True).exclude(_superseded()):
        changed += _compare(download)
    for download in open_ones.filter(run__ended_at__isnull=False):
        changed += _compare(download) or _close(download)
    return changed


def _superseded() -> Exists:
    return Exists(Download.objects.filter(run=OuterRef("run"), pk__gt=OuterRef("pk")))


@transaction.atomic
def _compare(download: Download) -> bool:
    told = _told_by(download)
    first = _first_cycle(download.run)
    if first is None:
        if download.state != DownloadState.ACCEPTED or not _names_it(download, told):
            return False
        locked = _lock(download)
        if locked.state == DownloadState.ACCEPTED and not differences(expected_of(locked), told):
            _step(locked, "verify", None, details={"told": told})
            return True
        return False
    locked = _lock(download)
    if locked.compared_at is not None:
        return False
    told["program"] = first.program or told.get("program", "")
    if not told["program"]:
        del told["program"]
    wrong = differences(expected_of(locked), told)
    locked.compared_at = timezone.now()
    locked.mismatch = _said(wrong)[:500]
    locked.save(update_fields=["compared_at", "mismatch"])
    if wrong:
        _mismatch(locked, told)
    elif locked.state in (DownloadState.ACCEPTED, DownloadState.VERIFIED):
        if locked.state == DownloadState.ACCEPTED and "program" in told:
            _step(locked, "verify", None, details={"told": told})
        if locked.state == DownloadState.VERIFIED:
            _step(locked, "use", None, details={"told": told})
    _announce(locked)
    return True


def _mismatch(download: Download, told: Mapping[str, Any]) -> None:
    reason = _("Another program runs: %(what)s") % {"what": download.mismatch}
    if download.state in ON_ITS_WAY:
        _fail(download, reason, None, details={"told": dict(told)})
    if download.on_mismatch == OnMismatch.HOLD:
        operation = Operation.objects.select_related("order").get(pk=download.operation_id)
        held = Hold.objects.filter(operation=operation, kind=HoldKind.PROGRAM, lifted_at__isnull=True)
        if not held.exists():
            place_hold(
                order=operation.order, operation=operation, kind=HoldKind.PROGRAM, reason=reason, by=None
            )


def _names_it(download: Download, told: Mapping[str, Any]) -> bool:
    expected = normalise_program(download.program)
    return bool(expected) and normalise_program(told.get("program")) == expected


@transaction.atomic
def _close(download: Download) -> bool:
    """The run has ended without a cycle to compare."""
    locked = _lock(download)
    if locked.state in ON_ITS_WAY:
        _fail(locked, _("The run ended before."), None)
    locked.compared_at = timezone.now()
    locked.save(update_fields=["compared_at"])
    return True


def _told_by(download: Download) -> dict[str, Any]:
    """What the machine's signals say now: the program, and the comment in which its revision stands."""
    now = MachineNow.objects.filter(machine=download.machine_id, slot=download.run.slot).first()
    told: dict[str, Any] = {"program": now.program} if now and now.program else {}
    if download.revision:
        since, slots = download.requested_at - COMMENT_AGE, (0, download.run.slot)
        comment = (
            Sample.objects.filter(
                machine=download.machine_id, item="program_comment", ts__gte=since, slot__in=slots
            )
            .order_by("-ts")
            .values_list("text", flat=True)
            .first()
        ) or latest_text(download.machine_id, "program_comment", slots, since)
        if comment:
            told["comment"] = comment
    return told


def _first_cycle(run: Run) -> Cycle | None:
    """The run's first cycle that makes a piece: neither setting up, warming up nor helping."""
    cycles = Cycle.objects.filter(machine=run.machine_id, slot=run.slot, credit_at__gte=run.started_at)
    if run.ended_at is not None:
        cycles = cycles.filter(credit_at__lt=run.ended_at)
    return (
        cycles.annotate(unproductive=F("flags").bitand(int(NOT_PRODUCTIVE)))
        .filter(unproductive=0, quantity__gt=0)
        .order_by("credit_at")
        .first()
    )


def expected_of(download: Download) -> Expected:
    return Expected(download.program, download.revision, download.sha256, download.parameters)


def _is_producing(machine_id: int) -> bool:
    return MachineNow.objects.filter(machine=machine_id, state=MachineState.PRODUCING).exists()


def _lock(download: Download) -> Download:
    try:
        return (
            Download.objects.select_for_update(of=("self",), no_key=True)
            .select_related("run")
            .get(pk=download.pk)
        )
    except Download.DoesNotExist:
        raise NotFound("unknown_download", "There is no such download.") from None


def _said(wrong: Sequence[object]) -> str:
    return ", ".join(str(one) for one in wrong)


def _fail(
    download: Download, problem: str, by: User | None, *, details: Mapping[str, Any] | None = None
) -> None:
    download.problem = problem[:500]
    _step(download, "fail", by, comment=problem, details=details)


def _step(
    download: Download,
    action: str,
    by: User | None,
    *,
    comment: str = "",
    details: Mapping[str, Any] | None = None,
) -> None:
    download.state = next_download_state(download.state, action)
    if action != "fail":
        download.problem = ""
    download.claimed_until = None
    download.save(update_fields=["state", "problem", "claimed_until"])
    _note(download, by, comment=comment, details=details)


def _note(
    download: Download, by: User | None, *, comment: str = "", details: Mapping[str, Any] | None = None
) -> None:
    DownloadStep.objects.create(
        download=download, state=download.state, by=by, comment=comment[:500], details=dict(details or {})
    )
    _announce(download)


def _announce(download: Download) -> None:
    announce_all([f"download:{download.operation_id}", "downloads"])
