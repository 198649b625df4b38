"""Values and events of OPC UA servers."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from integrations.signals.base import Option, Settings
from integrations.signals.opcua.alarms import FAULT_FROM
from integrations.signals.opcua.client import OpcUaTransport
from integrations.signals.opcua.security import POLICIES

OPTIONS = (
    Option(
        "security",
        _("security"),
        "choice",
        default="Basic256Sha256,SignAndEncrypt",
        choices=tuple((policy, policy.replace(",", " · ")) for policy in POLICIES),
        help=_("None: neither the server nor its values are proved. A password is then never sent."),
    ),
    Option(
        "trusted",
        _("trusted certificates"),
        "certificate",
        help=_("The server's certificate, or that of the authority which signed it (PEM)."),
    ),
    Option(
        "trust_any",
        _("trust any server"),
        "yes_no",
        default=False,
        help=_("For a first look only: whoever answers at this address is believed."),
    ),
    Option("publishing_ms", _("publishing interval (ms)"), "number", default=500),
    Option("sampling_ms", _("sampling interval (ms)"), "number", default=200),
    Option(
        "queue_size",
        _("values kept per item between two publications"),
        "number",
        default=50,
        help=_("10 or more: changes that are faster than the publication would be lost."),
    ),
    Option(
        "fault_severity",
        _("severity from which an alarm is a fault"),
        "number",
        default=FAULT_FROM,
        help=_("1 to 1000. What is less severe is a warning and stops no machine."),
    ),
)


def transport(settings: Settings) -> OpcUaTransport:
    return OpcUaTransport(settings)
