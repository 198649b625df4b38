"""Taking typed values out of anything that has fields by name, noting every value that is wrong."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

from mes.lib.sentences import gettext as _

T = TypeVar("T")


class BadValueError(ValueError):
    """A value that cannot be what the field says. Carries the code and a sentence for people."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def exact(text: str) -> Decimal:
    """A number of a JSON text, as its ``parse_float``. Raises ValueError for an exponent that is out of all
    bounds, as JSON's readers expect it."""
    try:
        return Decimal(text)
    except ArithmeticError as error:
        raise ValueError(f"{text[:40]} is out of bounds") from error


class Fields(ABC):
    """A view of one object, segment or line: asks for a field by name, remembers which were asked for."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    @abstractmethod
    def text(self, name: str, *, longest: int = 255) -> str | None:
        """``None`` when the sender did not send the field."""

    @abstractmethod
    def note(self, name: str, bad: BadValueError) -> None:
        """Remember what is wrong with a field, with its place."""

    def some(self, *names: str, longest: int = 255) -> str | None:
        """The first of these fields that is not blank; ``None`` when all are."""
        found = [self.text(name, longest=longest) for name in names]
        return next((text for text in found if text), None)

    def required(self, name: str, *, longest: int = 40) -> str:
        text = self.text(name, longest=longest)
        if not text:
            self.note(name, BadValueError("required", _("The field %s is missing.") % name))
            return ""
        return text

    def read(self, name: str, convert: Callable[[str], T]) -> T | None:
        """The field as ``convert`` reads it; ``None`` when it is blank, or wrong and noted."""
        text = self.text(name)
        if not text:
            return None
        try:
            return convert(text)
        except BadValueError as bad:
            self.note(name, bad)
            return None


def too_long(longest: int) -> BadValueError:
    return BadValueError("too_long", _("The text is longer than %d characters.") % longest)
