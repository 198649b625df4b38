"""How a refused message is mended, in words for the person it waits for."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.enums import Mend
from integrations.models import Connection, OutboundMessage


def today_at(connection: Connection) -> date:
    """In its plant."""
    return timezone.now().astimezone(ZoneInfo(connection.plant.time_zone)).date()


def is_redatable(posting_date: str | None, connection: Connection) -> bool:
    """Is there a posting date, and another one than today's?"""
    return bool(posting_date) and posting_date != today_at(connection).isoformat()


def way_to_mend(message: OutboundMessage, posting_date: str | None) -> str:
    """Another posting date helps only a message that has an older one."""
    if message.mend == Mend.REDATE and not is_redatable(posting_date, message.connection):
        return _("have the posting period opened in the ERP, then send again")
    return message.get_mend_display()
