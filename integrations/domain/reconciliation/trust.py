"""The trust figure: one number per partner, with a definition that fits on a line."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

MOST_DEDUCTED = Decimal(50)
POINT = Decimal("0.1")


def trust(*, compared: int, agreed: int, sent: int, first_time: int, oldest_days: Decimal) -> Decimal | None:
    """The smaller of two shares, operations that agree and messages accepted at the first attempt, in
    percent, less a point for each day that the oldest difference is open, at most 50; never below 0.

    None while nothing could be compared: unknown is not trusted and not distrusted.
    """
    if not compared:
        return None
    agreeing = Decimal(agreed) / compared
    smooth = Decimal(first_time) / sent if sent else Decimal(1)
    deducted = min(max(oldest_days, Decimal(0)), MOST_DEDUCTED)
    figure = max(Decimal(0), min(agreeing, smooth) * 100 - deducted)
    return figure.quantize(POINT, ROUND_HALF_UP)
