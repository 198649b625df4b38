"""What to measure next: how much narrower open orders' promises would become. Pure.

An order's end strays by the root of the sum of its operations' variances. A distribution that is mostly
borrowed strays more than the thing itself does: by as much as its like differ from each other. With enough
measurements of its own only its own spread is left. The difference, in hours between P50 and P80, summed over
the open orders, is what measuring it is worth. Queues and what orders share are left out.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import dataclass

P80 = 0.8416
"""Standard deviations between P50 and P80 of a sum of many."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one uncertain number contributes to one order: variances in seconds², now and once it is
    measured (never more than now)."""

    order: int
    key: Hashable
    now: float
    learned: float


@dataclass(frozen=True, slots=True)
class Worth:
    """``hours``: by how much P80 comes closer to P50, summed over ``orders`` open orders; ``share`` of all
    the hours between them now."""

    key: Hashable
    hours: float
    orders: int
    share: float


def worth_of(parts: Iterable[Part]) -> list[Worth]:
    """By key, the most valuable first. Parts of one key and order count together."""
    of_order: dict[int, dict[Hashable, list[Part]]] = defaultdict(lambda: defaultdict(list))
    for part in parts:
        of_order[part.order][part.key].append(part)
    hours: dict[Hashable, float] = defaultdict(float)
    touched: dict[Hashable, int] = defaultdict(int)
    whole = 0.0
    for keys in of_order.values():
        variance = math.fsum(part.now for found in keys.values() for part in found)
        whole += P80 * math.sqrt(variance) / 3600
        for key, found in keys.items():
            gain = math.fsum(part.now - min(part.learned, part.now) for part in found)
            touched[key] += 1
            hours[key] += P80 * (math.sqrt(variance) - math.sqrt(max(variance - gain, 0.0))) / 3600
    ranked = [Worth(key, hours[key], touched[key], hours[key] / whole if whole else 0.0) for key in hours]
    return sorted(ranked, key=lambda one: (-one.hours, repr(one.key)))
