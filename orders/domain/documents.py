"""The canonical messages that every ERP format is translated into.

Plain data, no ORM: a codec in ``integrations.erp`` builds them, ``orders.domain.intake`` applies them.
``None`` means "the sender did not say" and leaves the field unchanged; an empty string clears it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class RequirementLine:
    """One customer requirement. ``kind`` is a value of ``RequirementKind``.

    For ``choice``: ``choices`` holds the allowed values. For ``limit``: ``lower``/``upper`` in ``unit``.
    For ``document``: ``url``. ``operation`` restricts it to one operation number; empty means every one.
    """

    code: str
    kind: str
    text: str
    value: str = ""
    choices: tuple[str, ...] = ()
    lower: Decimal | None = None
    upper: Decimal | None = None
    unit: str = ""
    url: str = ""
    operation: str = ""


@dataclass(frozen=True, slots=True)
class ComponentLine:
    """Material that the order consumes: total ``quantity`` for the whole order, in ``unit``."""

    position: str
    item: str
    quantity: Decimal
    unit: str
    operation: str = ""
    backflush: bool = False
    raw: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OperationLine:
    """One operation. Times are seconds: setup per order, run per ``base_quantity`` pieces.

    ``send_ahead``: after so many good pieces the next operation may begin; ``longest_wait_seconds``: it
    should begin at most so long after the one before it.
    """

    number: str
    text: str = ""
    work_centre: str = ""
    sequence: str = ""
    setup_seconds: Decimal | None = None
    run_seconds: Decimal | None = None
    base_quantity: Decimal = Decimal(1)
    send_ahead: Decimal | None = None
    longest_wait_seconds: Decimal | None = None
    confirmation_number: str = ""
    control_key: str = ""
    program: str | None = None
    program_revision: str | None = None
    parameters: Mapping[str, str] | None = None
    tool: str | None = None
    inspection: bool | None = None
    outside: bool | None = None
    earliest_start: datetime | None = None
    latest_end: datetime | None = None
    cancelled: bool = False
    raw: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class OrderDocument:
    """One production order as the ERP states it.

    ``row`` is where it stood in the message (line, list index or IDoc number, from 1). ``version`` orders
    messages about the same order: compared as text, a smaller one than the applied one is obsolete; empty
    means "order of arrival". ``operations``/``components`` ``None`` means "not part of this message".
    ``named``: the numbers of the operations that the message itself names, where the others were put in as
    they are here.
    """

    number: str
    row: int = 1
    version: str = ""
    plant: str | None = None
    item: str | None = None
    revision: str | None = None
    quantity: Decimal | None = None
    unit: str | None = None
    order_type: str | None = None
    strategy: str | None = None
    start: datetime | None = None
    due: datetime | None = None
    promised: datetime | None = None
    priority: int | None = None
    status: str | None = None
    under_tolerance_percent: Decimal | None = None
    over_tolerance_percent: Decimal | None = None
    customer: str | None = None
    customer_name: str | None = None
    customer_order: str | None = None
    customer_line: str | None = None
    operations: tuple[OperationLine, ...] | None = None
    named: tuple[str, ...] | None = None
    components: tuple[ComponentLine, ...] | None = None
    requirements: tuple[RequirementLine, ...] | None = None
    cancel: bool = False
    raw: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Confirmation:
    """What goes back to the ERP for one operation: amounts since the last confirmation.

    Quantities are non-negative pieces; times are seconds; ``start``/``end`` are UTC. ``identity`` is 32
    upper-case hexadecimal characters, made once. ``reverses`` is the identity of the confirmation cancelled.
    ``posting_date`` is the plant's local day for the books, by its shift calendar; a reversal has that of
    what it takes back, and only what is booked has one. ``first_posting_date`` is the one it had before the
    ERP closed that period.
    """

    identity: str
    sequence: int
    order: str
    operation: str
    plant: str
    work_centre: str
    confirmation_number: str
    unit: str
    good: Decimal
    scrap: Decimal
    rework: Decimal
    scrap_reason: str
    setup_seconds: Decimal
    run_seconds: Decimal
    stop_seconds: Decimal
    labour_seconds: Decimal
    start: datetime | None
    end: datetime | None
    person: str
    final: bool
    created: datetime
    time_zone: str
    reverses: str = ""
    stops: tuple[StopLine, ...] = ()
    status: str = ""
    posting_date: date | None = None
    first_posting_date: date | None = None

    @property
    def note(self) -> str:
        """For the text of the posting: the day it belongs to, when it is booked on another one."""
        return f"{self.first_posting_date:%Y-%m-%d}" if self.first_posting_date else ""


@dataclass(frozen=True, slots=True)
class StopLine:
    """Stop time of one reason inside the confirmed span, in seconds."""

    reason: str
    seconds: Decimal
