"""Counter inputs of an edge I/O module, read by Modbus TCP: presses, light barriers, proximity switches."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from integrations.signals.base import Option, Settings, Transport
from integrations.signals.pulse.client import PulseTransport

OPTIONS: Sequence[Option] = (
    Option("unit", _("Unit id"), kind="number", default=1),
    Option(
        "counters",
        _("Counters"),
        help=_("name=register, separated by commas: press1=0, press2=2. The items are named by it."),
    ),
    Option(
        "inputs",
        _("Inputs (running or not)"),
        help=_("name=input, separated by commas: lamp1=0. Each gives ACTIVE or READY."),
    ),
    Option(
        "table",
        _("Where the counters stand"),
        kind="choice",
        default="holding",
        choices=(("holding", _("holding registers")), ("input", _("input registers"))),
    ),
    Option("bits", _("Bits"), kind="choice", default="32", choices=(("16", "16"), ("32", "32"))),
    Option(
        "words",
        _("Order of the two words"),
        kind="choice",
        default="high",
        choices=(("high", _("high word first")), ("low", _("low word first"))),
    ),
    Option(
        "boot", _("Register with the boot id"), kind="number", help=_("Empty: a smaller value is a new boot.")
    ),
    Option("every_seconds", _("Read every (s)"), kind="number", default=1),
    Option(
        "fastest_seconds",
        _("Shortest cycle (s)"),
        kind="number",
        default=0,
        help=_("Faster pulses than this bounce and are not counted; they are told as refused values."),
    ),
)


def transport(settings: Settings) -> Transport:
    return PulseTransport(settings)
