"""The day on which a confirmation is booked in the partner's ledgers."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from django.utils import timezone

from orders.domain.documents import Confirmation


def posting_day(confirmation: Confirmation) -> date:
    """By the plant's shift calendar; without one the plant's day on which the confirmed span ended."""
    if confirmation.posting_date:
        return confirmation.posting_date
    return (confirmation.end or confirmation.created).astimezone(ZoneInfo(confirmation.time_zone)).date()


def today(confirmation: Confirmation) -> date:
    """In the plant."""
    return timezone.now().astimezone(ZoneInfo(confirmation.time_zone)).date()
