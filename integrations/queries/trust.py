"""How far partners agree with us: the newest figures, their history, and the work list behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Count, QuerySet
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from integrations.enums import DifferenceReason, TotalSource
from integrations.models import Connection, Difference, SelfTest, TrustFigure

SHOWN_DAYS = 30
NAMES = ("good", "scrap", "rework", "setup_seconds", "run_seconds")


@dataclass(frozen=True, slots=True)
class Partner:
    """One partner with its newest figure, older ones by day, and its last self-test."""

    connection: Connection
    figure: TrustFigure | None
    history: tuple[TrustFigure, ...]
    self_test: SelfTest | None
    open_by_reason: tuple[tuple[DifferenceReason, int], ...]

    @property
    def agree_percent(self) -> Decimal | None:
        figure = self.figure
        return Decimal(100) * figure.agreed / figure.compared if figure and figure.compared else None

    @property
    def first_time_percent(self) -> Decimal | None:
        figure = self.figure
        return Decimal(100) * figure.first_time / figure.sent if figure and figure.sent else None


def partners(now: datetime | None = None) -> list[Partner]:
    """All active partners that are told something. The same number of queries for any number of them."""
    now = now or timezone.now()
    told = list(
        Connection.objects.select_related("plant")
        .filter(active=True)
        .exclude(delivery="none")
        .order_by("code")
    )
    newest: dict[int, TrustFigure] = {}
    days: dict[int, dict[str, TrustFigure]] = {}
    figures = TrustFigure.objects.filter(connection__in=told, at__gt=now - timedelta(days=SHOWN_DAYS))
    for figure in figures.order_by("at", "pk"):
        newest[figure.connection_id] = figure
        days.setdefault(figure.connection_id, {})[f"{figure.at:%Y-%m-%d}"] = figure
    tests = {
        test.connection_id: test
        for test in SelfTest.objects.filter(connection__in=told)
        .select_related("by")
        .order_by("connection_id", "-at", "-pk")
        .distinct("connection_id")
    }
    still: dict[int, list[tuple[DifferenceReason, int]]] = {}
    for connection, reason, count in (
        Difference.objects.filter(closed_at=None)
        .values_list("connection", "reason")
        .annotate(Count("pk"))
        .order_by("connection", "reason")
    ):
        still.setdefault(connection, []).append((DifferenceReason(reason), count))
    return [
        Partner(
            one,
            newest.get(one.pk),
            tuple(days.get(one.pk, {}).values()),
            tests.get(one.pk),
            tuple(still.get(one.pk, ())),
        )
        for one in told
    ]


@dataclass(frozen=True, slots=True)
class Row:
    """One difference as the work list shows it."""

    difference: Difference
    made: Mapping[str, Decimal | None]
    booked: Mapping[str, Decimal | None]
    source: str
    as_of: datetime | None

    @property
    def pieces(self) -> list[tuple[str, Decimal | None, Decimal | None]]:
        return [(name, self.made[name], self.booked[name]) for name in NAMES[:3]]

    @property
    def missing(self) -> Decimal:
        """Good pieces that the ERP hasn't; negative: that it has beyond what was made."""
        return (self.made["good"] or Decimal(0)) - (self.booked["good"] or Decimal(0))

    @property
    def seconds(self) -> tuple[Decimal, Decimal | None]:
        here, there = (
            (side["setup_seconds"] or Decimal(0), side["run_seconds"]) for side in (self.made, self.booked)
        )
        return here[0] + (here[1] or Decimal(0)), None if there[1] is None else there[0] + there[1]


def differences() -> QuerySet[Difference]:
    return Difference.objects.select_related("connection__plant", "order__item", "operation", "closed_by")


def as_row(difference: Difference) -> Row:
    amounts = difference.amounts
    source = amounts.get("source")
    return Row(
        difference,
        _decimals(amounts.get("made")),
        _decimals(amounts.get("booked")),
        str(TotalSource(source).label) if source else "",
        parse_datetime(amounts["as_of"]) if amounts.get("as_of") else None,
    )


def _decimals(amounts: Mapping[str, str] | None) -> dict[str, Decimal | None]:
    """With every name; None where nothing was said."""
    told = amounts or {}
    return {name: Decimal(told[name]) if name in told else None for name in NAMES}
