"""The loss tree: from all time there is down to the time of good pieces; the steps add up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from mes.lib.spans import ZERO
from quality.kpi import formulas
from quality.kpi.timemodel import Quantities, TimeElements

MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Loss:
    """What is lost from ``before``; ``left`` remains. A loss below zero is a gain.

    ``pieces`` is the loss in pieces at planned speed; ``None`` if nobody stated one.
    """

    key: str
    before: timedelta
    time: timedelta
    pieces: Decimal | None

    @property
    def left(self) -> timedelta:
        return self.before - self.time


@dataclass(frozen=True, slots=True)
class LossTree:
    """``losses`` in order, from ``calendar`` to ``good``: the time that good pieces take at planned speed.

    Where performance can't be said (``is_complete`` false) the tree ends at production time.
    """

    calendar: timedelta
    losses: Sequence[Loss]
    is_complete: bool

    @property
    def good(self) -> timedelta:
        return self.losses[-1].left


def loss_tree(elements: TimeElements, quantities: Quantities) -> LossTree:
    """Calendar − off − planned stops = planned busy time; − unknown − no order − setup − delay − micro-stops
    = production; + production beyond the plan − speed loss = planned time of all pieces; − the share of
    pieces that are not good = time of good pieces. This last over known planned time is the OEE of ISO 22400,
    unless something was made beyond the plan.
    """
    complete = not quantities.unpriced
    per_piece = formulas.ratio(quantities.standard, quantities.judged) if complete else None
    losses, left = [], elements.calendar
    for key, time in _steps(elements, quantities, complete=complete):
        microseconds = Decimal(time // MICROSECOND)
        losses.append(Loss(key, left, time, microseconds / per_piece if per_piece else None))
        left -= time
    return LossTree(elements.calendar, losses, complete)


def _steps(
    elements: TimeElements, quantities: Quantities, *, complete: bool
) -> Iterator[tuple[str, timedelta]]:
    yield "off", elements.off
    yield "pdot", elements.pdot
    yield "unknown", elements.unknown
    yield "adot", elements.adot
    yield "aust", elements.aust
    yield "adet", elements.adet - elements.micro
    yield "micro", elements.micro
    if elements.beyond:
        yield "beyond", -elements.beyond
    if complete:
        yield "speed", elements.apt + elements.beyond - quantities.standard
        yield "quality", quantities.standard - _good(quantities)


def _good(quantities: Quantities) -> timedelta:
    share = formulas.quality_ratio(quantities)
    if share is None:
        return ZERO
    return timedelta(microseconds=round(Decimal(quantities.standard // MICROSECOND) * share))
