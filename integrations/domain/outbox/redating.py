"""Another posting date for what falls into a closed period: the one place, by itself or by a person.

What happened keeps its times; the posting date it had first is kept beside the new one and told to the
partner in the text of the posting, where its format has one.
"""

from __future__ import annotations

from datetime import date

from integrations.enums import Format
from integrations.models import Connection, OutboundMessage
from integrations.queries.mending import is_redatable, today_at

OPTION, TODAY, PARK = "closed_period", "today", "park"
BY_ITSELF = (Format.IDOC, Format.ODATA, Format.BUSINESS_CENTRAL)
"""Partners whose postings are re-dated unless their option says that a person sees to it."""


def redates_by_itself(connection: Connection) -> bool:
    default = TODAY if connection.format in BY_ITSELF else PARK
    return bool(connection.options.get(OPTION, default) == TODAY)


def can_redate(message: OutboundMessage) -> bool:
    """It carries a posting date, and another one than today's."""
    return is_redatable(message.canonical.get("posting_date"), message.connection)


def give_todays_date(message: OutboundMessage) -> date:
    """Set on the object, unsaved: ``canonical`` and ``rendered``."""
    today = today_at(message.connection)
    first = message.canonical.get("first_posting_date") or message.canonical.get("posting_date")
    message.canonical = {
        **message.canonical,
        "posting_date": today.isoformat(),
        "first_posting_date": first,
    }
    message.rendered = ""
    return today
