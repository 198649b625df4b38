"""Possible futures of lumpy demand: when it comes, and how much then.

Whether a week has demand is drawn with the item's rate, and how much then with its mean size; both are
themselves uncertain where few demands were seen. The size is drawn from the item's own sizes and, the fewer
those are, from what sizes vary like in the rest of the plant: a part that was wanted five times has not shown
its largest demand yet.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from orders.planning.forecast.errors import Floats

RATE_STRENGTH = 8.0
"""So many weeks at the item's mean rate stand beside those that were seen."""
SIZE_STRENGTH = 6.0
"""So many demands of others stand beside the item's own."""
ENOUGH = 4
"""An item with fewer demands than this says next to nothing itself."""
SHAPES_FROM = 6
"""Sizes of items with so many demands are what others learn from."""


@dataclass(frozen=True, slots=True)
class Likes:
    """What the items of a plant have in common: sizes of demand as multiples of the item's own mean."""

    shape: Floats

    @property
    def count(self) -> int:
        return len(self.shape)


ALONE = Likes(np.array([1.0]))


def likes_of(histories: Iterable[Floats]) -> Likes:
    shapes = []
    for history in histories:
        sizes = history[history > 0]
        if len(sizes) >= SHAPES_FROM:
            shapes.append(sizes / sizes.mean())
    return Likes(np.concatenate(shapes)) if shapes else ALONE


def lumpy_paths(
    history: Floats, horizon: int, likes: Likes, rng: np.random.Generator, *, count: int
) -> Floats:
    """``count`` futures of ``horizon`` periods, as (count, horizon). All zero where nothing was wanted."""
    sizes = history[history > 0]
    seen, length = len(sizes), len(history)
    if seen == 0:
        return np.zeros((count, horizon))
    rate = seen / length
    chance = rng.beta(seen + RATE_STRENGTH * rate, length - seen + RATE_STRENGTH * (1 - rate) + 1e-9, count)
    comes = rng.random((count, horizon)) < chance[:, None]
    number = int(comes.sum())
    own = rng.choice(sizes, number)
    like = rng.choice(likes.shape, number) * sizes.mean()
    paths = np.zeros((count, horizon))
    paths[comes] = np.where(rng.random(number) < seen / (seen + SIZE_STRENGTH), own, like)
    return paths * _true_size(sizes, likes, rng, count)[:, None]


def _true_size(sizes: Floats, likes: Likes, rng: np.random.Generator, count: int) -> Floats:
    """What the mean size really is, in means of those that were seen: by future, spread as a mean of so many
    is. Without it, stock for rarely wanted parts is too small."""
    spread = max(float(likes.shape.std()), float(sizes.std() / sizes.mean())) / np.sqrt(len(sizes))
    if spread <= 0:
        return np.ones(count)
    return np.asarray(rng.gamma(1 / spread**2, spread**2, count), dtype=np.float64)


def steady_paths(
    mean: Floats, spread: Floats, errors: Floats, rng: np.random.Generator, *, count: int
) -> Floats:
    """Futures around ``mean``, whose standard error is ``spread`` by period: what is new in each period is
    drawn from past ``errors``, what the spread grows by is an error of the level that stays. Never negative.
    """
    horizon = len(mean)
    drawn = (
        rng.choice(errors - errors.mean(), (count, horizon)) if len(errors) else np.zeros((count, horizon))
    )
    size = float(errors.std()) if len(errors) else 0.0
    fresh = drawn * (spread[0] / size if size > 0 else 0.0)
    grown = np.sqrt(np.maximum(spread**2 - spread[0] ** 2, 0.0))
    futures: Floats = np.maximum(mean + fresh + rng.standard_normal((count, 1)) * grown, 0.0)
    return futures
