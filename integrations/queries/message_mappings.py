"""Message mappings: what is in force, and how versions differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Q, QuerySet

from integrations.models import Connection, MessageMapping, MessageMappingVersion


def version_in_force(connection: Connection) -> MessageMappingVersion | None:
    """The published version by which the connection's messages are read."""
    return connection.mapping.published if connection.mapping else None


def mapping_settings(connection: Connection, version: MessageMappingVersion | None = None) -> dict[str, Any]:
    """What a format that reads needs of the mapping: nothing for others."""
    version = version or version_in_force(connection)
    return {"mapping": version.definition} if version else {}


def confirmation_settings(connection: Connection) -> dict[str, Any]:
    """The same for a format that writes."""
    mapping = connection.confirmation_mapping
    version = mapping.published if mapping else None
    return {"confirmation_mapping": version.definition} if version else {}


def message_mappings() -> QuerySet[MessageMapping]:
    """With ``in_force`` (number), ``has_draft`` (1, 0) and ``used_by`` (connections). One query."""
    published = Q(versions__published_at__isnull=False)
    return (
        MessageMapping.objects.defer("sample")
        .annotate(
            in_force=Max("versions__number", filter=published),
            published_at=Max("versions__published_at"),
            has_draft=Count("versions", filter=~published, distinct=True),
            used_by=Count("connections", distinct=True) + Count("confirmation_connections", distinct=True),
        )
        .order_by("code")
    )


@dataclass(frozen=True, slots=True)
class Difference:
    """One entry that two definitions say differently; empty ``before``: new, empty ``after``: gone."""

    where: str
    before: str
    after: str


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """What changed from one definition to the next, entry by entry."""
    old, new = _entries(before), _entries(after)
    return [
        Difference(where, old.get(where, ""), new.get(where, ""))
        for where in dict.fromkeys([*new, *old])
        if old.get(where, "") != new.get(where, "")
    ]


def _entries(definition: Mapping[str, Any]) -> dict[str, str]:
    found = {f"file · {name}": str(value) for name, value in definition.get("file", {}).items()}
    for record in definition.get("records", []):
        said = [record.get("of"), record.get("path"), record.get("within"), record.get("when")]
        found[f"record · {record.get('name')}"] = " · ".join(str(part) for part in said if part)
    for field in definition.get("fields", []):
        said = [field.get("source"), *field.get("convert", [])]
        when = f" when {field['when']}" if field.get("when") else ""
        where = f"{field.get('record')} · {field.get('target')}{when}"
        found[where] = " | ".join(str(part) for part in said if part)
    for name, table in definition.get("tables", {}).items():
        for value, meaning in table.get("values", {}).items():
            found[f"table {name} · {value}"] = str(meaning)
        if table.get("default") is not None:
            found[f"table {name} · …"] = str(table["default"])
    for unit, code in definition.get("units", {}).items():
        found[f"unit · {unit}"] = str(code)
    return found
