"""Running numbers for the rows of files, so that one file after the other is one run of numbering.

Files carry no numbers and come without end. A number from each file's content would make each file a run of
its own, and a new run means that the connection was lost in between: the machine's state would be unknown
from one file to the next.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from integrations.signals.base import Cursor
from integrations.signals.file.decode import Row

REMEMBERED = 500


@dataclass(slots=True)
class Begun:
    """Where a file's numbers begin, by machine. ``by_line``: counted by line, else row by row."""

    by_line: bool
    first: dict[str, int]


class Numbers:
    """The next number of each machine and where the last files began, as they stand in the cursor.

    The same content has the same numbers for as long as it is among the last files. A file with damaged lines
    is numbered by line: a line that can be read under other settings gets its own number, the others keep
    theirs. All others are numbered without holes, for the set of numbers taken is kept by its ranges.
    """

    def __init__(self, cursor: Cursor) -> None:
        self.epoch = str(cursor.get("epoch") or uuid.uuid4().hex[:16])
        self._next: dict[str, int] = dict(cursor.get("next") or {})
        self._files = {content: Begun(*begun) for content, begun in dict(cursor.get("files") or {}).items()}

    def of(self, content: str, rows: Iterable[Row], *, damaged: bool) -> list[int]:
        """The numbers of a file's readable rows. ``content`` is its hash."""
        begun = self._files.pop(content, None) or Begun(damaged, {})
        self._files[content] = begun
        while len(self._files) > REMEMBERED:
            del self._files[next(iter(self._files))]
        counted: defaultdict[str, int] = defaultdict(int)
        numbers = []
        for row in rows:
            first = begun.first.setdefault(row.device, self._next.get(row.device, 1))
            number = first + (row.line if begun.by_line else counted[row.device])
            counted[row.device] += 1
            self._next[row.device] = max(self._next.get(row.device, 1), number + 1)
            numbers.append(number)
        return numbers

    def as_json(self) -> dict[str, Any]:
        files = {content: [begun.by_line, dict(begun.first)] for content, begun in self._files.items()}
        return {"epoch": self.epoch, "next": dict(self._next), "files": files}
