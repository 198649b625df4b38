"""Commands for corrective and preventive actions (CAPA)."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import date

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from machines.models import Plant
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.accounts.signing import Meaning, Proof, register, sign
from mes.lib.errors import InvalidInput, NotAllowed, Problem
from mes.lib.live import announce
from mes.lib.tracking import changes_by_command
from orders.domain.numbering import take_numbers
from quality.domain.transitions import next_action_state
from quality.enums import ActionKind, ActionState
from quality.models import CorrectiveAction, Nonconformance

FINDINGS = ("why_1", "why_2", "why_3", "why_4", "why_5", "root_cause")


@transaction.atomic
def open_action(
    *,
    plant: Plant,
    kind: ActionKind,
    title: str,
    owner: User,
    due_on: date,
    by: User,
    key: uuid.UUID,
    nonconformances: Collection[Nonconformance] = (),
) -> CorrectiveAction:
    """Give somebody something to do until a day. The same key opens one.

    Raises ``NotAllowed`` without the right to inspect, ``InvalidInput`` for an owner who has left.
    """
    _check_inspector(by)
    if (made := CorrectiveAction.objects.filter(key=key).first()) is not None:
        return made
    if not owner.is_active:
        raise InvalidInput([Problem("inactive", _("This person isn't active any more."), "owner")])
    [number] = take_numbers(f"action {plant.code}"[:40], 1)
    with changes_by_command("open_action", by=by):
        action = CorrectiveAction.objects.create(
            plant=plant,
            key=key,
            number=f"CA{number}",
            kind=kind,
            title=title.strip()[:200],
            owner=owner,
            due_on=due_on,
            created_by=by,
        )
        action.nonconformances.add(*nonconformances)
    announce("nonconformances")
    return action


@transaction.atomic
def record_findings(*, action: CorrectiveAction, findings: dict[str, str], by: User) -> CorrectiveAction:
    """Write down why it happened: ``findings`` by the names in ``FINDINGS``. Work on it begins with that."""
    row = _locked(action, by)
    for name in FINDINGS:
        setattr(row, name, findings.get(name, getattr(row, name)).strip())
    if row.state == ActionState.OPEN:
        row.state = next_action_state(row.state, "start")
    _save(row, [*FINDINGS, "state"], "record_findings", by)
    return row


@transaction.atomic
def finish_action(*, action: CorrectiveAction, done: str, check_on: date, by: User) -> CorrectiveAction:
    """Say what was done, and when its effect is looked at. A corrective action names its root cause first.

    Raises ``InvalidInput`` ``cause_missing``, ``comment_missing``.
    """
    row = _locked(action, by)
    row.state = next_action_state(row.state, "do")
    problems = []
    if row.kind == ActionKind.CORRECTIVE and not row.root_cause:
        problems.append(Problem("cause_missing", _("Name the root cause first."), "done"))
    if not done.strip():
        problems.append(Problem("comment_missing", _("Say what was done."), "done"))
    if problems:
        raise InvalidInput(problems)
    row.done, row.done_at, row.check_on = done.strip()[:1000], timezone.now(), check_on
    _save(row, ["state", "done", "done_at", "check_on"], "finish_action", by)
    return row


@transaction.atomic
def check_effect(
    *, action: CorrectiveAction, effective: bool, effect: str, by: User, proof: Proof
) -> CorrectiveAction:
    """Close an action that helped, or send one that didn't back to work. Both are signed.

    Raises ``NotAllowed`` when the owner checks the own work, ``InvalidInput`` without words.
    """
    _check_inspector(by)
    row = _locked(action, by)
    if by.pk == row.owner_id:
        raise NotAllowed("own_work", _("Somebody else than the owner checks the effect."))
    if not effect.strip():
        raise InvalidInput([Problem("comment_missing", _("Say what you looked at."), "effect")])
    row.state = next_action_state(row.state, "check" if effective else "reopen")
    row.effective, row.effect = effective, effect.strip()[:500]
    row.checked_by, row.checked_at = by, timezone.now()
    _save(row, ["state", "effective", "effect", "checked_by", "checked_at"], "check_effect", by)
    sign(record=row, meaning=Meaning.REVIEWED, proof=proof)
    return row


@transaction.atomic
def cancel_action(*, action: CorrectiveAction, reason: str, by: User) -> CorrectiveAction:
    """Give an action up, with a reason."""
    _check_inspector(by)
    row = _locked(action, by)
    row.state = next_action_state(row.state, "cancel")
    if not reason.strip():
        raise InvalidInput([Problem("comment_missing", _("Say in a few words why."), "reason")])
    row.effect = reason.strip()[:500]
    _save(row, ["state", "effect"], "cancel_action", by)
    return row


def may_work_on(action: CorrectiveAction, person: User) -> bool:
    """The owner and quality write into an action."""
    return person.pk == action.owner_id or person.may(Right.INSPECT)


def _check_inspector(by: User) -> None:
    if not by.may(Right.INSPECT):
        raise NotAllowed("not_an_inspector", _("Quality opens and checks actions."))


def _locked(action: CorrectiveAction, by: User) -> CorrectiveAction:
    row = CorrectiveAction.objects.select_for_update(of=("self",), no_key=True).get(pk=action.pk)
    if not may_work_on(row, by):
        raise NotAllowed("not_yours", _("Only the owner and quality work on an action."))
    return row


def _save(row: CorrectiveAction, fields: list[str], command: str, by: User) -> None:
    with changes_by_command(command, by=by):
        row.save(update_fields=fields)
    announce("nonconformances")


@register(CorrectiveAction)
def _checked(row: CorrectiveAction) -> dict[str, object]:
    """What a signature under an effectiveness check covers."""
    return {
        "action": row.number,
        "title": row.title,
        "root_cause": row.root_cause,
        "done": row.done,
        "effective": row.effective,
        "effect": row.effect,
        "checked_at": row.checked_at,
    }
