"""Sentences that are kept and read later, by somebody of another language.

``gettext`` gives what Django's gives, a text in the language that is active, and the text remembers what it
was made of. Whoever stores it stores :func:`parts_of` beside it; :func:`in_words` says it again in the
reader's language.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils import translation
from django.utils.functional import Promise, lazy

from mes.lib.templatetags import quantity

LONGEST_VALUE = 500


class Sentence(str):
    """A text of ours and what it was made of: its ``pattern``, the values in it, and of a number the pattern
    for many and the number. Cutting or joining it gives a plain text: join with :func:`joined`."""

    __slots__ = ("many", "pattern", "values")

    pattern: str
    values: Any
    many: tuple[str, int] | None

    def __new__(
        cls, text: str, pattern: str, values: Any = None, many: tuple[str, int] | None = None
    ) -> Sentence:
        made = super().__new__(cls, text)
        made.pattern, made.values, made.many = pattern, values, many
        return made

    def __str__(self) -> str:
        return self

    def __mod__(self, values: Any) -> Sentence:
        return Sentence(super().__mod__(values), self.pattern, values, self.many)

    def __reduce__(self) -> tuple[Any, ...]:
        return Sentence, (self + "", self.pattern, self.values, self.many)


class Amount(Decimal):
    """A quantity in a sentence: each reader gets it as the own language writes numbers."""

    def __str__(self) -> str:
        return quantity(Decimal(self))


def gettext(pattern: str) -> Sentence:
    return Sentence(translation.gettext(pattern), pattern)


def ngettext(one: str, many: str, count: int) -> Sentence:
    return Sentence(translation.ngettext(one, many, count), one, many=(many, count))


def gettext_noop(pattern: str) -> str:
    """Only marks it for translation. Django's wants settings, which gateways have none of."""
    return pattern


gettext_lazy = lazy(gettext, str)


def joined(separator: str, sentences: Sequence[str]) -> str:
    """Several sentences in one that still knows them."""
    if len(sentences) < 2:
        return sentences[0] if sentences else ""
    pattern = separator.replace("%", "%%").join(["%s"] * len(sentences))
    return Sentence(pattern, pattern) % tuple(sentences)


def parts_of(text: str) -> dict[str, Any] | None:
    """What a sentence was made of, to be stored as JSON; None for a text that isn't ours."""
    if not isinstance(text, Sentence):
        return None
    parts: dict[str, Any] = {"pattern": text.pattern}
    if text.many is not None:
        parts["many"] = list(text.many)
    if isinstance(text.values, Mapping):
        parts["values"] = {name: _value(value) for name, value in text.values.items()}
    elif text.values is not None:
        values = text.values if isinstance(text.values, tuple) else (text.values,)
        parts["values"] = [_value(value) for value in values]
    return parts


def _value(value: Any) -> Any:
    """PostgreSQL's JSON knows no NUL, and no number that isn't one. A label is kept untranslated."""
    if isinstance(value, int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if isinstance(value, Promise):
        with translation.override(None):
            return {"pattern": str(value)}
    if isinstance(value, Amount):
        return {"amount": f"{value:f}"}
    text = str(value)
    return parts_of(text) or text[:LONGEST_VALUE].replace("\x00", "�")


def in_words(parts: Mapping[str, Any] | None, text: str) -> str:
    """A kept sentence in the language that is active. ``text`` is how it was written then: the answer where
    nothing more is known of it, unless it is one of ours without values."""
    if not parts:
        return _said(text)
    try:
        pattern = parts["pattern"]
        said = translation.ngettext(pattern, *parts["many"]) if "many" in parts else _said(pattern)
        match parts.get("values"):
            case None:
                return said
            case dict(named):
                return said % {name: _nested(value) for name, value in named.items()}
            case values:
                return said % tuple(_nested(value) for value in values)
    except (KeyError, TypeError, ValueError):  # the sentence has been worded anew since
        return text


def _said(pattern: str) -> str:
    """Nothing is no pattern: gettext would give the catalogue's head."""
    return translation.gettext(pattern) if pattern else ""


def _nested(value: Any) -> Any:
    match value:
        case {"amount": amount}:
            return quantity(Decimal(amount))
        case dict():
            return in_words(value, "")
    return value
