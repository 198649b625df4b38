"""Converters: how a text of the partner becomes a value, and a value the partner's text.

A field's converters are written one after the other: ``strip_zeros | pad 8 0``, ``table status``,
``date TT.MM.JJ hh:mm``. Whatever their order, texts are changed first, then the text is read by the kind of
the field, then numbers are calculated. Blanks around a value never count.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy

from integrations.erp.files.values import (
    FORMULA_START,
    LIMIT,
    THREE_PLACES,
    BadCellError,
    moment,
    number,
    plain_text,
    truth,
)
from integrations.erp.mapped import tables
from integrations.erp.units import UNITS
from mes.lib.sentences import gettext as _

SECONDS_PER = {"s": Decimal(1), "min": Decimal(60), "h": Decimal(3600), "d": Decimal(86400)}
CLOCK = re.compile(r"([0-9]{1,5}):([0-5][0-9])(?::([0-5][0-9]))?")
MOST_STEPS = 12
LONGEST_TEXT = 10_000


class Exact(str):
    """A text that the file itself said is a number or a date: the profile's signs don't apply to it."""

    __slots__ = ()


class BadStepError(ValueError):
    """A converter that doesn't exist or has wrong values."""


@dataclass(frozen=True, slots=True)
class StepKind:
    """``shape``: what follows the name, a letter each: n number, d decimal, t text; capitals: optional."""

    shape: str
    help: Any
    example: str
    outward: bool | None = None


STEPS: Mapping[str, StepKind] = {
    "strip_zeros": StepKind("", gettext_lazy("without leading zeros"), "strip_zeros"),
    "pad": StepKind("nT", gettext_lazy("filled up on the left to a length"), "pad 8 0"),
    "pad_right": StepKind("nT", gettext_lazy("filled up on the right to a length"), "pad_right 8"),
    "part": StepKind("nt", gettext_lazy("one part between separators, counted from 1"), "part 2 -"),
    "cut": StepKind("nn", gettext_lazy("from a place on, so many characters"), "cut 3 4"),
    "first": StepKind("n", gettext_lazy("only the first characters"), "first 5"),
    "last": StepKind("n", gettext_lazy("only the last characters"), "last 3"),
    "upper": StepKind("", gettext_lazy("in capitals"), "upper"),
    "lower": StepKind("", gettext_lazy("in small letters"), "lower"),
    "replace": StepKind("tT", gettext_lazy("one text for another"), "replace / -"),
    "table": StepKind("t", gettext_lazy("by a value table of this mapping"), "table status"),
    "default": StepKind("t", gettext_lazy("this value when there is none"), "default 10"),
    "date": StepKind("t", gettext_lazy("date and time in this pattern"), "date 'TT.MM.JJ hh:mm'"),
    "zone": StepKind("t", gettext_lazy("times are of this zone"), "zone Europe/Berlin"),
    "in": StepKind("t", gettext_lazy("a time in s, min, h or d"), "in min"),
    "times": StepKind("d", gettext_lazy("multiplied"), "times 1000"),
    "divide": StepKind("d", gettext_lazy("divided"), "divide 100"),
    "round": StepKind("n", gettext_lazy("rounded to so many decimals"), "round 3"),
    "decimal": StepKind("t", gettext_lazy("the decimal sign of this field"), "decimal ,"),
    "implied": StepKind("n", gettext_lazy("the last digits are decimals"), "implied 2", outward=False),
    "list": StepKind("t", gettext_lazy("several values with this separator"), "list ,", outward=False),
    "empty": StepKind("t", gettext_lazy("empty clears, or leaves unchanged"), "empty clears", outward=False),
    "required": StepKind("", gettext_lazy("may not be empty"), "required"),
    "decimals": StepKind("n", gettext_lazy("written with so many decimals"), "decimals 2", outward=True),
    "trailing_minus": StepKind("", gettext_lazy("the minus behind the number"), "trailing_minus", True),
    "reverse_sign": StepKind("", gettext_lazy("negative in a reversal"), "reverse_sign", outward=True),
    "yes_no": StepKind("tT", gettext_lazy("the words for yes and no"), "yes_no X ''", outward=True),
}


@dataclass(frozen=True, slots=True)
class Step:
    name: str
    arguments: tuple[str, ...] = ()

    @property
    def whole(self) -> int:
        return int(self.arguments[0])

    @property
    def decimal(self) -> Decimal:
        return Decimal(self.arguments[0])


@dataclass(frozen=True, slots=True)
class ValueTable:
    """Texts of the partner -> ours. Without ``default`` a text that isn't in it is refused."""

    values: Mapping[str, str]
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Profile:
    """What holds for all values of a file unless a field says otherwise. ``decimal`` and ``date`` empty:
    what can be read in one way only is read, anything else refused."""

    zone: tzinfo = UTC
    decimal: str = ""
    date: str = ""
    empty_clears: bool = False
    units: Mapping[str, str] = field(default_factory=lambda: UNITS)
    tables: Mapping[str, ValueTable] = field(default_factory=dict)


def steps(text: str) -> tuple[str, ...]:
    """The converters of a line ``a | b``; a ``|`` in quotes belongs to the value."""
    found = re.findall(r"(?:[^|'\"]|'[^']*'|\"[^\"]*\"|['\"])+", text)
    return tuple(one.strip() for one in found if one.strip())


def step(text: str, *, outward: bool = False) -> Step:
    """One converter as it is written. Raises BadStepError."""
    reader = shlex.shlex(text, posix=True, punctuation_chars=False)
    reader.whitespace_split, reader.commenters, reader.escape = True, "", ""
    try:
        name, *arguments = list(reader)
    except ValueError:
        raise BadStepError(_("“%s” is no converter.") % text[:60]) from None
    kind = STEPS.get(name)
    if kind is None or kind.outward is (not outward):
        raise BadStepError(_("There is no converter “%s” here.") % name[:40])
    if name == "date" and arguments:
        arguments = [" ".join(arguments)]
    least = sum(sign.islower() for sign in kind.shape)
    if not least <= len(arguments) <= len(kind.shape) or any(len(one) > 100 for one in arguments):
        raise BadStepError(_("Write it like this: %s") % kind.example)
    made = Step(name, tuple(arguments))
    for sign, argument in zip(kind.shape.lower(), arguments, strict=False):
        _check_argument(made, sign, argument, kind)
    return made


def _check_argument(made: Step, sign: str, argument: str, kind: StepKind) -> None:
    wrong = BadStepError(_("Write it like this: %s") % kind.example)
    if sign == "n" and not re.fullmatch("[0-9]{1,3}", argument):
        raise wrong
    if sign == "n" and made.name in ("implied", "round", "decimals") and int(argument) > 9:
        raise wrong
    if sign == "d" and (not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", argument) or not Decimal(argument)):
        raise wrong
    allowed = {
        "in": tuple(SECONDS_PER),
        "decimal": (",", "."),
        "empty": ("clears", "unchanged"),
    }.get(made.name)
    if allowed and argument not in allowed:
        raise wrong
    if made.name == "date":
        pattern(argument)
    if made.name == "zone":
        zone(argument)
    if made.name in ("part", "list") and sign == "t" and not argument:
        raise wrong


def zone(name: str) -> tzinfo:
    """Raises BadStepError for an unknown one."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        raise BadStepError(_("“%s” is no time zone.") % name[:40]) from None


# --- Dates by pattern

_TOKENS = {
    "JJJJ": ("year", 4), "YYYY": ("year", 4), "JJ": ("year", 2), "YY": ("year", 2),
    "MM": ("month", 2), "TT": ("day", 2), "DD": ("day", 2),
    "hh": ("hour", 2), "HH": ("hour", 2), "mm": ("minute", 2), "ss": ("second", 2),
    "dec": ("decimal", 0),
}  # fmt: skip
_TOKEN = re.compile("|".join(_TOKENS))
_TIME_TOKENS = ("hour", "minute", "second", "decimal")


@dataclass(frozen=True, slots=True)
class Pattern:
    """``pieces``: (meaning, width) of a part, or ("", literal)."""

    pieces: tuple[tuple[str, Any], ...]
    shape: re.Pattern[str]

    @property
    def has_time(self) -> bool:
        return any(meaning in _TIME_TOKENS for meaning, _width in self.pieces)


@lru_cache(maxsize=200)
def pattern(text: str) -> Pattern:
    """A date pattern: TT/DD, MM, JJ(JJ)/YY(YY), hh, mm, ss, ``dec`` for hours as a decimal number.
    Raises BadStepError unless it has day, month and year, each part once."""
    pieces: list[tuple[str, Any]] = []
    place = 0
    for token in _TOKEN.finditer(text):
        if token.start() > place:
            pieces.append(("", text[place : token.start()]))
        pieces.append(_TOKENS[token[0]])
        place = token.end()
    if place < len(text):
        pieces.append(("", text[place:]))
    names = [meaning for meaning, _width in pieces if meaning]
    if not {"year", "month", "day"} <= set(names) or len(set(names)) < len(names):
        raise BadStepError(_("“%s” is no date pattern; write for example TT.MM.JJJJ hh:mm.") % text[:40])
    return Pattern(tuple(pieces), re.compile(_regex(pieces)))


def _regex(pieces: Sequence[tuple[str, Any]]) -> str:
    """Parts may have one digit where separators stand around them; a missing time is midnight."""
    made, opened = "", False
    for place, (meaning, width) in enumerate(pieces):
        if meaning in _TIME_TOKENS and not opened:
            made, opened = made + "(?:", True
        before = place == 0 or not pieces[place - 1][0]
        after = place == len(pieces) - 1 or not pieces[place + 1][0]
        if not meaning:
            made += r"\s*" if not width.strip() else re.escape(width)
        elif meaning == "decimal":
            made += r"(?P<decimal>[0-9]{1,2}(?:[.,][0-9]{1,6})?)"
        elif meaning == "year":
            made += f"(?P<year>[0-9]{{{width}}})"
        else:
            made += f"(?P<{meaning}>[0-9]{{{1 if before and after else 2},2}})"
    return made + (")?" if opened else "")


def read_moment(text: str, written: str, of: tzinfo) -> datetime | None:
    """Aware UTC; None for a date of zeros only. Raises BadCellError."""
    if not text.strip("0./:- "):
        return None
    if isinstance(text, Exact) or not written:
        return moment(text, of)
    found = pattern(written).shape.fullmatch(text.strip())
    try:
        if found is None:
            raise ValueError(text)
        parts = {name: value for name, value in found.groupdict().items() if value is not None}
        year = int(parts["year"])
        day = date(year + 2000 if len(parts["year"]) == 2 else year, int(parts["month"]), int(parts["day"]))
        passed = _since_midnight(parts)
        local = datetime.combine(day + timedelta(days=passed.days), time.min) + timedelta(
            seconds=passed.seconds
        )
        return local.replace(tzinfo=of).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        message = _("“%(value)s” is no date in the pattern %(pattern)s.")
        raise BadCellError("not_a_date", message % {"value": text[:40], "pattern": written}) from error


def _since_midnight(parts: Mapping[str, str]) -> timedelta:
    """At most 24:00. Raises ValueError."""
    if "decimal" in parts:
        seconds = Decimal(parts["decimal"].replace(",", ".")) * 3600
    else:
        hour, minute, second = (int(parts.get(name, 0)) for name in ("hour", "minute", "second"))
        if minute > 59 or second > 59:
            raise ValueError(parts)
        seconds = Decimal(hour * 3600 + minute * 60 + second)
    if seconds > 86400:
        raise ValueError(parts)
    return timedelta(seconds=int(seconds))


def write_moment(value: datetime, written: str, of: tzinfo) -> str:
    local = value.astimezone(of)
    if not written:
        return local.isoformat(timespec="seconds")
    hours = Decimal(local.hour * 3600 + local.minute * 60 + local.second) / 3600
    parts = {
        "year": local.year, "month": local.month, "day": local.day,
        "hour": local.hour, "minute": local.minute, "second": local.second,
    }  # fmt: skip
    text = ""
    for meaning, width in pattern(written).pieces:
        if not meaning:
            text += width
        elif meaning == "decimal":
            text += f"{hours:.2f}"
        else:
            text += f"{parts[meaning] % 10**width:0{width}d}"
    return text


# --- Reading


Convert = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Converter:
    """The converters of one field, ready to run."""

    steps: tuple[Step, ...]
    field: tables.Field
    profile: Profile

    def read(self, text: str | None) -> Any:
        """None: the partner says nothing about it. Raises BadCellError."""
        text = self._changed(text)
        if text is None:
            self._refuse_missing()
            return None
        if not text:
            self._refuse_missing()
            clears = self._says("empty", "clears" if self.profile.empty_clears else "unchanged") == "clears"
            return "" if clears and self.field.kind == tables.TEXT else None
        return self._read(text)

    def _says(self, name: str, otherwise: str) -> str:
        return next((step.arguments[0] for step in self.steps if step.name == name), otherwise)

    def _refuse_missing(self) -> None:
        if any(step.name == "required" for step in self.steps):
            raise BadCellError("required", _("A value is missing here."))

    def _changed(self, text: str | None) -> str | None:
        if text is not None and not isinstance(text, Exact):
            text = text.strip()
        if not text:
            text = self._says("default", text or "") or text
        if not text:
            return text
        return changed(text, self.steps, self.profile.tables)

    def _read(self, text: str) -> Any:
        match self.field.kind:
            case tables.AMOUNT:
                return _amount(self._number(text), text)
            case tables.NUMBER:
                return self._number(text)
            case tables.SECONDS:
                return self._seconds(text)
            case tables.WHOLE:
                value = self._number(text)
                if value != value.to_integral_value() or not 0 <= value <= 99999:
                    message = _("“%s” is not a whole number from 0 to 99999.") % text[:40]
                    raise BadCellError("not_a_number", message)
                return int(value)
            case tables.TRUTH:
                return truth(text)
            case tables.MOMENT:
                return read_moment(text, self._says("date", self.profile.date), self._zone())
            case tables.UNIT:
                return self._unit(text)
            case tables.CHOICE:
                return self._choice(text)
            case tables.LIST:
                parts = text.split(self._says("list", "|"))
                return tuple(part.strip() for part in parts if part.strip())
        plain = plain_text(text)
        if len(plain) > self.field.length:
            raise BadCellError("too_long", _("The text is longer than %d characters.") % self.field.length)
        return plain

    def _zone(self) -> tzinfo:
        named = self._says("zone", "")
        return zone(named) if named else self.profile.zone

    def _number(self, text: str) -> Decimal:
        decimal = "." if isinstance(text, Exact) else self._says("decimal", self.profile.decimal)
        implied = int(self._says("implied", "0"))
        if implied and not re.fullmatch(r"[+-]?[0-9]{1,30}[+-]?", text):
            raise BadCellError("not_a_number", _("“%s” is not a row of digits.") % text[:40])
        return calculated(number(text.removesuffix("+"), decimal).scaleb(-implied), self.steps)

    def _seconds(self, text: str) -> Decimal:
        clock = CLOCK.fullmatch(text)
        if clock is not None:
            value = Decimal(int(clock[1]) * 3600 + int(clock[2]) * 60 + int(clock[3] or 0))
            value = calculated(value, self.steps)
        else:
            value = self._number(text) * SECONDS_PER[self._says("in", "s")]
        return _amount(value.quantize(THREE_PLACES), text)

    def _unit(self, text: str) -> str:
        unit = self.profile.units.get(text.upper())
        if unit is None:
            message = _("The unit “%s” is not in the table of units of this mapping.") % text[:40]
            raise BadCellError("unknown_unit", message)
        return unit

    def _choice(self, text: str) -> str:
        found = next((one for one in self.field.choices if one.lower() == text.lower()), None)
        if found is None:
            message = _("“%(value)s” is none of: %(choices)s. A value table can translate it.")
            told = {"value": text[:40], "choices": ", ".join(self.field.choices)}
            raise BadCellError("not_allowed", message % told)
        return found


def _amount(value: Decimal, text: str) -> Decimal:
    if value < 0:
        raise BadCellError("negative", _("A negative amount (%s) is not accepted.") % text[:40])
    if value != value.quantize(THREE_PLACES):
        raise BadCellError("too_precise", _("“%s” has more than three decimals.") % text[:40])
    return value.quantize(THREE_PLACES)


def calculated(value: Decimal, chain: Sequence[Step]) -> Decimal:
    """Raises BadCellError when it grows too large."""
    for one in chain:
        match one.name:
            case "times":
                value *= one.decimal
            case "divide":
                value /= one.decimal
            case "round":
                value = value.quantize(Decimal(1).scaleb(-one.whole), ROUND_HALF_UP)
        if abs(value) >= LIMIT:
            raise BadCellError("too_large", _("The value becomes too large."))
    return value


def changed(text: str, chain: Sequence[Step], found: Mapping[str, ValueTable]) -> str:
    """The text after the text converters. Raises BadCellError."""
    for one in chain:
        arguments = one.arguments
        match one.name:
            case "strip_zeros":
                text = text.lstrip("0") or ("0" if text else "")
            case "pad":
                text = text.rjust(one.whole, (arguments[1:] or (" ",))[0][:1] or " ")
            case "pad_right":
                text = text.ljust(one.whole, (arguments[1:] or (" ",))[0][:1] or " ")
            case "part":
                parts = text.split(arguments[1])
                text = parts[one.whole - 1].strip() if 0 < one.whole <= len(parts) else ""
            case "cut":
                text = text[max(one.whole - 1, 0) :][: int(arguments[1])].strip()
            case "first":
                text = text[: one.whole].strip()
            case "last":
                text = text[-one.whole :].strip() if one.whole else ""
            case "upper":
                text = text.upper()
            case "lower":
                text = text.lower()
            case "replace":
                text = text.replace(arguments[0], arguments[1] if len(arguments) > 1 else "")
            case "table":
                text = _looked_up(text, found[arguments[0]])
        if len(text) > LONGEST_TEXT:
            raise BadCellError("too_long", _("The text is longer than %d characters.") % LONGEST_TEXT)
    return text


def _looked_up(text: str, table: ValueTable) -> str:
    value = table.values.get(text, table.default)
    if value is None:
        raise BadCellError("unknown_value", _("“%s” is not in the value table.") % text[:40])
    return value


# --- Writing


@dataclass(frozen=True, slots=True)
class Writer:
    """The converters of one field on its way out."""

    steps: tuple[Step, ...]
    profile: Profile

    def write(self, value: Any, kind: str, *, reversal: bool = False) -> tuple[str, bool]:
        """The text, and whether it is a number. Raises BadCellError."""
        if value is None:
            text, numeric = "", False
        elif kind in (tables.NUMBER, tables.SECONDS) and not isinstance(value, str):
            text, numeric = self._number(Decimal(value), kind, reversal), True
        elif kind == tables.TRUTH:
            yes, no = [*self._arguments("yes_no"), "1", "0"][:2] if self._arguments("yes_no") else ("1", "0")
            if len(self._arguments("yes_no")) == 1:
                no = ""
            text, numeric = (yes if value else no), False
        elif kind == tables.MOMENT:
            named = self._arguments("zone")
            of = zone(named[0]) if named else self.profile.zone
            text = write_moment(value, (self._arguments("date") or (self.profile.date,))[0], of)
            numeric = False
        else:
            text, numeric = str(value), False
        text = text or (self._arguments("default") or ("",))[0]
        if not text and any(one.name == "required" for one in self.steps):
            raise BadCellError("required", _("A value is missing here."))
        made = changed(text, self.steps, self.profile.tables) if text else text
        if not text:
            made = changed(text, [one for one in self.steps if one.name in ("pad", "pad_right")], {})
        return made, numeric

    def _arguments(self, name: str) -> tuple[str, ...]:
        return next((one.arguments for one in self.steps if one.name == name), ())

    def _number(self, value: Decimal, kind: str, reversal: bool) -> str:
        if kind == tables.SECONDS:
            value /= SECONDS_PER[(self._arguments("in") or ("s",))[0]]
        value = calculated(value, self.steps)
        if reversal and self._arguments("reverse_sign") == () and self._has("reverse_sign"):
            value = -value
        decimals = self._arguments("decimals")
        try:
            value = value.quantize(Decimal(1).scaleb(-int(decimals[0]) if decimals else -3), ROUND_HALF_UP)
        except InvalidOperation:
            raise BadCellError("too_large", _("The value becomes too large.")) from None
        text = f"{abs(value):f}" if decimals else f"{abs(value).normalize():f}"
        text = text.replace(".", (self._arguments("decimal") or (self.profile.decimal or ".",))[0])
        if value >= 0:
            return text
        return f"{text}-" if self._has("trailing_minus") else f"-{text}"

    def _has(self, name: str) -> bool:
        return any(one.name == name for one in self.steps)


def without_formula(text: str, *, numeric: bool) -> str:
    """A cell that a spreadsheet won't run; a number with its minus stays one."""
    return text if numeric or not text.startswith((*FORMULA_START, "'")) else f"'{text}"


def with_zone(profile: Profile, of: tzinfo) -> Profile:
    return replace(profile, zone=of)
