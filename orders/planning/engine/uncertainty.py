"""What is not known about a shop, as plain data: distributions that measurements gave.

A :class:`Shop` says how long everything takes if it goes as expected. These say how far reality strays from
that, and whether many tasks stray together. Factors multiply the shop's seconds; seconds are working time
unless said otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

LINGERS = 0.2
"""Something that has taken longer than anything measured takes this share of its time longer again, on
average."""


@dataclass(frozen=True, slots=True)
class Pool:
    """An empirical distribution: ``values`` ascend, ``weights`` (same length) add up to 1.

    ``own`` of its measurements are of the very thing it describes; the rest is borrowed from its like.
    """

    values: tuple[float, ...] = (1.0,)
    weights: tuple[float, ...] = (1.0,)
    own: int = 0


@dataclass(frozen=True, slots=True)
class Breakdowns:
    """Stops that no run time contains: on average one in ``every_seconds`` of working time, each as long as
    ``seconds`` says (elapsed time: a repair doesn't wait for the shift). ``every_seconds`` 0: none."""

    every_seconds: float = 0.0
    seconds: Pool = Pool((0.0,), (1.0,))


@dataclass(frozen=True, slots=True)
class RushOrders:
    """Orders that will still come and overtake: one in ``every_seconds`` of elapsed time, each taking
    ``seconds`` of working time on some resources. ``resources``: how likely it needs each, by index of the
    shop."""

    every_seconds: float = 0.0
    seconds: Pool = Pool((0.0,), (1.0,))
    resources: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Supply:
    """A delivery that has not come yet: told for ``due`` (seconds of the shop, before zero when it is
    overdue), later by what ``late`` draws (a pool of elapsed seconds; less than 0 is early). ``key``: what
    its draws are called by: all that wait for it get it at the same moment."""

    due: int
    late: int
    key: int


@dataclass(frozen=True, slots=True)
class Awaited:
    """A task's deliveries (indexes of ``supplies``), from when on it could begin without them, and from when
    on the shop expects it to. A shop that was changed to a later start than that keeps it."""

    supplies: tuple[int, ...]
    released: int
    expected: int


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """Everything that is uncertain about one shop, by index of the shop's tasks and resources.

    ``run_of[task][n]`` and ``setup_of[task][n]`` say which of ``pools`` holds for the task's n-th alternative
    (factor on its run seconds, factor on its setup seconds); ``extra_of[task]`` which pool gives the factor
    on the run seconds for pieces to be made again (1.0: none); ``outside_of[task]`` the factor on a
    supplier's time (-1 in any of them: certain). ``common`` is a factor that all tasks of one resource share
    in one future: the drift that makes them late together. ``down``: elapsed seconds for which a resource
    has been broken down (-1: it isn't); until when it stays so is drawn from what can still be. ``awaited``:
    by task, the ``supplies`` it can't begin without, in place of the shop's earliest start.
    """

    pools: tuple[Pool, ...] = ()
    run_of: tuple[tuple[int, ...], ...] = ()
    setup_of: tuple[tuple[int, ...], ...] = ()
    extra_of: tuple[int, ...] = ()
    outside_of: tuple[int, ...] = ()
    common: tuple[Pool, ...] = ()
    breakdowns: tuple[Breakdowns, ...] = ()
    rush: RushOrders = field(default_factory=RushOrders)
    down: tuple[int, ...] = ()
    supplies: tuple[Supply, ...] = ()
    awaited: Mapping[int, Awaited] = field(default_factory=dict)
