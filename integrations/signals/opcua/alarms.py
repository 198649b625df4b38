"""Alarms and conditions (OPC 10000-9): events of a condition become the words of the role *alarm*.

An active condition is ``FAULT|code``, one of low severity ``WARNING|code``, one that ended ``NORMAL|code``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from asyncua import ua

from integrations.signals.opcua.addresses import BASE, Name

ALARM = Name(BASE, "AlarmConditionType")
FAULT_FROM = 334
"""Severities go to 1000; below a third of it OPC UA calls them low."""
LONGEST_CODE = 80

_CONDITION, _ALARM = ua.NodeId(ua.ObjectIds.ConditionType), ua.NodeId(ua.ObjectIds.AlarmConditionType)
_BASE = ua.NodeId(ua.ObjectIds.BaseEventType)
REFRESH_START = ua.NodeId(ua.ObjectIds.RefreshStartEventType)
REFRESH_END = ua.NodeId(ua.ObjectIds.RefreshEndEventType)
FIELDS: Sequence[tuple[ua.NodeId, tuple[str, ...]]] = (
    (_CONDITION, ("ConditionName",)),
    (_BASE, ("SourceName",)),
    (_BASE, ("Severity",)),
    (_ALARM, ("ActiveState", "Id")),
    (_CONDITION, ("EnabledState", "Id")),
)
"""What is asked of each event, by the type that declares it; an error code of its own type may follow."""


@dataclass(frozen=True, slots=True)
class Told:
    """One event of a condition. ``active`` is None where the server told no such state."""

    name: str
    source: str
    severity: int
    active: bool | None
    enabled: bool
    error: str

    @classmethod
    def of(cls, fields: Sequence[Any]) -> Told:
        name, source, severity, active, enabled, error = (*fields, *[None] * 6)[:6]
        return cls(
            name=_text(name),
            source=_text(source),
            severity=severity if isinstance(severity, int) and not isinstance(severity, bool) else 0,
            active=active if isinstance(active, bool) else None,
            enabled=enabled is not False,
            error=_text(error),
        )

    @property
    def code(self) -> str:
        """The machine's own code, else the condition's name, which is what stays the same."""
        return (self.error or self.name or self.source or "ALARM").replace("|", "/")[:LONGEST_CODE]


@dataclass(slots=True)
class Conditions:
    """The conditions of one object from a connect on. ``refreshing``: the server tells what holds already."""

    fault_from: int = FAULT_FROM
    refreshing: bool = False
    faults: set[str] = field(default_factory=set)

    def words(self, told: Told) -> list[str]:
        """What an event says, as samples of the role *alarm*, in order."""
        code = told.code
        if not told.enabled or told.active is not True:
            self.faults.discard(code)
            return [f"NORMAL|{code}"]
        if told.severity >= self.fault_from:
            self.faults.add(code)
            return [f"FAULT|{code}"]
        ended = [f"NORMAL|{code}"] if code in self.faults else []
        self.faults.discard(code)
        return [*ended, f"WARNING|{code}"]


def _text(value: Any) -> str:
    if isinstance(value, ua.LocalizedText):
        value = value.Text
    return " ".join(str(value).split()) if value is not None else ""
