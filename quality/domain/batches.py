"""Marking the golden batch: the run that later ones are held against."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib.errors import InvalidInput, NotAllowed, Problem, Refused
from mes.lib.tracking import changes_by_command
from orders.enums import OperationState
from orders.models import Item, Operation
from quality.models import GoldenBatch


@transaction.atomic
def mark_golden(
    *, operation: Operation, reason: str, by: User, tolerance_percent: Decimal = Decimal(10)
) -> GoldenBatch:
    """Hold later runs of this item's operation against this one. Marked again, nothing changes.

    Raises NotAllowed without the right to inspect, Refused for a run that isn't finished or made nothing
    good, InvalidInput without a reason or with a tolerance that isn't above 0 and at most 100 %.
    """
    if not by.may(Right.INSPECT):
        raise NotAllowed("not_an_inspector", _("Quality marks golden batches."))
    found = Operation.objects.select_related("order__item").get(pk=operation.pk)
    problems = []
    if not reason.strip():
        problems.append(Problem("missing", _("Say why this run is the one to copy."), "reason"))
    if not 0 < tolerance_percent <= 100:
        message = _("The tolerance is above 0 and at most 100 %.")
        problems.append(Problem("tolerance", message, "tolerance_percent", value=str(tolerance_percent)))
    if problems:
        raise InvalidInput(problems)
    if found.state != OperationState.FINISHED or found.good <= 0:
        raise Refused("not_finished", _("Only a finished run with good pieces can be the golden one."))
    item = Item.objects.select_for_update(no_key=True).get(pk=found.order.item_id)
    place = {"plant_id": found.plant_id, "item": item, "number": found.number}
    known = GoldenBatch.objects.filter(**place, replaced_at__isnull=True).first()
    if known is not None and known.operation_id == found.pk:
        return known
    with changes_by_command("mark_golden", by=by):
        if known is not None:
            known.replaced_at = timezone.now()
            known.save(update_fields=["replaced_at"])
        return GoldenBatch.objects.create(
            **place,
            operation=found,
            reason=reason.strip(),
            tolerance_percent=tolerance_percent,
            by=by,
        )
