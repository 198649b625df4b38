"""OData V4 as Business Central writes it: values, pages and errors. Knows the frame, not the meaning."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from integrations.erp import slices
from integrations.erp.fields import BadValueError
from mes.lib.sentences import gettext as _

NO_DATE = "0001-01-01"


def moment(text: str) -> datetime:
    """``2026-01-31T06:10:00.123Z`` in UTC. A time without zone is refused: the API always names one."""
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is None:
            raise ValueError(text)
        return found.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise BadValueError("not_a_time", _("“%s” is not a time with its zone.") % text[:40]) from error


def is_blank_date(text: str) -> bool:
    """Business Central writes an empty date as the first day of our era."""
    return not text or text.startswith(NO_DATE)


def moment_text(at: datetime) -> str:
    """For ``$filter`` and for fields: milliseconds, UTC."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03}Z"


def literal(value: str) -> str:
    """A text inside ``$filter``. Identities and times stand there without quotes."""
    return "'" + value.replace("'", "''") + "'"


def read_listing(body: bytes) -> slices.Listing:
    """``{"value": [...], "@odata.nextLink": …}``, each object with its own bytes. Raises PartnerError."""
    return slices.read_listing(body, inside=(), items="value", link="@odata.nextLink")


def read_entity(body: bytes) -> dict[str, Any]:
    return slices.read_object(body)


def objects(values: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """The objects that were asked for with this one."""
    found = values.get(name)
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


@dataclass(frozen=True, slots=True)
class Fault:
    code: str
    sentence: str


def read_fault(body: bytes) -> Fault:
    """From an error's body; empty when it is none. The number of the call, which only support reads, is cut
    off. Never raises."""
    error = slices.error_in(body)
    sentence = str(error.get("message") or "").partition("  CorrelationId")[0].strip()
    return Fault(str(error.get("code") or ""), sentence)
