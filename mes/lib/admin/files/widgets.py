"""Cells: how each kind of value is written in a file, and read back as people and Excel write it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _
from import_export.fields import Field
from import_export.widgets import ManyToManyWidget, Widget

FORMULA_START = ("=", "+", "-", "@", "\t", "\r")
YES = frozenset({"1", "yes", "y", "true", "x", "ja", "j", "wahr"})
NO = frozenset({"0", "no", "n", "false", "nein", "falsch"})
FEW = 12
"""Codes that an error still lists."""

Row = Mapping[str, Any]


def plain(value: Any) -> str:
    """A cell as text. Excel's whole numbers come as floats: 10.0 is "10"."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()


class TextCell(Widget):  # type: ignore[misc]
    """Text. What a spreadsheet would take for a formula is written with an apostrophe in front of it."""

    def clean(self, value: Any, row: Row | None = None, **kwargs: Any) -> Any:
        text = plain(value)
        return text[1:] if text[:1] == "'" and text[1:].startswith(FORMULA_START) else text

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        text = "" if value is None else str(value)
        return f"'{text}" if text.startswith(FORMULA_START) else text


class NumberCell(Widget):  # type: ignore[misc]
    """A number with a decimal point or comma; no thousands separators, because "1.234" could mean both."""

    def clean(self, value: Any, row: Row | None = None, **kwargs: Any) -> Decimal | None:
        text = plain(value)
        if not text:
            return None
        if "," in text and "." not in text and text.count(",") == 1:
            text = text.replace(",", ".")
        try:
            number = Decimal(text)
        except InvalidOperation:
            raise ValueError(_("“%s” is not a number.") % text) from None
        if not number.is_finite():
            raise ValueError(_("“%s” is not a number.") % text)
        return number

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        if value is None:
            return ""
        text = f"{Decimal(value):f}"
        return text.rstrip("0").rstrip(".") if "." in text else text


class WholeCell(NumberCell):
    def clean(self, value: Any, row: Row | None = None, **kwargs: Any) -> int | None:  # type: ignore[override]
        number = super().clean(value, row, **kwargs)
        if number is None:
            return None
        if number != int(number):
            raise ValueError(_("“%s” is not a whole number.") % plain(value))
        return int(number)


class YesNoCell(Widget):  # type: ignore[misc]
    def clean(self, value: Any, row: Row | None = None, **kwargs: Any) -> bool | None:
        text = plain(value).lower()
        if not text:
            return None
        if text in YES:
            return True
        if text in NO:
            return False
        raise ValueError(_("“%s” is neither yes nor no.") % plain(value))

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "yes" if value else "no"


class ChoiceCell(TextCell):
    """One of a fixed vocabulary, by its code."""

    def __init__(self, choices: Iterable[tuple[Any, Any]]) -> None:
        super().__init__()
        self.codes = {str(code).lower(): code for code, _label in choices}

    def clean(self, value: Any, row: Row | None = None, **kwargs: Any) -> Any:
        text = super().clean(value, row, **kwargs)
        if not text and "" not in self.codes:
            return None
        if text.lower() not in self.codes:
            known = ", ".join(str(code) for code in self.codes.values() if code != "")
            raise ValueError(_("“%(value)s” is not one of %(known)s.") % {"value": text, "known": known})
        return self.codes[text.lower()]


class TimeCell(Widget):  # type: ignore[misc]
    """A time of day: 6:00, 06:00:30. 24:00 is the end of the day, 00:00."""

    def clean(self, value: Any, row: Row | None = None, **kwargs: Any) -> time | None:
        if isinstance(value, datetime):
            return value.time()
        if isinstance(value, time):
            return value
        text = plain(value)
        if not text:
            return None
        found = re.fullmatch(r"(\d{1,2}):(\d{2})(?::(\d{2}))?", text)
        if found:
            hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
            if (hour, minute, second) == (24, 0, 0):
                return time(0)
            if hour < 24 and minute < 60 and second < 60:
                return time(hour, minute, second)
        raise ValueError(_("“%s” is not a time like 06:00.") % text)

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        if value is None:
            return ""
        return f"{value:%H:%M:%S}" if value.second else f"{value:%H:%M}"


class MomentCell(Widget):  # type: ignore[misc]
    """Date and time in UTC, ISO 8601; a date alone means its beginning."""

    def clean(self, value: Any, row: Row | None = None, **kwargs: Any) -> datetime | None:
        if isinstance(value, datetime):
            return _aware(value)
        if isinstance(value, date):
            return _aware(datetime.combine(value, time()))
        text = plain(value)
        if not text:
            return None
        german = re.fullmatch(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(.*)", text)
        if german:
            text = f"{german[3]}-{int(german[2]):02}-{int(german[1]):02}{german[4]}"
        try:
            return _aware(datetime.fromisoformat(text))
        except ValueError:
            raise ValueError(_("“%s” is not a date like 2026-03-02 06:00.") % text) from None

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else value.astimezone(UTC).isoformat(sep=" ", timespec="minutes")


def _aware(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class ListCell(TextCell):
    """Several words, separated by commas."""

    def __init__(self, choices: Iterable[str] | None = None) -> None:
        super().__init__()
        self.choices = None if choices is None else list(choices)

    def clean(self, value: Any, row: Row | None = None, **kwargs: Any) -> list[str]:
        words = [word.strip() for word in super().clean(value, row, **kwargs).split(",") if word.strip()]
        for word in words:
            if self.choices is not None and word not in self.choices:
                known = ", ".join(self.choices)
                raise ValueError(_("“%(value)s” is not one of %(known)s.") % {"value": word, "known": known})
        return words

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return super().render(", ".join(value or []))


class JsonCell(TextCell):
    """A JSON object, or ``name=value; name=value``."""

    def clean(self, value: Any, row: Row | None = None, **kwargs: Any) -> dict[str, Any]:
        text = super().clean(value, row, **kwargs)
        if not text:
            return {}
        if text.startswith("{"):
            try:
                found = json.loads(text)
            except json.JSONDecodeError as error:
                raise ValueError(_("The JSON is broken: %s") % error) from None
            return dict(found)
        pairs = [pair.partition("=") for pair in text.split(";") if pair.strip()]
        if any(not name.strip() or not equals for name, equals, _value in pairs):
            raise ValueError(_("“%s” is not of the form name=value; name=value.") % text)
        return {name.strip(): value.strip() for name, _equals, value in pairs}

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        simple = value and all(
            isinstance(word, str) and not {"=", ";"} & set(f"{name}{word}") for name, word in value.items()
        )
        if simple:
            return super().render("; ".join(f"{name}={word}" for name, word in value.items()))
        return super().render(json.dumps(value, ensure_ascii=False) if value else "")


class CodeCell(TextCell):
    """A row of another table by its code. The table is read once per file."""

    def __init__(self, model: type[Model], *, by: str = "code") -> None:
        super().__init__()
        self.model = model
        self.by = by
        self._known: dict[Any, Model] | None = None

    def key(self, row: Row | None, code: str) -> Any:
        return code

    def key_of(self, found: Model) -> Any:
        return getattr(found, self.by)

    def known(self) -> dict[Any, Model]:
        if self._known is None:
            self._known = {self.key_of(found): found for found in self.model._default_manager.all()}
        return self._known

    def forget(self) -> None:
        self._known = None

    def clean(self, value: Any, row: Row | None = None, **kwargs: Any) -> Model | None:
        code = super().clean(value, row, **kwargs)
        if not code:
            return None
        found = self.known().get(self.key(row, code))
        if found is None:
            raise ValueError(self.not_found(row, code))
        return found

    def not_found(self, row: Row | None, code: str) -> str:
        what = self.model._meta.verbose_name
        missing = _("There is no %(what)s “%(code)s”.") % {"what": what, "code": code}
        if not 0 < len(self.known()) <= FEW:
            return missing
        return f"{missing} " + _("There are: %s.") % ", ".join(sorted(map(str, self.known())))

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return super().render(None if value is None else getattr(value, self.by))


class CodesCell(ManyToManyWidget):  # type: ignore[misc]
    """Several rows of another table by their codes, separated by commas."""

    def __init__(self, model: type[Model]) -> None:
        super().__init__(model, separator=", ", field="code")

    def clean(self, value: Any, row: Row | None = None, **kwargs: Any) -> list[Model]:
        codes = [code.strip() for code in plain(value).split(",") if code.strip()]
        found = {row.code: row for row in self.model._default_manager.filter(code__in=codes)}
        for code in codes:
            if code not in found:
                what = self.model._meta.verbose_name
                raise ValueError(_("There is no %(what)s “%(code)s”.") % {"what": what, "code": code})
        return list(found.values())


class InPlant(CodeCell):
    """Like ``CodeCell``, for codes that are unique in a plant only: it stands in the column ``plant``."""

    plant_column = "plant"

    def __init__(
        self, model: type[Model], *, plants: Callable[[], Mapping[Any, str]], by: str = "code"
    ) -> None:
        super().__init__(model, by=by)
        self.plants = plants
        self._plants: Mapping[Any, str] = {}

    def known(self) -> dict[Any, Model]:
        if self._known is None:
            self._plants = self.plants()
        return super().known()

    def key(self, row: Row | None, code: str) -> Any:
        return (plain((row or {}).get(self.plant_column)), code)

    def key_of(self, found: Model) -> Any:
        return (self._plants.get(found.plant_id), getattr(found, self.by))  # type: ignore[attr-defined]

    def not_found(self, row: Row | None, code: str) -> str:
        return _("There is no %(what)s “%(code)s” in plant “%(plant)s”.") % {
            "what": self.model._meta.verbose_name,
            "code": code,
            "plant": plain((row or {}).get(self.plant_column)),
        }


def column(attribute: str, cell: Widget, *, name: str | None = None) -> Field:
    """A column of the file: ``attribute`` of the model, under ``name`` (default: the same word)."""
    return Field(attribute=attribute, column_name=name or attribute, widget=cell)
