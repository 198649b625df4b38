"""Changing what a program does from a date on, the past included."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from machines.domain.arrivals import request_interpretation
from machines.models import Machine, ProgramRole
from machines.models.program import SINCE_ALWAYS
from mes.lib.errors import InvalidInput, Problem
from mes.lib.programs import normalise_program


@transaction.atomic
def change_role(
    *,
    machine: Machine,
    pattern: str,
    role: str,
    valid_from: datetime,
    item_code: str = "",
    operation_number: str = "",
) -> ProgramRole | None:
    """Let programs of this name do ``role`` from ``valid_from`` (UTC) on, whatever held since; an empty role
    takes theirs away. The machine's signals are read again from there.

    The caller shows what that changes before. Raises InvalidInput without a program.
    """
    name = normalise_program(pattern)
    if not name:
        raise InvalidInput([Problem("program_missing", "State the name of a program.", "pattern")])
    own = ProgramRole.objects.select_for_update().filter(machine=machine, pattern=name)
    own.filter(valid_from__gte=valid_from).delete()
    holding = own.filter(Q(valid_from__isnull=True) | Q(valid_from__lt=valid_from)).filter(
        Q(valid_until__isnull=True) | Q(valid_until__gt=valid_from)
    )
    for one in holding:
        one.valid_until = valid_from
        one.save(update_fields=["valid_until"])
    request_interpretation({machine.pk: max(valid_from, SINCE_ALWAYS)})
    if not role:
        return None
    return ProgramRole.objects.create(
        machine=machine,
        pattern=name,
        role=role,
        item_code=item_code,
        operation_number=operation_number,
        valid_from=valid_from,
    )
