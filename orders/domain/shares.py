"""The pieces of a family tool, shared among the operations that it makes pieces for (A3). Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from orders.domain.attribution import Credit, split

Parts = tuple[tuple[int | None, Decimal], ...]


@dataclass(frozen=True, slots=True)
class Share:
    """``pieces`` of each cycle go to an operation during [start, end); None: nobody ordered them."""

    operation: int | None
    pieces: Decimal
    start: datetime
    end: datetime | None

    def holds(self, moment: datetime) -> bool:
        return self.start <= moment and (self.end is None or moment < self.end)


def distribute(
    credits: Iterable[Credit],
    shares: Sequence[Share],
    leader: int,
    bucket_of: Callable[[datetime], datetime],
) -> Iterator[tuple[int | None, Credit]]:
    """What each operation gets of a run's credits: (operation, credit), adding up to what went in.

    Within a bucket the pieces are shared in proportion to those of a cycle, by largest remainder, good and
    bad ones apart. Without shares, or when all cavities are blocked, all belongs to ``leader``. A credit
    before the first share (clocks differ) takes what the first ones say.
    """
    groups: dict[tuple[object, ...], tuple[Parts, list[Credit]]] = {}
    first = min((share.start for share in shares), default=None)
    for credit in credits:
        at = credit.at if first is None else max(credit.at, first)
        parts = _parts(shares, at) or ((leader, Decimal(1)),)
        key = (bucket_of(credit.at), credit.run, credit.setup, credit.confidence, parts)
        groups.setdefault(key, (parts, []))[1].append(credit)
    for parts, group in groups.values():
        weights = [float(pieces) for _operation, pieces in parts]
        bad = sum((credit.bad for credit in group), Decimal(0))
        good = sum((credit.quantity for credit in group), Decimal(0)) - bad
        last = max(group, key=lambda credit: credit.at)
        for (operation, _pieces), ok, wrong in zip(
            parts, split(good, weights), split(bad, weights), strict=True
        ):
            if ok or wrong:
                yield operation, replace(last, quantity=ok + wrong, bad=wrong)


def _parts(shares: Sequence[Share], at: datetime) -> Parts:
    found: dict[int | None, Decimal] = {}
    for share in shares:
        if share.pieces and share.holds(at):
            found[share.operation] = found.get(share.operation, Decimal(0)) + share.pieces
    return tuple(sorted(found.items(), key=lambda part: (part[0] is None, part[0] or 0)))
