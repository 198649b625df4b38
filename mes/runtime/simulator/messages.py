"""What the simulated plant tells the product's doors."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Signal:
    """One sample of a machine's gateway at ``ts``. ``seq`` counts per machine, without a hole."""

    machine: str
    seq: int
    ts: datetime
    item: str
    value: float | int | str | bool
    slot: int = 0


@dataclass(frozen=True, slots=True)
class Command:
    """What a person does at a terminal, at ``at``; they tell it at ``told``, perhaps later."""

    key: str
    at: datetime
    told: datetime
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class StopReason:
    """What a person says about a standstill."""

    key: str
    told: datetime
    machine: str
    slot: int
    start: datetime
    end: datetime
    reason: str
    person: str


@dataclass(frozen=True, slots=True)
class Help:
    """A step of a call for help: the call itself, or what somebody does about it. ``key`` names the step."""

    key: str
    told: datetime
    body: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Inspected:
    """What an inspector found at a finished operation, told at ``told``. A failed one says why."""

    key: str
    told: datetime
    order: str
    operation: str
    person: str
    inspected: int
    defective: int = 0
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Measured:
    """What was found at a piece beside the machine, told at ``told``: a ``value`` in ``unit``, or that it is
    OK where there is no value. ``person`` says who looked; a measuring station is nobody.
    """

    key: str
    told: datetime
    order: str
    operation: str
    characteristic: str
    value: str = ""
    unit: str = ""
    person: str = ""


@dataclass(frozen=True, slots=True)
class QuoteAsked:
    """A customer asks at ``told`` when the order will be done, and takes that date."""

    order: str
    told: datetime


@dataclass(frozen=True, slots=True)
class CalledOff:
    """A customer orders pieces that lie in stock."""

    told: datetime
    number: str
    customer: str
    item: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Shipped:
    """The warehouse sends a customer what was made for their order, or what they called off, at ``told``."""

    told: datetime
    customer_order: str
    line: str


@dataclass(frozen=True, slots=True)
class OrderMessage:
    """What the ERP sends about one order. ``channel`` is api, idoc or csv."""

    at: datetime
    number: str
    version: int
    channel: str
    body: dict[str, Any] = field(default_factory=dict)
