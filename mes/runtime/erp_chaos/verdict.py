"""Both books beside each other: what the MES booked, what it sent, what the ERP has."""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from mes.runtime.erp_chaos.traffic import OPERATIONS, QUANTITY

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from integrations.models import OutboundMessage

T = TypeVar("T")
SHOWN = 10


@dataclass(slots=True)
class Verdict:
    """Nothing lost, nothing doubled, every order in its order, sums equal: ``problems`` is empty then."""

    orders: int = 0
    inbound: int = 0
    outbound: int = 0
    operations: int = 0
    repeats: int = 0
    good: Decimal = Decimal(0)
    lost: int = 0
    doubled: int = 0
    disordered: int = 0
    unequal: int = 0
    kills: dict[str, int] = field(default_factory=dict)
    ended: dict[str, int] = field(default_factory=dict)
    """How often a process ended by itself."""
    problems: list[str] = field(default_factory=list)

    @property
    def messages(self) -> int:
        """Both ways together."""
        return self.inbound + self.outbound

    @property
    def holds(self) -> bool:
        return not self.problems

    def lines(self) -> list[str]:
        killed = ", ".join(f"{name} {times}×" for name, times in self.kills.items())
        return [
            f"{self.messages:,} messages: {self.inbound:,} in ({self.orders:,} orders), "
            f"{self.outbound:,} out; killed: {killed}",
            f"The ERP got {self.repeats:,} of them more than once and booked each once; "
            f"{self.good:,.0f} good pieces on {self.operations:,} operations in both books.",
            f"{'lost':<52}{self.lost:>8,}",
            f"{'doubled, or booked and not ours':<52}{self.doubled:>8,}",
            f"{'booked before an earlier one of the same order':<52}{self.disordered:>8,}",
            f"{'operations where the sums of both books differ':<52}{self.unequal:>8,}",
            f"{'ended by themselves':<52}{sum(self.ended.values()):>8,}",
            *self.problems[:SHOWN],
        ]


def judge(ledger: Path, versions: Mapping[str, int], *, inbound: int) -> Verdict:
    """Compare everything. Call it when all has settled (:func:`unsettled` is empty)."""
    from integrations.models import InboundMessage, OutboundMessage
    from orders.models import Operation, ProductionOrder

    verdict = Verdict(orders=len(versions), inbound=inbound)
    problems = verdict.problems
    quantities = dict(ProductionOrder.objects.values_list("number", "quantity"))
    if set(quantities) != set(versions):
        problems.append(f"orders: {len(quantities)} here, {len(versions)} sent")
    for number, version in versions.items():
        if quantities.get(number) != QUANTITY + version:
            problems.append(f"order {number}: {quantities.get(number)} is not of version {version}")
    states = Counter(InboundMessage.objects.values_list("state", flat=True))
    if states.total() != inbound or set(states) - {"applied", "obsolete"}:
        problems.append(f"inbox: {dict(states)} of {inbound} messages")
    sequences = dict(OutboundMessage.objects.values_list("identity", "sequence"))
    never_told = set(_never_told().values_list("identity", flat=True))
    verdict.outbound = len(sequences)
    if sorted(sequences.values()) != list(range(1, len(sequences) + 1)):
        problems.append("the numbers of the outbox have gaps")
    by_identity = {identity.hex.upper(): sequence for identity, sequence in sequences.items()}
    booked: dict[tuple[str, str], list[Decimal]] = defaultdict(lambda: [Decimal(0)] * 3)
    last: dict[str, int] = {}
    for identity, order, operation, copies, *amounts in _bookings(ledger):
        sequence = by_identity.pop(identity, None)
        if sequence is None:
            verdict.doubled += 1
            problems.append(f"the ERP booked {identity} twice or it isn't ours")
            continue
        if sequence < last.get(order, 0):
            verdict.disordered += 1
            problems.append(f"order {order}: {sequence} was booked after {last[order]}")
        last[order] = sequence
        verdict.repeats += copies > 1
        sums = booked[order, operation]
        booked[order, operation] = [a + Decimal(str(b)) for a, b in zip(sums, amounts, strict=True)]
    if lost := by_identity.keys() - {identity.hex.upper() for identity in never_told}:
        verdict.lost = len(lost)
        problems.append(f"{len(lost)} messages never reached the ERP")
    made = Operation.objects.values_list("order__number", "number", "good", "scrap", "rework")
    for order, operation, *own in made:
        verdict.operations += 1
        verdict.good += own[0]
        if booked[order, operation] != own:
            verdict.unequal += 1
            problems.append(f"{order}/{operation}: MES {own}, ERP {booked[order, operation]}")
    if verdict.operations != len(versions) * len(OPERATIONS):
        problems.append(f"{verdict.operations} operations for {len(versions)} orders")
    return verdict


def _bookings(ledger: Path) -> list[tuple[str, str, str, int, float, float, float]]:
    with closing(sqlite3.connect(ledger)) as database:
        return database.execute(
            "SELECT identity, order_number, operation, copies, good, scrap, rework FROM confirmation"
            " ORDER BY reference"
        ).fetchall()


def booked_count(ledger: Path) -> int:
    with closing(sqlite3.connect(ledger, timeout=30)) as database:
        return int(database.execute("SELECT count(*) FROM confirmation").fetchone()[0])


def _never_told() -> QuerySet[OutboundMessage]:
    """What was corrected before it left, and what corrected itself."""
    from integrations.enums import OutboundState
    from integrations.models import OutboundMessage

    return OutboundMessage.objects.filter(state=OutboundState.DISCARDED, attempts=0)


def unsettled() -> str:
    """What still waits, in words; empty when everything has settled."""
    from integrations.enums import InboundState
    from integrations.models import InboundMessage

    counts = _on_their_way()
    counts["inbound"] = InboundMessage.objects.filter(state=InboundState.RECEIVED).count()
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count)


def behind() -> int:
    """How much of what was reported isn't settled with the ERP yet."""
    return sum(_on_their_way().values())


def _on_their_way() -> dict[str, int]:
    """A report that was corrected before it left is discarded: there is nothing to wait for."""
    from integrations.domain.outbox.relay import UNSETTLED
    from integrations.models import OutboundItem, OutboundMessage
    from orders.models import EventNews

    return {
        "news": EventNews.objects.count(),
        "items": OutboundItem.objects.filter(message=None).count(),
        "outbound": OutboundMessage.objects.filter(state__in=UNSETTLED).count(),
    }


def hurry() -> None:
    """Time-lapse: pauses between attempts end now instead of in minutes."""
    from django.utils import timezone

    from integrations.enums import OutboundState
    from integrations.models import OutboundMessage

    now = timezone.now()
    OutboundMessage.objects.filter(state=OutboundState.QUEUED, next_try_at__gt=now).update(next_try_at=now)


def end_leases() -> None:
    """Time-lapse: what a dead relay had claimed is free now. What a living one is at is sent twice then."""
    from django.utils import timezone

    from integrations.enums import OutboundState
    from integrations.models import OutboundMessage

    OutboundMessage.objects.filter(state=OutboundState.SENDING).update(leased_until=timezone.now())


def asked(question: Callable[[], T], *, tries: int = 200) -> T:
    """Ask the database, again when it breaks off: it is part of the chaos."""
    import time

    from django.db import DatabaseError, InterfaceError, connection

    for left in reversed(range(tries)):
        try:
            return question()
        except (DatabaseError, InterfaceError):
            connection.close()
            if not left:
                raise
            time.sleep(0.2)
    raise AssertionError
