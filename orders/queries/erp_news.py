"""What the ERP changed on running orders, for the people who work on them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from orders.enums import ConflictState, EventKind
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
        order__in=list(orders),
        kind__in=(EventKind.CHANGED, EventKind.DECIDED),
        recorded_at__gt=timezone.now() - SHOWN_FOR,
    ).order_by("-pk")
    found: dict[int, list[ErpNews]] = {}
    for event in events:
        told = event.details.get("told", ())
        found.setdefault(event.order_id, []).extend(
            one for one in changes_of(event) if event.kind == EventKind.DECIDED or one.name in told
        )
    return found


def changes_of(event: ProductionEvent) -> list[ErpNews]:
    """What an event changed on its order: by the ERP, or because somebody took the ERP's value."""
    said = event.details
    changes = dict(said.get("changes", {}))
    if said.get("decision") == ConflictState.TAKEN:
        changes[said["field"]] = [said["mes"], said["erp"]]
    return [ErpNews(event.recorded_at, name, *values) for name, values in changes.items()]


def wishes_of(event: ProductionEvent) -> list[ErpNews]:
    """What the ERP wished and the rules only logged."""
    kept = event.details.get("kept", {})
    return [ErpNews(event.recorded_at, name, *values) for name, values in kept.items()]
