"""Whether any machine's rules changed since they were last looked at: one query for all machines."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from machines.domain.parameters import RULES_STAMP
from mes.lib import bulk

LOOK_AGAIN_SECONDS = 60.0


@dataclass
class RulesWatch:
    """``looked`` counts how often rules may have changed: what was compared at the same count still holds.

    Rows become visible out of order. So what was under way when something changed is waited for, and every
    minute all is looked at again.
    """

    looked: int = 0
    stamp: tuple[Any, ...] = ()
    under_way: int = 0
    at: float = 0.0

    def look(self) -> int:
        with bulk.cursor(prepared=True) as cursor:
            cursor.execute(RULES_STAMP)
            *newest, oldest, following = cursor.fetchone()
        now = time.monotonic()
        if tuple(newest) != self.stamp or now - self.at >= LOOK_AGAIN_SECONDS:
            self.stamp, self.under_way, self.at = tuple(newest), following, now
            self.looked += 1
        elif oldest < self.under_way:
            self.looked += 1
        return self.looked
