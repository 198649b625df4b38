"""From registers to running counts: modulus, word order, roll-over, reboot and bounced pulses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

MOST_INPUTS = 64


class WrongSettings(Exception):
    """The connection's options don't fit together; the text is for an engineer."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is read: name → register or input number."""

    counters: Mapping[str, int]
    inputs: Mapping[str, int]
    bits: int = 32
    high_first: bool = True
    boot: int | None = None
    every: float = 1.0
    fastest: float = 0.0

    @property
    def modulus(self) -> int:
        return 1 << self.bits

    @property
    def words(self) -> int:
        return self.bits // 16

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Plan:
        """Raises ``WrongSettings``."""
        plan = cls(
            counters=_named(options.get("counters"), "counter"),
            inputs=_named(options.get("inputs"), "input"),
            bits=int(options.get("bits") or 32),
            high_first=str(options.get("words") or "high") == "high",
            boot=None if options.get("boot") in (None, "") else int(options["boot"]),
            every=max(0.05, float(options.get("every_seconds") or 1)),
            fastest=max(0.0, float(options.get("fastest_seconds") or 0)),
        )
        if plan.bits not in (16, 32):
            raise WrongSettings("A counter has 16 or 32 bits.")
        if not plan.counters and not plan.inputs:
            raise WrongSettings("Name at least one counter or input, e.g. press1=0.")
        return plan


def _named(text: Any, what: str) -> dict[str, int]:
    found: dict[str, int] = {}
    for part in str(text or "").split(","):
        if not part.strip():
            continue
        name, equals, number = (one.strip() for one in part.partition("="))
        if not equals or not name or not number.isdecimal() or int(number) > 65_535 or name in found:
            raise WrongSettings(f"{part.strip()!r} is no {what}: write name=number, each name once.")
        found[name] = int(number)
    if len(found) > MOST_INPUTS:
        raise WrongSettings(f"At most {MOST_INPUTS} of a kind.")
    return found


def counter_of(registers: Sequence[int], *, high_first: bool) -> int:
    """One or two 16-bit words as a number."""
    words = registers if high_first else list(reversed(registers))
    value = 0
    for word in words:
        value = value << 16 | word & 0xFFFF
    return value


@dataclass(slots=True)
class Counted:
    """One counter as it is followed: ``last`` as read, ``total`` without roll-overs since ``boot`` began."""

    boot: str
    last: int
    total: int
    at: float

    def as_json(self) -> dict[str, Any]:
        return {"boot": self.boot, "last": self.last, "total": self.total, "at": self.at}


@dataclass(frozen=True, slots=True)
class Step:
    """What one reading adds. ``bounced``: pulses that came faster than the machine can."""

    counted: Counted
    fresh: bool
    bounced: int = 0


def advance(known: Counted | None, value: int, boot: str, at: datetime, plan: Plan) -> Step:
    """The counter after a reading of ``value`` at ``at``.

    Without a boot register (``boot`` empty) a smaller value is a roll-over only if the last one was in the
    upper half and the way round is the shorter one, else a new boot. The total starts with the value read.
    """
    moment = at.timestamp()
    if known is None or (boot and boot != known.boot):
        return Step(Counted(boot or _own_boot(at), value, value, moment), fresh=True)
    ahead = (value - known.last) % plan.modulus
    if value < known.last and ahead >= plan.modulus // 2:
        return Step(Counted(boot or _own_boot(at), value, value, moment), fresh=True)
    if not boot and value < known.last and known.last < plan.modulus // 2:
        return Step(Counted(_own_boot(at), value, value, moment), fresh=True)
    bounced = 0
    if plan.fastest and ahead:
        most = int((moment - known.at) / plan.fastest) + 1
        bounced = max(0, ahead - most)
    moved = moment if ahead else known.at
    return Step(
        Counted(known.boot, value, known.total + ahead - bounced, moved), fresh=False, bounced=bounced
    )


def _own_boot(at: datetime) -> str:
    return f"{at:%Y%m%d%H%M%S%f}"
