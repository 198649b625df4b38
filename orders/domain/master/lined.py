"""What bills of material and routings have in common: a head and its lines, replaced as a whole."""

from __future__ import annotations

from typing import Any

from orders.domain.master.known import Known
from orders.domain.master.ownership import Difference, shown
from orders.domain.master.result import MasterResult
from orders.domain.master.rows import Rows, is_obsolete, stamp
from orders.enums import Outcome


class Lined:
    """Heads by ``heads``, their lines by ``lines``; results of documents without problems."""

    heads: Rows[Any]
    lines: Rows[Any]

    def __init__(self, known: Known) -> None:
        self.known = known

    def write(self) -> None:
        self.heads.write()
        self.lines.write()

    def is_over(self, result: MasterResult, head: Any, document: Any) -> bool:
        """Says that nothing more is to be done: obsolete, or gone and now switched off."""
        if head is not None and is_obsolete(head, document.version, self.known.received_at):
            result.outcome = Outcome.OBSOLETE
            return True
        if document.gone:
            if head is not None and head.active:
                head.active = False
                self.heads.change(head)
                result.outcome = Outcome.CHANGED
                result.changes["active"] = ["True", "False"]
            if head is not None and stamp(head, document.version, self.known.received_at):
                self.heads.stamped(head)
            return True
        return False

    def settle(
        self, result: MasterResult, head: Any, document: Any, difference: Difference, *, is_new: bool
    ) -> None:
        """Switch the head on, stamp it, and say what became of the document."""
        if not head.active:
            head.active = True
            self.heads.change(head)
            difference.changes["active"] = ["False", "True"]
        if stamp(head, document.version, self.known.received_at):
            self.heads.stamped(head)
        if is_new:
            result.outcome = Outcome.CREATED
        elif difference.is_any:
            result.outcome = Outcome.CHANGED
        result.changes, result.kept = difference.changes, difference.kept

    def drop_lines(self, present: dict[str, Any], wanted: set[str], difference: Difference) -> None:
        for name in sorted(set(present) - wanted):
            line = present.pop(name)
            self.lines.remove(line)
            difference.changes[name] = [str(line), ""]


def set_plain(record: Any, values: dict[str, Any]) -> Difference:
    """Set values of a record that nobody pins."""
    difference = Difference()
    for name, value in values.items():
        before = getattr(record, name)
        if before != value:
            setattr(record, name, value)
            difference.changes[name] = [shown(before), shown(value)]
    return difference
