"""Saying why inspections that were asked for are not done."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib.errors import InvalidInput, NotAllowed, Problem
from mes.lib.live import announce_all
from orders.domain.events import derived_key
from quality.models import InspectionOmission
from quality.queries.due import open_demands


@transaction.atomic
def give_up_inspections(*, demands: Collection[int], reason: str, by: User, key: uuid.UUID) -> int:
    """Say why these inspections, by the numbers of their demands, are not done: nobody is asked any more.

    What was done or given up meanwhile stays as it is. Returns how many were still open. Raises
    ``InvalidInput`` without a reason, ``NotAllowed``.
    """
    if not by.may(Right.INSPECT):
        raise NotAllowed("not_an_inspector", _("Quality decides whether an inspection may be left out."))
    if not reason.strip():
        raise InvalidInput([Problem("missing", _("Say why the inspection wasn't done."), "reason")])
    now = timezone.now()
    said = InspectionOmission.objects.bulk_create(
        (
            InspectionOmission(
                plant_id=demand.plant_id,
                key=derived_key(key, str(demand.pk)),
                operation_id=demand.operation_id,
                characteristic_id=demand.characteristic_id,
                trigger=demand.trigger,
                missing=demand.wanted - demand.done,
                due_at=demand.due_at,
                reason=reason.strip()[:500],
                by=by,
                at=now,
            )
            for demand in open_demands(now=now).filter(pk__in=demands)
        ),
        ignore_conflicts=True,
    )
    announce_all(["inspections", *(f"inspection:{number}" for number in {one.operation_id for one in said})])
    return len(said)
