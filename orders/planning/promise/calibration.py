"""What was said and what held, of one plant: for the reliability page and for partners alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from machines.models import Plant
from orders.planning.promise.reliability import (
    Group,
    Said,
    Share,
    Sharpness,
    counted,
    grouped,
    horizon_of,
    shares_of,
    sharpness,
)
from orders.queries.reliability import said_rows

LOOK_BACK = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Calibration:
    """``said``: statements since then that count, oldest first; ``waiting`` are too fresh to. ``groups`` by
    "horizon", "item" and "customer", the largest first."""

    since: datetime
    said: tuple[Said, ...]
    waiting: int
    shares: tuple[Share, ...]
    sharp: Sharpness
    groups: dict[str, list[Group]]


def calibration_of(plant: Plant, *, now: datetime) -> Calibration:
    """The last year's first statement of each order. One query."""
    since = now - LOOK_BACK
    said, waiting = counted(_said(plant, since), now=now)
    return Calibration(
        since=since,
        said=tuple(said),
        waiting=waiting,
        shares=shares_of(said),
        sharp=sharpness(said),
        groups={
            "horizon": grouped(said, horizon_of),
            "item": grouped(said, lambda one: one.item),
            "customer": grouped(said, lambda one: one.customer or "–"),
        },
    )


def _said(plant: Plant, since: datetime) -> list[Said]:
    return [
        Said(pk, number, item, customer, made, zero, (p50, p80, p95), tuple(grid), finished)
        for pk, number, item, customer, made, zero, p50, p80, p95, grid, finished in said_rows(
            plant, since=since
        )
    ]
