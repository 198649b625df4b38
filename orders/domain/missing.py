"""What a document refers to and is not here yet: it may come with a later message, or be typed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mes.lib.errors import Problem
from orders.enums import Reference


@dataclass(frozen=True, slots=True)
class Missing:
    """One missing thing by the sender's ``code``; ``plant`` is our key where a code holds in a plant only."""

    kind: Reference
    code: str
    plant: int | None = None

    def as_json(self) -> dict[str, Any]:
        return {"kind": str(self.kind), "code": self.code, "plant": self.plant}


_BY_PROBLEM = {"unknown_item": Reference.ITEM, "unknown_work_centre": Reference.WORK_CENTRE}


def missing_of(problems: Sequence[Problem], *, plant: int) -> list[Missing]:
    """The references that these problems complain of; empty if anything else is wrong too, because then
    waiting would not help."""
    missing: dict[Missing, None] = {}
    for problem in problems:
        kind = _BY_PROBLEM.get(problem.code)
        if kind is None or not problem.value:
            return []
        missing[Missing(kind, problem.value, plant if kind == Reference.WORK_CENTRE else None)] = None
    return list(missing)
