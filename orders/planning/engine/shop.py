"""What is to be planned, and a plan of it. Times are whole seconds from the plan's zero, spans half open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

Record = TypeVar("Record")


@dataclass_transform(frozen_default=True)
def record(kind: type[Record]) -> type[Record]:
    """A frozen dataclass to who checks types. There are thousands of each, and when it runs, being frozen
    would make each take three times as long to make."""
    return dataclass(slots=True, unsafe_hash=True)(kind)


@dataclass(frozen=True, slots=True)
class Window:
    """Working time."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Resource:
    """One slot of a machine. ``windows`` ascend and don't touch. ``table``: which of the shop's setup tables
    holds here. ``family``/``item``: what it is set up for when the plan begins. ``holds``: how many tasks of
    one family it does together, as a furnace does: they run from the same moment to the same end."""

    code: str
    windows: tuple[Window, ...]
    table: int = 0
    family: str = ""
    item: str = ""
    holds: int = 1


@dataclass(frozen=True, slots=True)
class Shared:
    """Something besides a resource that tasks need from their setup to their end: a tool, people with a
    skill. ``capacity``: how many tasks can have it at a time."""

    code: str
    capacity: int = 1


@record
class Alternative:
    """A resource (index) that can do the task, and its working seconds there without setup."""

    resource: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Fixed:
    """Where a task already is and stays: running, or too near to be moved."""

    resource: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Earlier:
    """Where a task stood in the plan that people work by. It may be moved, for a price."""

    resource: int
    start: int


@record
class Task:
    """One operation. ``after``: tasks (indexes) that end before it begins, plus ``wait`` seconds of any time.

    ``setup_seconds`` is the full setup. ``outside_seconds``: done by a supplier in that time, without a
    resource. ``needs``: one of each of these shared ones (indexes). Unless ``interruptible``, setup and run
    must fit into one window.

    ``hands_on``: when so many percent of its run are done, what follows may begin (but ends no earlier than
    it); all of it for a supplier and for resources that do several tasks together. ``longest_wait``: so many
    seconds after what it waits for has ended it should begin; to keep that, what is before it begins later.
    """

    job: int
    alternatives: tuple[Alternative, ...] = ()
    setup_seconds: int = 0
    family: str = ""
    item: str = ""
    after: tuple[int, ...] = ()
    wait: int = 0
    earliest: int = 0
    interruptible: bool = True
    outside_seconds: int | None = None
    fixed: Fixed | None = None
    earlier: Earlier | None = None
    needs: tuple[int, ...] = ()
    hands_on: int = 100
    longest_wait: int | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """An order. ``due`` None: nobody waits for it. ``weight``: how much an hour of lateness counts."""

    code: str
    due: int | None = None
    weight: float = 1.0


SetupTable = Mapping[tuple[str, str], int]
"""Seconds of a changeover by (family from, family to)."""


@dataclass(frozen=True, slots=True)
class Shop:
    """The whole problem.

    A changeover's seconds come from the resource's table; where it says nothing: ``same_item_percent`` of the
    task's full setup after the same item, ``same_family_percent`` after the same family, all of it otherwise.
    """

    resources: tuple[Resource, ...]
    jobs: tuple[Job, ...]
    tasks: tuple[Task, ...]
    tables: tuple[SetupTable, ...] = field(default=({},))
    same_item_percent: int = 0
    same_family_percent: int = 30
    shared: tuple[Shared, ...] = ()


@record
class Placed:
    """A task in a plan: setup over [start, run_start), run over [run_start, end), both in working time.

    ``resource`` -1: outside.
    """

    task: int
    resource: int
    start: int
    run_start: int
    end: int
    setup_seconds: int


@dataclass(frozen=True, slots=True)
class Weights:
    """What counts how much, per hour: lateness (times the job's weight), setup, the sum of all jobs' ends,
    which only decides between plans that are otherwise equal, and by how much tasks begin at another time
    than in the earlier plan (another machine counts as ``OTHER_MACHINE`` seconds more)."""

    lateness: float = 1.0
    setup: float = 0.05
    flow: float = 0.0001
    stability: float = 0.02


WAITED = 20.0
"""What an hour costs by which a task waits longer than it should."""
OTHER_MACHINE = 4 * 3600
"""Seconds. What was prepared at one machine is moved to another: as bad as half a shift later."""


@dataclass(frozen=True, slots=True)
class Cost:
    """``total`` weighs the others by :class:`Weights`. Hours; ``late_hours`` are weighted by job;
    ``waited_hours`` is what tasks wait longer than they should."""

    total: float
    late_hours: float
    late_jobs: int
    setup_hours: float
    flow_hours: float
    moved_hours: float
    waited_hours: float = 0.0


@dataclass(frozen=True, slots=True)
class Plan:
    """``placed`` in the order of the shop's tasks; None: it found no place.

    ``bound``: no plan of the shop costs less; None where that isn't known.
    """

    placed: tuple[Placed | None, ...]
    cost: Cost
    bound: float | None = None


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why something can't be planned: ``code`` for machines, ``job``/``task`` say which (index)."""

    code: str
    job: int
    task: int | None = None
