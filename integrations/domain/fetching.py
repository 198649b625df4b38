"""Asking partners for what they have for us: page by page into the inbox, each page with its cursor."""

from __future__ import annotations

import os
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from django.db import transaction
from django.utils import timezone

from integrations.domain import inbox
from integrations.domain.connectors import Line, Page, Settled, Settling, connector, has_connector
from integrations.domain.translating import translations
from integrations.enums import InboundState
from integrations.models import Connection, FetchState, InboundMessage
from integrations.queries.message_mappings import confirmation_settings
from mes.lib.errors import MesError

logger = structlog.get_logger(__name__)

CHANNEL = "fetched"
LEASE = timedelta(minutes=5)


def line_to(connection: Connection) -> Line:
    """How to reach the partner, with its secret from the environment, and how to write to it where its layout
    is its own."""
    return Line(
        code=connection.code,
        address=connection.address,
        secret=os.environ.get(connection.secret_name, "") if connection.secret_name else "",
        zone=ZoneInfo(connection.plant.time_zone),
        options={**translations(connection), **confirmation_settings(connection)},
    )


def fetch_due(*, now: datetime | None = None) -> int:
    """Ask every partner whose time has come. Returns how many messages came that weren't known."""
    now = now or timezone.now()
    asked = Connection.objects.select_related("plant").filter(active=True, fetch_every_seconds__isnull=False)
    return sum(fetch(connection=one) for one in asked if has_connector(one.format) and _claim(one, now))


def fetch(*, connection: Connection) -> int:
    """Ask one partner now. What goes wrong stands in its fetch state; what came before it is kept."""
    state, _created = FetchState.objects.get_or_create(connection=connection)
    pages = connector(connection.format).fetch(line_to(connection), state.cursor)
    found, problem = 0, ""
    with ThreadPoolExecutor(max_workers=1) as network:
        while not problem:
            try:
                page = network.submit(next, pages, None).result()
                found += _take(connection, page) if page else 0
            except MesError as error:
                problem = str(error)
            except Exception as error:
                logger.exception("fetch_failed", connection=connection.code)
                problem = type(error).__name__
            else:
                if page is None:
                    break
    _settle(connection, problem)
    return found


def _claim(connection: Connection, now: datetime) -> bool:
    """Whether this worker asks: nobody else does, and it is time."""
    FetchState.objects.get_or_create(connection=connection, defaults={"next_at": now})
    due = FetchState.objects.filter(connection=connection, next_at__lte=now)
    return bool(due.update(next_at=now + LEASE, asked_at=now))


def _take(connection: Connection, page: Page) -> int:
    """Store a page together with its cursor, then apply what is new of it."""
    with transaction.atomic():
        receipts = [
            inbox.receive(
                connection=connection,
                channel=CHANNEL,
                body=one.body,
                name=one.name,
                message_type=one.message_type,
                external_id=one.external_id,
            )
            for one in page.messages
        ]
        _keep(connection, page.cursor)
    fresh = [receipt.message for receipt in receipts if not receipt.duplicate]
    for message in fresh:
        inbox.process(message)
    partner = connector(connection.format)
    if isinstance(partner, Settling):
        partner.settle(line_to(connection), [_settled(receipt.message) for receipt in receipts])
    return len(fresh)


def _settled(message: InboundMessage) -> Settled:
    """A message that waits for something is taken: it is applied by itself."""
    message.refresh_from_db(fields=["state", "problems"])
    refused = message.state in (InboundState.REFUSED, InboundState.PARTLY)
    text = "; ".join(problem["message"] for problem in message.problems) if refused else ""
    return Settled(message.external_id, taken=not refused, text=text)


def _keep(connection: Connection, cursor: Mapping[str, Any]) -> None:
    FetchState.objects.filter(connection=connection).update(cursor=dict(cursor))


def _settle(connection: Connection, problem: str) -> None:
    now = timezone.now()
    values: dict[str, object] = {
        "problem": problem[:500],
        "next_at": now + timedelta(seconds=connection.fetch_every_seconds or 0),
    }
    if problem:
        logger.warning("fetch_problem", connection=connection.code, reason=problem)
    else:
        values["answered_at"] = now
    FetchState.objects.filter(connection=connection).update(**values)
