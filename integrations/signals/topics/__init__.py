"""Plain MQTT topics, also of a unified namespace: one value or one object per message."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from integrations.signals.base import Option, Settings, Transport
from integrations.signals.topics.client import TopicsTransport

OPTIONS: Sequence[Option] = (
    Option(
        "topics",
        _("Topics"),
        default="#",
        help=_("A filter such as umh/v1/plant/# or several, separated by commas."),
    ),
    Option(
        "time",
        _("Time fields"),
        default="timestamp_ms,timestamp,ts,time",
        help=_("Where the sender's time stands in a message, the first found; else the time of receipt."),
    ),
    Option("client_id", _("Client id"), help=_("Empty: mes- and the code. The broker keeps its messages.")),
    Option("browse_seconds", _("Listen for items (s)"), kind="number", default=4),
)


def transport(settings: Settings) -> Transport:
    return TopicsTransport(settings)
