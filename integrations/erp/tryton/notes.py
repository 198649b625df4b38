"""A confirmation as a note on the record in Tryton: our identity, and what Tryton has no field for.

A note is text that Tryton's users read beside the record, and that we find and read again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from orders.domain.documents import Confirmation

FIRST_LINE = re.compile(r"MES (confirmation|takes back) ([0-9A-F]{32})\b")
YES = "yes"


@dataclass(frozen=True, slots=True)
class Note:
    """A note of ours. ``taken_back``: it says that the confirmation of this identity was taken back."""

    identity: str
    taken_back: bool = False
    good: Decimal = Decimal(0)
    scrap: Decimal = Decimal(0)
    rework: Decimal = Decimal(0)
    setup_seconds: Decimal = Decimal(0)
    final: bool = False


def confirmation_note(confirmation: Confirmation) -> str:
    return "\n".join([f"MES confirmation {confirmation.identity}", *_figures(confirmation)])


def taking_back_note(confirmation: Confirmation) -> str:
    """For a reversal: says what stood in the cycle that is gone."""
    head = f"MES takes back {confirmation.reverses}, by {confirmation.identity}"
    return "\n".join([head, *_figures(confirmation)])


def _figures(said: Confirmation) -> list[str]:
    lines = {
        "good": _number(said.good),
        "scrap": _number(said.scrap),
        "scrap reason": said.scrap_reason,
        "rework": _number(said.rework),
        "setup seconds": _number(said.setup_seconds),
        "run seconds": _number(said.run_seconds),
        "stop seconds": _number(said.stop_seconds),
        "labour seconds": _number(said.labour_seconds),
        "from": said.start.isoformat() if said.start else "",
        "to": said.end.isoformat() if said.end else "",
        "person": said.person,
        "final": YES if said.final else "",
    }
    return [f"{name}: {value}" for name, value in lines.items() if value]


def read_note(text: str) -> Note | None:
    """The note as we wrote it; ``None`` when it is somebody else's."""
    match = FIRST_LINE.match(text or "")
    if match is None:
        return None
    lines = dict(line.partition(": ")[::2] for line in text.splitlines()[1:])
    return Note(
        identity=match[2],
        taken_back=match[1] == "takes back",
        good=_amount(lines, "good"),
        scrap=_amount(lines, "scrap"),
        rework=_amount(lines, "rework"),
        setup_seconds=_amount(lines, "setup seconds"),
        final=lines.get("final") == YES,
    )


def _number(value: Decimal) -> str:
    return f"{value:.3f}" if value else ""


def _amount(lines: Mapping[str, str], name: str) -> Decimal:
    try:
        return Decimal(lines.get(name, "0"))
    except InvalidOperation:
        return Decimal(0)
