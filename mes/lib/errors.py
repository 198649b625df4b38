"""Errors that people and machines can act on: a code, a sentence, and where it applies."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mes.lib.sentences import Sentence, gettext_noop, joined, parts_of

ROW = gettext_noop("row %d")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one place of an input.

    ``row`` counts from 1 as a person would count lines or list entries; ``field`` is the name the
    sender used (a column, an XML path, a JSON key).
    """

    code: str
    message: str
    field: str = ""
    row: int | None = None
    value: str = ""

    def as_json(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "message": str(self.message),
            "field": self.field,
            "row": self.row,
            "value": self.value,
        }

    def to_keep(self) -> dict[str, Any]:
        """As JSON for our own tables: the sentence can be said in another language later."""
        parts = parts_of(self.message)
        return {**self.as_json(), "sentence": parts} if parts else self.as_json()

    def __str__(self) -> str:
        row = Sentence(ROW, ROW) % self.row if self.row is not None else ""
        where = joined(", ", [part for part in (row, self.field) if part])
        return joined(": ", [part for part in (where, self.message) if part])


class MesError(Exception):
    """A refusal with a stable code. ``status`` is the HTTP answer that fits it."""

    status = 422

    def __init__(self, code: str, message: Any, *, field: str = "", **params: Any) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.field = field
        self.params = params

    @property
    def problems(self) -> list[Problem]:
        return [Problem(code=self.code, message=str(self.message), field=self.field)]

    def __str__(self) -> str:
        return str(self.message)


class Refused(MesError):
    """What was asked for may not happen now (state, hold, rule)."""

    status = 409


class NotAllowed(MesError):
    """The actor lacks the right."""

    status = 403


class KeyReused(MesError):
    """The same idempotency key came with another content."""

    status = 409


class InvalidInput(MesError):
    """Input with one or more problems; nothing of it was applied."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("invalid", joined("; ", [str(problem) for problem in problems]))
        self._problems = list(problems)

    @property
    def problems(self) -> list[Problem]:
        return self._problems
