"""Sparkplug B edge nodes, over an MQTT broker."""

from django.utils.translation import gettext_lazy as _

from integrations.signals.base import Option, Settings
from integrations.signals.sparkplug.client import Sparkplug

OPTIONS = (
    Option("group", _("Group"), help=_("Only the edge nodes of this group. Empty: all.")),
    Option(
        "host_id",
        _("Host ID"),
        help=_("The name under which edge nodes know this host."),
    ),
    Option(
        "primary",
        _("Primary host"),
        "yes_no",
        False,
        help=_(
            "Say whether we are online. Edge nodes bound to this host store their values while we aren't."
        ),
    ),
)


def transport(settings: Settings) -> Sparkplug:
    return Sparkplug(settings)
