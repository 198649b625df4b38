"""What the ERP changed on running orders, for the people who work on them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from orders.enums import EventKind
from orders.models import ProductionEvent
from orders.queries.erp_words import title_of, value_of

SHOWN_FOR = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class ErpNews:
    """One value that the ERP changed at ``at``."""

    at: datetime
    name: str
    old: str
    new: str

    @property
    def title(self) -> str:
        return title_of(self.name)

    @property
    def before(self) -> str:
        return value_of(self.name, self.old)

    @property
    def after(self) -> str:
        return value_of(self.name, self.new)


def erp_news_of(orders: Iterable[int]) -> dict[int, list[ErpNews]]:
    """What operators are told of by order, the latest first, of the last day. One query."""
    events = ProductionEvent.objects.filter(
        order__in=list(orders), kind=EventKind.CHANGED, recorded_at__gt=timezone.now() - SHOWN_FOR
    ).order_by("-pk")
    found: dict[int, list[ErpNews]] = {}
    for event in events:
        changes = event.details.get("changes", {})
        found.setdefault(event.order_id, []).extend(
            ErpNews(event.recorded_at, name, *changes[name])
            for name in event.details.get("told", ())
            if name in changes
        )
    return found
