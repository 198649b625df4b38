"""What every way gets and gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

ANSWER_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Load:
    """What a machine shall get. ``id`` is the same at every attempt, so that a repeat is known as one."""

    id: str
    machine: str
    order: str
    operation: str
    item: str
    quantity: Decimal
    program: str = ""
    revision: str = ""
    sha256: str = ""
    file_name: str = ""
    content: bytes | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)

    @property
    def job(self) -> str:
        """The name of the job at the machine."""
        return f"{self.order}/{self.operation}/{self.id[:8]}"

    def as_json(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "machine": self.machine,
            "order": self.order,
            "operation": self.operation,
            "item": self.item,
            "quantity": str(self.quantity),
            "program": self.program,
            "revision": self.revision,
            "sha256": self.sha256,
            "parameters": dict(self.parameters),
        }


class CannotSend(Exception):
    """It didn't work, and why; ``again``: it may work later."""

    def __init__(self, problem: str, *, again: bool = True) -> None:
        super().__init__(problem)
        self.again = again


def places_of(load: Load, options: Mapping[str, Any], *, kind: str) -> dict[str, Any]:
    """Where each of the load's parameters goes, by the connection's options.

    ``kind`` is what such a place is called there (item, metric, number). Raises ``CannotSend`` if one lacks.
    """
    places = dict(options.get("parameters") or {})
    if lacking := sorted(set(load.parameters) - set(places)):
        raise CannotSend(f"No {kind} is named for the parameters {', '.join(lacking)}.", again=False)
    return {name: places[name] for name in load.parameters}


def as_truth(value: Any) -> bool:
    """Yes or no, also where we keep it as text."""
    return value if isinstance(value, bool) else str(value).lower() in ("true", "1", "yes")


def as_whole(value: Any) -> int:
    """A whole number, also where we keep it as text. Raises ``ValueError`` for any other."""
    number = float(value)
    if not number.is_integer():
        raise ValueError("no whole number")
    return int(number)
