"""MTConnect agents: read only, over HTTP."""

from django.utils.translation import gettext_lazy as _

from integrations.signals.base import Option, Settings
from integrations.signals.mtconnect.client import MTConnect

OPTIONS = (
    Option(
        "heartbeat_seconds",
        _("Heartbeat (s)"),
        "number",
        10,
        help=_("The agent gives a sign of life this often; twice as long without one is a loss."),
    ),
    Option(
        "interval_seconds",
        _("Interval (s)"),
        "number",
        0.25,
        help=_("The agent collects values this long before it sends them."),
    ),
    Option(
        "stale_hours",
        _("Silent for (h)"),
        "number",
        8,
        help=_("A device without any value for longer is unknown, whatever the agent says. 0: never."),
    ),
    Option(
        "path",
        _("Path"),
        help=_('Only these items, as an XPath of the agent, e.g. //Device[@name="M7"]. Empty: all.'),
    ),
)


def transport(settings: Settings) -> MTConnect:
    return MTConnect(settings)
