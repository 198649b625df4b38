"""Asking called systems what they have booked."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils import timezone

from integrations.domain.connectors import connector, has_connector
from integrations.domain.fetching import line_to
from integrations.domain.reconciliation.totals import plain, take_totals
from integrations.enums import TotalSource
from integrations.models import Connection, StatedTotal


def ask_totals(connection: Connection, orders: Sequence[str]) -> None:
    """Ask a called system for these orders; those it doesn't mention it doesn't know.

    Raises PartnerError when it can't be asked now.
    """
    if not orders or not has_connector(connection.format):
        return
    asked_at = timezone.now()
    told = list(connector(connection.format).totals(line_to(connection), orders))
    take_totals(told, connection=connection, source=TotalSource.CONNECTOR, stated_at=asked_at)
    mentioned = {plain(total.order) for total in told}
    StatedTotal.objects.bulk_create(
        StatedTotal(
            connection=connection,
            order_number=number,
            source=TotalSource.CONNECTOR,
            known=False,
            stated_at=asked_at,
        )
        for number in orders
        if plain(number) not in mentioned
    )
