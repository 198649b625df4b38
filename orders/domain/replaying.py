"""Changing the past with open eyes: first the difference, then, if it is accepted, the change.

A change is made, the machine is read and credited anew, and what differs is added up; a rehearsal then rolls
everything back. Applying runs the same code, so that what was shown is what is booked.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import F, Q, Sum
from django.utils import timezone

from machines.domain.arrivals import request_interpretation
from machines.domain.interpret import interpret_dirty
from machines.domain.shards import hold_machines
from machines.models import Machine, Projection, StateInterval
from mes.lib.errors import Refused
from mes.lib.fields import ZERO
from orders.domain.counted import bucket_of
from orders.domain.crediting import SETTLE, credit_stretch
from orders.models import Operation, Run, Unresolved

NO_ORDER = 0
PIECES = ("good", "scrap", "rework", "setup_pieces")
SECONDS = ("setup_seconds", "production_seconds")


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be changed on a machine from ``since`` (UTC) on. ``make`` does it, given a key."""

    machine: Machine
    since: datetime
    make: Callable[[uuid.UUID], object]


@dataclass(slots=True)
class Figures:
    """One operation on the machine since the change: pieces, and seconds by phase and by state."""

    good: Decimal = ZERO
    scrap: Decimal = ZERO
    rework: Decimal = ZERO
    setup_pieces: Decimal = ZERO
    setup_seconds: float = 0.0
    production_seconds: float = 0.0
    states: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Row:
    """``operation`` None: time and pieces of no order; its ``good`` are the pieces that wait for a person."""

    operation: Operation | None
    before: Figures
    after: Figures

    @property
    def changes(self) -> dict[str, float]:
        """What differs, by figure or ``state:`` and its name; seconds to the second."""
        found: dict[str, float] = {}
        for name in PIECES:
            found[name] = float(getattr(self.after, name) - getattr(self.before, name))
        for name in SECONDS:
            found[name] = round(getattr(self.after, name) - getattr(self.before, name))
        for state in self.before.states.keys() | self.after.states.keys():
            found[f"state:{state}"] = round(
                self.after.states.get(state, 0.0) - self.before.states.get(state, 0.0)
            )
        return {name: change for name, change in sorted(found.items()) if change}


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change makes of the figures up to ``until``: the operations that differ."""

    rows: list[Row]
    until: datetime

    @property
    def digest(self) -> str:
        """Equal for equal effects: what was accepted is what is applied."""
        shown = [[row.operation.pk if row.operation else NO_ORDER, row.changes] for row in self.rows]
        return hashlib.blake2b(json.dumps(shown).encode(), digest_size=12).hexdigest()


class _Rehearsal(Exception):
    """Ends a rehearsal: everything is rolled back."""


def preview(change: Change) -> Effect:
    """What ``change`` would do. Nothing stays. Raises what the change itself raises."""
    found: list[Effect] = []
    try:
        with transaction.atomic():
            found.append(_make(change, uuid.uuid4(), until=_horizon()))
            raise _Rehearsal
    except _Rehearsal:
        return found[0]


@transaction.atomic
def apply_change(change: Change, *, key: uuid.UUID, until: datetime, accepted: str) -> Effect:
    """Make ``change``, if its effect ``until`` that moment is still the ``accepted`` one (a digest).

    Raises Refused (code ``effect_changed``) when the figures have moved on; then nothing is changed.
    """
    effect = _make(change, key, until=min(until, _horizon()))
    if effect.digest != accepted:
        raise Refused("effect_changed", "The figures have changed since this was shown. Look again.")
    return effect


def _horizon() -> datetime:
    return timezone.now() - SETTLE


def _make(change: Change, key: uuid.UUID, *, until: datetime) -> Effect:
    since = bucket_of(change.since)
    _read_again(change.machine, since, until)
    before = _figures(change.machine, since, until)
    change.make(key)
    request_interpretation({change.machine.pk: change.since})
    _read_again(change.machine, since, until)
    after = _figures(change.machine, since, until)
    keys = [key for key in before.keys() | after.keys() if before.get(key) != after.get(key)]
    operations = Operation.objects.select_related("order__item").in_bulk([key for key in keys if key])
    ordered = sorted(keys, key=lambda key: (key == NO_ORDER, key))
    empty = Figures()
    rows = [Row(operations.get(key), before.get(key, empty), after.get(key, empty)) for key in ordered]
    return Effect([row for row in rows if row.changes], until)


def _read_again(machine: Machine, since: datetime, until: datetime) -> None:
    """Interpret and credit the machine alone. The live workers wait for it meanwhile."""
    hold_machines([machine.pk])
    if Projection.objects.filter(machine=machine).exists():
        interpret_dirty(until, only=[machine.pk])
    credit_stretch(machine.pk, since=since, until=until)


def _figures(machine: Machine, since: datetime, until: datetime) -> dict[int, Figures]:
    runs = list(
        Run.objects.filter(machine=machine, started_at__lt=until)
        .filter(Q(ended_at__isnull=True) | (Q(ended_at__gt=since) & Q(ended_at__gt=F("started_at"))))
        .order_by("started_at")
    )
    found: dict[int, Figures] = defaultdict(Figures)
    sums = (
        Operation.objects.filter(runs__machine=machine)
        .distinct()
        .values_list("pk", "good", "scrap", "rework", "setup_pieces")
    )
    for pk, good, scrap, rework, setup_pieces in sums:
        one = found[pk]
        one.good, one.scrap, one.rework, one.setup_pieces = good, scrap, rework, setup_pieces
    for run in runs:
        begin, end = max(run.started_at, since), min(run.ended_at or until, until)
        turn = min(max(run.production_at or end, begin), end)
        one = found[run.operation_id]
        one.setup_seconds += _seconds(turn - begin)
        one.production_seconds += _seconds(end - turn)
    _add_states(found, machine, runs, since, until)
    waits = Unresolved.objects.filter(machine=machine, bucket__gte=since).aggregate(sum=Sum("pieces"))["sum"]
    found[NO_ORDER].good = waits or ZERO
    return dict(found)


def _add_states(
    found: dict[int, Figures], machine: Machine, runs: Iterable[Run], since: datetime, until: datetime
) -> None:
    """Seconds by state, given to the run of the slot at that time or to no order."""
    by_slot: dict[int, list[Run]] = defaultdict(list)
    for run in runs:
        by_slot[run.slot].append(run)
    intervals = StateInterval.objects.filter(machine=machine, started_at__lt=until).filter(
        Q(ended_at__isnull=True) | Q(ended_at__gt=since)
    )
    for interval in intervals.order_by("slot", "started_at"):
        begin, end = max(interval.started_at, since), min(interval.ended_at or until, until)
        left = _seconds(end - begin)
        for run in by_slot[interval.slot]:
            shared = _seconds(min(run.ended_at or until, end) - max(run.started_at, begin))
            if shared > 0:
                _add(found[run.operation_id].states, interval.state, shared)
                left -= shared
        if left > 0.0005:
            _add(found[NO_ORDER].states, interval.state, left)


def _add(states: dict[str, float], state: str, seconds: float) -> None:
    states[state] = round(states.get(state, 0.0) + seconds, 3)


def _seconds(length: timedelta) -> float:
    return round(length.total_seconds(), 3)
