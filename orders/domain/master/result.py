"""What became of one document of master data."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from mes.lib.errors import Problem
from orders.domain.missing import Missing
from orders.enums import Outcome


class Kind(models.TextChoices):
    ITEM = "item", _("item")
    BOM = "bom", _("bill of material")
    ROUTING = "routing", _("routing")
    WORK_CENTRE = "work_centre", _("work centre")
    CUSTOMER = "customer", _("customer")


@dataclass(slots=True)
class MasterResult:
    """``changes``: field → [from, to]. ``kept``: pinned field → [the plant's value, what the ERP says].

    Fields of a line are named ``0010.quantity``. ``missing``: what the document waits for.
    """

    row: int
    kind: Kind
    key: str
    outcome: Outcome
    changes: dict[str, list[str]] = field(default_factory=dict)
    kept: dict[str, list[str]] = field(default_factory=dict)
    missing: list[Missing] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {
            "row": self.row,
            "kind": str(self.kind),
            "number": self.key,
            "outcome": str(self.outcome),
            "changes": self.changes,
            "kept": self.kept,
            "waits_for": [one.as_json() for one in self.missing],
            "problems": [problem.as_json() for problem in self.problems],
        }
