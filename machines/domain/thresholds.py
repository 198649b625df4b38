"""Making other thresholds hold from a date on, the past included."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from machines.domain.arrivals import request_interpretation
from machines.models import Machine, ThresholdChange
from mes.accounts.models import User


@transaction.atomic
def change_thresholds(
    *,
    machine: Machine,
    valid_from: datetime,
    micro_stop_seconds: Decimal,
    gap_factor: Decimal,
    gap_floor_seconds: Decimal,
    minimum_cycle_seconds: Decimal,
    by: User | None,
) -> ThresholdChange:
    """Let these thresholds hold from ``valid_from`` (UTC) until now and further; the machine's own form says
    the same afterwards. Its signals are read again from there. The caller shows what that changes before."""
    figures = {
        "micro_stop_seconds": micro_stop_seconds,
        "gap_factor": gap_factor,
        "gap_floor_seconds": gap_floor_seconds,
        "minimum_cycle_seconds": minimum_cycle_seconds,
    }
    held = Machine.objects.select_for_update(of=("self",), no_key=True).get(pk=machine.pk)
    for name, figure in figures.items():
        setattr(held, name, figure)
    held.save(update_fields=list(figures))
    request_interpretation({machine.pk: valid_from})
    return ThresholdChange.objects.create(machine=machine, valid_from=valid_from, by=by, **figures)
