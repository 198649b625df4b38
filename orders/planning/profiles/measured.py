"""What was measured of a plant, as plain data that is kept and read again. Seconds of working time unless
said otherwise; ``at``: when it became known, seconds of the Unix epoch.

``open``: it still lasted when it was read, and will be longer.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class RunTime:
    """An operation on one machine: what producing its pieces took, stops included, and should have taken."""

    operation: int
    machine: int
    item: int
    at: int
    seconds: int
    standard: int
    open: bool = False


@dataclass(frozen=True, slots=True)
class Changeover:
    """Setting a machine up for an operation's item, after another (0: unknown what was before)."""

    operation: int
    machine: int
    before: int
    item: int
    at: int
    seconds: int
    standard: int
    open: bool = False


@dataclass(frozen=True, slots=True)
class Standstill:
    """A stop of a machine that lasted longer than a micro-stop. ``in_run``: part of a run's time.

    ``seconds`` in a run are working time, else elapsed.
    """

    machine: int
    at: int
    seconds: int
    in_run: bool
    open: bool = False


@dataclass(frozen=True, slots=True)
class Outcome:
    """Pieces of a finished operation, in thousandths."""

    operation: int
    machine: int
    item: int
    at: int
    good: int
    scrap: int
    rework: int


@dataclass(frozen=True, slots=True)
class Handover:
    """From the end of one operation of an order to the start of the next, in ``group``. In ``idle`` of these
    seconds its machine had nothing to do: transport, or nobody came."""

    operation: int
    group: int
    at: int
    seconds: int
    idle: int
    open: bool = False


@dataclass(frozen=True, slots=True)
class Outside:
    """An operation at a supplier: elapsed seconds since what came before it ended, or since it was sent if
    that was earlier, until it was back. ``standard`` 0: nobody planned how long."""

    operation: int
    group: int
    item: int
    at: int
    seconds: int
    standard: int
    open: bool = False


@dataclass(frozen=True, slots=True)
class Delivery:
    """A line of a supplier order, complete or still to come: elapsed seconds behind the beginning of the day
    it was told for (before it: less than 0)."""

    line: int
    supplier: str
    item: int
    at: int
    late: int
    open: bool = False


@dataclass(frozen=True, slots=True)
class RushOrder:
    """An urgent order came. ``work``: working seconds by machine group, as planned."""

    order: int
    at: int
    work: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Watched:
    """How much of a machine was seen in its runs' production: seconds that it produced (micro-stops
    included), stopped, and that nobody knows. ``worked``: working seconds of its calendar in the window."""

    machine: int
    produced: int
    stopped: int
    unknown: int
    worked: int


@dataclass(frozen=True, slots=True)
class Measurements:
    """Everything of one plant over [since, until). ``groups``: machine group by machine; ``families``: setup
    family's code by item; ``items``: code by item."""

    since: int = 0
    until: int = 0
    groups: Mapping[int, int] = field(default_factory=dict)
    items: Mapping[int, str] = field(default_factory=dict)
    families: Mapping[int, str] = field(default_factory=dict)
    run_times: tuple[RunTime, ...] = ()
    changeovers: tuple[Changeover, ...] = ()
    standstills: tuple[Standstill, ...] = ()
    outcomes: tuple[Outcome, ...] = ()
    handovers: tuple[Handover, ...] = ()
    outsides: tuple[Outside, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    rush_orders: tuple[RushOrder, ...] = ()
    watched: tuple[Watched, ...] = ()

    def known_at(self, moment: int) -> Self:
        """What was finished and known at ``moment``; what then lasted is left out."""
        kept: dict[str, Any] = {
            name: tuple(
                one for one in getattr(self, name) if one.at <= moment and not getattr(one, "open", False)
            )
            for name in (
                *("run_times", "changeovers", "standstills", "outcomes", "handovers", "outsides"),
                "deliveries",
            )
        }
        rush = tuple(one for one in self.rush_orders if one.at <= moment)
        return replace(self, until=min(self.until, moment), rush_orders=rush, **kept)

    def content(self) -> dict[str, Any]:
        """As JSON: rows without names, in a fixed order."""
        return {
            "since": self.since,
            "until": self.until,
            **{
                name: {str(key): value for key, value in sorted(getattr(self, name).items())}
                for name in ("groups", "items", "families")
            },
            **{name: [_row(one) for one in getattr(self, name)] for name in _KINDS},
        }

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> Self:
        """What :meth:`content` gave, also before there were deliveries. Raises KeyError or TypeError for
        anything else."""
        maps: dict[str, Any] = {
            name: {int(key): value for key, value in content[name].items()}
            for name in ("groups", "items", "families")
        }
        rows: dict[str, Any] = {
            name: tuple(_made(kind, row) for row in content[name])
            for name, kind in _KINDS.items()
            if name != "deliveries" or name in content
        }
        return cls(content["since"], content["until"], **maps, **rows)


_KINDS: dict[str, type[Any]] = {
    "run_times": RunTime,
    "changeovers": Changeover,
    "standstills": Standstill,
    "outcomes": Outcome,
    "handovers": Handover,
    "outsides": Outside,
    "deliveries": Delivery,
    "rush_orders": RushOrder,
    "watched": Watched,
}


def _row(one: Any) -> list[Any]:
    row = []
    for each in fields(one):
        value = getattr(one, each.name)
        row.append([list(pair) for pair in value] if isinstance(value, tuple) else value)
    return row


def _made(kind: type[Any], row: list[Any]) -> Any:
    return kind(
        *(tuple(tuple(pair) for pair in value) if isinstance(value, list) else value for value in row)
    )


def canonical(content: Mapping[str, Any]) -> bytes:
    """The one text of this content."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def digest(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(content)).hexdigest()
