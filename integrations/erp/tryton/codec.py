"""Tryton's JSON: an answer's result or error, and values that name their class (Decimal, date …)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from mes.lib.errors import InvalidInput, Problem
from mes.lib.sentences import gettext as _

LARGEST = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class ErpError:
    """What Tryton answers instead of a result. ``kind`` is its exception's name; ``said`` its words."""

    kind: str
    said: str
    name: str = ""


def write_call(method: str, parameters: Sequence[Any]) -> bytes:
    """The body of one call. The number of the call is always the same, so that equal answers are equal."""
    call = {"id": 0, "method": method, "params": list(parameters)}
    return json.dumps(call, default=_typed, ensure_ascii=False, separators=(",", ":")).encode()


def read_answer(body: bytes) -> Any:
    """The result of an answer, its typed values as Python's; an :class:`ErpError` where it says one.

    Datetimes are aware, in UTC. Raises ``InvalidInput`` when the bytes are no answer.
    """
    if len(body) > LARGEST:
        raise _refusal("too_large", _("The answer has %d bytes.") % len(body))
    try:
        answer = json.loads(body, object_hook=_python)
    except (ValueError, ArithmeticError, TypeError, KeyError, RecursionError) as error:
        reason = _("This is not an answer of Tryton (%s).") % (str(error)[:100] or type(error).__name__)
        raise _refusal("broken_json", reason) from error
    if not isinstance(answer, dict) or not {"result", "error"} & set(answer):
        raise _refusal("broken_json", _("This is not an answer of Tryton (%s).") % _("no result"))
    return _error(answer["error"]) if answer.get("error") else answer.get("result")


def _error(said: Any) -> ErpError:
    """``["UserError", [message, description, domain]]``; a warning has its name before the message."""
    parts = said if isinstance(said, list) else [said]
    kind = str(parts[0]) if parts else ""
    words = parts[1] if len(parts) > 1 else ""
    texts = [str(word) for word in words if isinstance(word, str)] if isinstance(words, list) else []
    if kind == "UserWarning" and texts:
        return ErpError(kind, ". ".join(filter(None, texts[1:])), name=texts[0])
    if kind in ("UserError", "ConcurrencyException", "LoginException"):
        return ErpError(kind, " ".join(filter(None, texts)) or str(words))
    return ErpError("", kind)


def _refusal(code: str, message: str) -> InvalidInput:
    return InvalidInput([Problem(code, message)])


def _typed(value: Any) -> Any:
    if isinstance(value, Decimal):
        return {"__class__": "Decimal", "decimal": str(value)}
    if isinstance(value, timedelta):
        return {"__class__": "timedelta", "seconds": value.total_seconds()}
    if isinstance(value, datetime):
        utc = value.astimezone(UTC)
        parts = ("year", "month", "day", "hour", "minute", "second", "microsecond")
        return {"__class__": "datetime", **{part: getattr(utc, part) for part in parts}}
    raise TypeError(type(value).__name__)


def _datetime(found: Mapping[str, Any]) -> datetime:
    return datetime(
        found["year"],
        found["month"],
        found["day"],
        found["hour"],
        found["minute"],
        found["second"],
        found["microsecond"],
        UTC,
    )


_READERS: Mapping[str, Callable[[Mapping[str, Any]], Any]] = {
    "Decimal": lambda found: Decimal(found["decimal"]),
    "date": lambda found: date(found["year"], found["month"], found["day"]),
    "datetime": _datetime,
    "timedelta": lambda found: timedelta(seconds=found["seconds"]),
}


def _python(found: dict[str, Any]) -> Any:
    reader = _READERS.get(str(found.get("__class__", "")))
    return found if reader is None else reader(found)
