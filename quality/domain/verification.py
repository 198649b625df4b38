"""Commands: verify a customer requirement, inspect an operation."""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal
from typing import TypeVar

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from mes.accounts.models import User
from mes.lib.errors import InvalidInput, KeyReused, Problem
from mes.lib.fields import ZERO
from mes.lib.live import announce
from orders.domain.execution import happened_at
from orders.domain.holds import can_release_hold, lift_hold, place_hold
from orders.domain.locking import lock_order
from orders.models import Hold, HoldKind, Operation, OrderRequirement, ProductionOrder
from orders.queries.holds import policies_of
from quality.domain.evidence import note_verified
from quality.domain.judgement import judge
from quality.domain.results import reference_of
from quality.enums import Verdict
from quality.models import Inspection, RequirementCheck

TOO_MANY = Decimal(10) ** 12
Check = TypeVar("Check", RequirementCheck, Inspection)


@transaction.atomic
def verify_requirement(
    *,
    requirement: OrderRequirement,
    operation: Operation | None,
    value: str,
    by: User,
    key: uuid.UUID,
    passed: bool | None = None,
    comment: str = "",
    at: datetime | None = None,
) -> RequirementCheck:
    """Record who found which value for a requirement of an order, at one of its operations or on the order.

    Limits and choices are judged by the value, texts and documents by ``passed``. The same key makes one
    check. Raises ``InvalidInput`` for a value that can't be judged or an operation that the requirement
    doesn't concern, ``KeyReused`` when the key already carries another check.
    """
    order = lock_order(requirement.order_id)
    check_concerns(requirement, operation)
    check, created = RequirementCheck.objects.get_or_create(
        key=key,
        defaults={
            "plant_id": order.plant_id,
            "requirement": requirement,
            "operation": operation,
            "value": value.strip(),
            "verdict": judge(requirement, value, passed),
            "comment": comment[:500],
            "by": by,
            "at": happened_at(at),
        },
    )
    if not created:
        operation_id = operation.pk if operation else None
        same = (check.requirement_id, check.operation_id, check.value) == (
            requirement.pk,
            operation_id,
            value.strip(),
        )
        return _repeated(check, same and check.verdict == judge(requirement, value, passed))
    note_verified([order.pk])
    announce("orders", f"order:{order.pk}")
    return check


@transaction.atomic
def inspect_operation(
    *,
    operation: Operation,
    inspected: Decimal,
    defective: Decimal,
    passed: bool,
    by: User,
    key: uuid.UUID,
    comment: str = "",
    at: datetime | None = None,
) -> Inspection:
    """Record an operation's inspection: a passed one releases its quality holds and those of its lots where
    one inspector's word is enough (``HoldPolicy``), a failed one leaves one open.

    Quantities are pieces in the order's unit. The same key makes one inspection. Raises ``InvalidInput`` for
    impossible quantities or a failed inspection without a comment, ``KeyReused`` when the key already carries
    another inspection.
    """
    order = lock_order(operation.order_id)
    check_inspection(inspected=inspected, defective=defective, passed=passed, comment=comment)
    verdict = Verdict.PASSED if passed else Verdict.FAILED
    inspection, created = Inspection.objects.get_or_create(
        key=key,
        defaults={
            "plant_id": order.plant_id,
            "operation": operation,
            "inspected": inspected,
            "defective": defective,
            "verdict": verdict,
            "comment": comment[:500],
            "by": by,
            "at": happened_at(at),
        },
    )
    if not created:
        said = (operation.pk, inspected, defective, verdict)
        recorded = (inspection.operation_id, inspection.inspected, inspection.defective, inspection.verdict)
        return _repeated(inspection, said == recorded)
    _settle_holds(order, operation, passed=passed, comment=comment, by=by)
    note_verified([order.pk])
    announce("orders", f"order:{order.pk}")
    return inspection


def check_concerns(requirement: OrderRequirement, operation: Operation | None) -> None:
    """Refuse an operation of another order, or one that the requirement leaves out."""
    if operation is None:
        return
    if operation.order_id != requirement.order_id:
        message = _("The requirement and the operation belong to different orders.")
        raise InvalidInput([Problem("other_order", message, "operation", value=str(operation.pk))])
    if requirement.operation_number not in ("", operation.number):
        message = _("The requirement doesn't concern this operation.")
        raise InvalidInput([Problem("other_operation", message, "operation", value=operation.number)])


def check_inspection(*, inspected: Decimal, defective: Decimal, passed: bool, comment: str) -> None:
    """Raise ``InvalidInput`` with every reason for which such an inspection can't be recorded."""
    problems = []
    if not (inspected.is_finite() and defective.is_finite()) or inspected >= TOO_MANY:
        raise InvalidInput([Problem("absurd", _("That is no quantity."), "inspected", value=str(inspected))])
    if inspected <= ZERO:
        message = _("At least a part of one piece must be inspected.")
        problems.append(Problem("nothing_inspected", message, "inspected", value=str(inspected)))
    if not ZERO <= defective <= inspected:
        message = _("No more pieces can be defective than were inspected.")
        problems.append(Problem("impossible", message, "defective", value=str(defective)))
    if not passed and not comment.strip():
        problems.append(Problem("missing", _("Say why the inspection failed."), "comment"))
    if problems:
        raise InvalidInput(problems)


def _settle_holds(
    order: ProductionOrder, operation: Operation, *, passed: bool, comment: str, by: User
) -> None:
    open_holds = Hold.objects.filter(kind=HoldKind.QUALITY, lifted_at__isnull=True)
    if passed:
        mine = Q(operation=operation) | Q(reference=reference_of(operation), operation__isnull=True)
        holds = list(open_holds.filter(mine).select_related("order", "machine", "item").order_by("pk"))
        policies = policies_of(holds)
        for hold in holds:
            policy = policies[hold.pk]
            if not policy.needs_more and can_release_hold(hold, policy, by):
                lift_hold(hold=hold, by=by, reason=comment.strip() or _("inspection passed"))
    elif not open_holds.filter(operation=operation).exists():
        place_hold(order=order, operation=operation, kind=HoldKind.QUALITY, reason=comment.strip(), by=by)


def _repeated(check: Check, same: bool) -> Check:
    """What the key already made. Raises ``KeyReused`` if that was something else."""
    if not same:
        raise KeyReused("key_reused", _("This key was already used for something else."), field="key")
    return check
