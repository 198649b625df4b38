"""Command: say that the customer's requirements of an operation were read."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction

from machines.models import Machine
from mes.accounts.models import User
from mes.lib.live import announce
from orders.domain.events import derived_key
from orders.domain.execution import happened_at
from orders.domain.locking import lock_order
from orders.models import Operation, RequirementReading
from orders.queries.readings import fingerprint, readings_at
from orders.queries.requirements import requirements_at


@transaction.atomic
def read_requirements(
    *,
    operation: Operation,
    by: User,
    key: uuid.UUID,
    machine: Machine | None = None,
    at: datetime | None = None,
) -> list[RequirementReading]:
    """Record that ``by`` read every requirement of the operation that wasn't read in its present words yet;
    the same key, or nothing left to read, records nothing more.
    """
    order = lock_order(operation.order_id)
    requirements = list(requirements_at(operation))
    read = readings_at(operation, requirements)
    moment = happened_at(at)
    made = [
        RequirementReading(
            plant_id=operation.plant_id,
            key=derived_key(key, f"requirement {one.pk}"),
            requirement=one,
            operation=operation,
            machine=machine,
            revision=order.revision,
            content=fingerprint(one),
            by=by,
            at=moment,
        )
        for one in requirements
        if one.pk not in read
    ]
    RequirementReading.objects.bulk_create(made)
    if made:
        announce(f"order:{order.pk}", f"operation:{operation.pk}")
    return made
