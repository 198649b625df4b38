"""Measurements sorted into levels, from the whole plant to the very thing, and estimated at any of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable

from orders.planning.engine.uncertainty import Pool
from orders.planning.profiles.pools import Estimate, Ring, Sample, estimate, ring_of

Path = tuple[Hashable, ...]
"""From the widest to the narrowest, for example (group, machine, family, item). The plant is the empty one.
Equal parts under different parents are different things."""


class Tree:
    """Samples by path. What a level adds to the one below are the samples of its other branches."""

    def __init__(self, samples: Iterable[tuple[Path, Sample]], prior: Pool | None = None) -> None:
        self.prior = prior
        self.at: dict[Path, list[tuple[Path, Sample]]] = defaultdict(list)
        for path, sample in samples:
            for depth in range(len(path) + 1):
                self.at[path[:depth]].append((path, sample))
        self._rings: dict[tuple[Path, Path | None], Ring | None] = {}
        self._found: dict[tuple[Path, bool], Estimate] = {}

    def of(self, path: Path) -> Estimate:
        """What is to be expected there; n and age are those of this very path."""
        depth = len(path)
        while depth and path[:depth] not in self.at:
            depth -= 1
        # All that nobody measured below what somebody did is expected to be alike.
        known, borrowed = path[:depth], depth < len(path)
        if (known, borrowed) not in self._found:
            rings = [self._ring(known[:level], known[: level + 1]) for level in range(depth)]
            rings.append(self._ring(known, None))
            self._found[known, borrowed] = estimate([*rings, None] if borrowed else rings, self.prior)
        return self._found[known, borrowed]

    def samples(self, path: Path) -> list[Sample]:
        return [sample for _path, sample in self.at.get(path, ())]

    def _ring(self, path: Path, but: Path | None) -> Ring | None:
        # A branch nobody measured takes nothing away: all such share one ring.
        key = (path, but if but in self.at else None)
        if key not in self._rings:
            left_out = key[1]
            self._rings[key] = ring_of(
                [
                    sample
                    for whole, sample in self.at.get(path, ())
                    if left_out is None or whole[: len(left_out)] != left_out
                ]
            )
        return self._rings[key]
