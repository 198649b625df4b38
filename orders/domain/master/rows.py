"""Collecting what is to be written, so that it is written set by set."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db.models import Model

from mes.lib.errors import Problem
from mes.lib.ownership import FromErp
from mes.lib.prepared import Insert, Update
from mes.lib.sentences import gettext as _

M = TypeVar("M", bound=Model)


class Rows(Generic[M]):
    """New, changed and removed rows of one model. A row that is made and changed at once is only new.

    ``stamps`` writes what a message leaves on rows that it says nothing new of.
    """

    def __init__(self, insert: Insert[M], update: Update[M], stamps: Update[M] | None = None) -> None:
        self._insert, self._update, self._stamps = insert, update, stamps
        self._stamped: dict[int, M] = {}
        self._new: dict[int, M] = {}
        self._changed: dict[int, M] = {}
        self._removed: dict[int, M] = {}

    def add(self, row: M) -> None:
        self._new[id(row)] = row

    def change(self, row: M) -> None:
        if id(row) not in self._new:
            self._changed[id(row)] = row

    def stamped(self, row: M) -> None:
        self._stamped[id(row)] = row

    def remove(self, row: M) -> None:
        self._changed.pop(id(row), None)
        if self._new.pop(id(row), None) is None:
            self._removed[id(row)] = row

    def write(self) -> None:
        """Removals first, so that what they occupied is free."""
        if self._removed:
            keys = [row.pk for row in self._removed.values()]
            removed: Any = next(iter(self._removed.values()))
            type(removed).objects.filter(pk__in=keys).delete()
        self._insert(list(self._new.values()))
        self._update(list(self._changed.values()))
        if self._stamps is not None:
            written = self._new.keys() | self._changed.keys()
            self._stamps([row for place, row in self._stamped.items() if place not in written])


def is_obsolete(record: FromErp, version: str, received_at: datetime) -> bool:
    """Is what was applied newer? By version where both have one, else by the order of arrival."""
    if version and record.erp_version:
        return version < record.erp_version
    return record.erp_received_at is not None and received_at < record.erp_received_at


def stamp(record: FromErp, version: str, received_at: datetime) -> bool:
    """Note what was applied last. Says whether there was anything to note."""
    version = version or record.erp_version
    if (record.erp_version, record.erp_received_at) == (version, received_at):
        return False
    record.erp_version, record.erp_received_at = version, received_at
    return True


def too_long(document: Any, lengths: dict[str, int]) -> Iterator[Problem]:
    """A problem for each text that its column can't hold."""
    for name, longest in lengths.items():
        value = getattr(document, name) or ""
        if len(value) > longest:
            message = _("This has more than %d characters.") % longest
            yield Problem("too_long", message, name, document.row, value[:120])
