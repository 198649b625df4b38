"""The reference cycles that a machine has learned, as it last kept them (Y7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from statistics import median

from machines.domain.measure import FoldState
from machines.domain.measure.cycles import LEARN_FROM, WORK
from machines.domain.parameters import load_rules
from machines.models import Checkpoint, Machine, PlannedCycle

MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Learned:
    """Seconds per cycle of one program: the median of the last ``count`` undisturbed cycles, and the plan.

    ``program`` is empty where the machine tells none; ``work`` says then what it made. ``used``: it decides
    about standstills; before that the plan does.
    """

    program: str
    work: str
    seconds: float
    count: int
    planned: float | None

    @property
    def used(self) -> bool:
        return self.count >= LEARN_FROM

    @property
    def deviation(self) -> float | None:
        """Learned ÷ planned − 1."""
        return self.seconds / self.planned - 1 if self.planned else None


def learned_references(machine: Machine, *, now: datetime) -> list[Learned]:
    """What the machine has learned, most recently used last. Six queries."""
    kept = Checkpoint.objects.filter(machine=machine).order_by("-at").first()
    if kept is None:
        return []
    rules = load_rules([machine.pk], since=now)[machine.pk]
    learned = FoldState.from_json(kept.state).learned
    plans = _plans_of_works(machine)
    found = []
    for key, durations in learned.items():
        program, work = ("", key.removeprefix(WORK)) if key.startswith(WORK) else (key, "")
        planned = rules.planned(program, now)
        seconds = planned.cycle.total_seconds() if planned else None
        found.append(
            Learned(
                program=program,
                work=work if work in plans else "",
                seconds=median(durations) / MICROSECONDS,
                count=len(durations),
                planned=plans.get(work, seconds),
            )
        )
    return found


def _plans_of_works(machine: Machine) -> dict[str, float]:
    """Seconds per cycle that were planned last for each work."""
    rows = (
        PlannedCycle.objects.filter(machine=machine, seconds__isnull=False)
        .exclude(work="")
        .order_by("work", "-valid_from", "-pk")
        .distinct("work")
    )
    return {work: float(seconds) for work, seconds in rows.values_list("work", "seconds")}
