"""Which value of a field holds: the ERP's, or the plant's where an engineer has pinned it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Model

from mes.lib.ownership import Pinnable

TOGETHER = {"base_quantity": "run_seconds"}
"""A run time means nothing without the quantity that it is for: both are pinned as one."""


@dataclass(slots=True)
class Difference:
    """What a message makes of a record. ``remembered``: the ERP's own values changed, whoever wins."""

    changes: dict[str, list[str]] = field(default_factory=dict)
    kept: dict[str, list[str]] = field(default_factory=dict)
    remembered: bool = False

    @property
    def is_any(self) -> bool:
        return bool(self.changes) or self.remembered

    def add(self, other: Difference, *, prefix: str) -> None:
        self.changes |= {f"{prefix}.{name}": both for name, both in other.changes.items()}
        self.kept |= {f"{prefix}.{name}": both for name, both in other.kept.items()}
        self.remembered |= other.remembered


def is_pinned(record: Pinnable, name: str) -> bool:
    return TOGETHER.get(name, name) in record.pinned


def follow_erp(record: Pinnable, said: Mapping[str, Any]) -> Difference:
    """Remember what the ERP ``said`` and set each field that is not pinned. The record is not saved."""
    difference = Difference()
    for name, value in said.items():
        told = plain(value)
        if name not in record.erp_values or record.erp_values[name] != told:
            record.erp_values = {**record.erp_values, name: told}
            difference.remembered = True
        current = getattr(record, name)
        if current == value:
            continue
        both = [shown(current), shown(value)]
        if is_pinned(record, name):
            difference.kept[name] = both
        else:
            setattr(record, name, value)
            difference.changes[name] = both
    return difference


def plain(value: Any) -> Any:
    """A value as JSON keeps it: records by their code, numbers as text without trailing zeros."""
    if isinstance(value, Model):
        return getattr(value, "code", str(value))
    if isinstance(value, Decimal):
        return shown(value)
    return value


def shown(value: Any) -> str:
    """A value for people in a difference."""
    if value is None:
        return ""
    if isinstance(value, Decimal):
        return f"{value:f}".rstrip("0").rstrip(".") if "." in f"{value:f}" else f"{value:f}"
    return str(plain(value)) if isinstance(value, Model) else str(value)
