"""Serializer fields that take a value as it is meant, or not at all: no "5" for 5, no 1 for true.

A quantity is a JSON number or a string in plain decimal notation; a time is ISO 8601 with an offset.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from mes.lib.errors import Problem

_PLAIN_NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,12})?")
_LONGEST_VALUE = 120


class Text(serializers.CharField):
    """A JSON string that can be stored as text."""

    default_error_messages = {
        "not_text": _("This must be a text."),
        "not_unicode": _("This text contains half a character."),
    }

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("not_text")
        if not data.isascii():
            try:
                data.encode()
            except UnicodeEncodeError:
                self.fail("not_unicode")
        return super().to_internal_value(data)


class Whole(serializers.IntegerField):
    default_error_messages = {"not_whole": _("This must be a whole number.")}

    def to_internal_value(self, data: Any) -> int:
        if not isinstance(data, int) or isinstance(data, bool):
            self.fail("not_whole")
        return data


class Truth(serializers.BooleanField):
    default_error_messages = {"not_truth": _("This must be true or false.")}

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("not_truth")
        return data


class Number(serializers.DecimalField):
    """A decimal number; more decimal places than the field has are refused, never rounded."""

    default_error_messages = {"not_a_number": _("This must be a number like 12.5.")}

    def to_internal_value(self, data: Any) -> Decimal:
        if isinstance(data, bool) or not isinstance(data, int | Decimal | str):
            self.fail("not_a_number")
        # 1e999999999 is a short text and a long number: only what is near 1 is written out.
        near = isinstance(data, Decimal) and data.is_finite() and abs(data.adjusted()) < 30
        text = f"{data:f}" if near else str(data)[:100]
        if not _PLAIN_NUMBER.fullmatch(text):
            self.fail("not_a_number")
        value = self.validate_precision(Decimal(text).normalize())
        return self.quantize(value)


class Quantity(Number):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=15, decimal_places=3, **kwargs)


class Price(Number):
    """Euros for one unit."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=14, decimal_places=4, min_value=0, **kwargs)


class Seconds(Number):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=12, decimal_places=3, **kwargs)


class Moment(serializers.DateTimeField):
    """ISO 8601 with an offset; UTC inside."""

    default_error_messages = {"not_a_time": _("This must be a time with offset like 2026-03-02T06:00:00Z.")}

    def to_internal_value(self, value: Any) -> datetime:
        try:
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is None:
                self.fail("not_a_time")
            return moment.astimezone(UTC)
        except (TypeError, ValueError, OverflowError):
            self.fail("not_a_time")


@extend_schema_field({"type": "object", "additionalProperties": {"type": "string"}})
class TextMap(serializers.DictField):
    """Names and texts."""

    child = Text(allow_blank=True, max_length=500, trim_whitespace=False)

    def to_internal_value(self, data: Any) -> dict[str, str]:
        if isinstance(data, Mapping):
            key = Text(max_length=80)
            for name in data:
                key.run_validation(name)
        checked: dict[str, str] = super().to_internal_value(data)
        return checked


class StrictSerializer(serializers.Serializer[Any]):
    """Refuses fields that it doesn't know."""

    default_error_messages = {
        "invalid": _("This must be an object."),
        "unknown_field": _("There is no such field."),
    }

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """As in DRF, for fields whose source is their own name; what may be left out and is costs nothing."""
        if not isinstance(data, Mapping):
            self.fail("invalid")
        errors: dict[str, Any] = {}
        values: dict[str, Any] = {}
        for name, check, may_be_missing in self._checks:
            if may_be_missing and name not in data:
                continue
            try:
                values[name] = check(data.get(name, serializers.empty))
            except ValidationError as error:
                errors[name] = error.detail
            except serializers.SkipField:
                pass
        for name in data:
            if name not in self.fields:
                message = str(self.error_messages["unknown_field"])
                errors[str(name)[:80]] = [serializers.ErrorDetail(message, "unknown_field")]
        if errors:
            raise ValidationError(errors)
        return values

    @cached_property
    def _checks(self) -> list[tuple[str, Callable[[Any], Any], bool]]:
        """Each field's name, its whole check, and whether it may be left out without a trace."""

        def whole(field: Any) -> Callable[[Any], Any]:
            more = getattr(self, f"validate_{field.field_name}", None)
            if more is None:
                return field.run_validation  # type: ignore[no-any-return]
            return lambda value: more(field.run_validation(value))

        return [
            (str(field.field_name), whole(field), not field.required and field.default is serializers.empty)
            for field in self._writable_fields
        ]


def problems_of(error: ValidationError, data: Any, *, row: int | None = None) -> Iterator[Problem]:
    """Each thing wrong with ``data`` as a problem that names its field, e.g. ``operations[1].number``."""
    yield from _walk(error.detail, data, "", row)


def _walk(detail: Any, data: Any, path: str, row: int | None) -> Iterator[Problem]:
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            if name == "non_field_errors":
                yield from _walk(inner, data, path, row)
            elif isinstance(name, int):
                yield from _walk(inner, _part(data, name), f"{path}[{name}]", row)
            else:
                yield from _walk(inner, _part(data, name), f"{path}.{name}" if path else name, row)
    elif isinstance(detail, list | tuple):
        for index, inner in enumerate(detail):
            if isinstance(inner, Mapping):
                yield from _walk(inner, _part(data, index), f"{path}[{index}]", row)
            else:
                yield from _walk(inner, data, path, row)
    else:
        code = getattr(detail, "code", "invalid")
        shown = "" if data is None or isinstance(data, Mapping | list) else str(data)[:_LONGEST_VALUE]
        value = shown.encode(errors="replace").decode()
        yield Problem(code, str(detail), path, row, value)


def _part(data: Any, name: Any) -> Any:
    try:
        return data[name]
    except (KeyError, IndexError, TypeError):
        return None
