"""Files that machines drop: CSV lines or XML elements, one per event."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from integrations.signals.base import Option, Settings, Transport
from integrations.signals.file.client import FileTransport

OPTIONS: Sequence[Option] = (
    Option("pattern", _("File names"), default="*", help=_("A shell pattern such as *.csv.")),
    Option("delimiter", _("Column separator"), default=";", help=_("For CSV; tab for a tabulator.")),
    Option("record", _("XML element"), help=_("The element of one event; empty: the files are CSV.")),
    Option(
        "columns",
        _("Columns"),
        help=_("Comma-separated names if the files have no header line; empty: the first line names them."),
    ),
    Option("time", _("Time column"), default="time"),
    Option(
        "device", _("Machine column"), help=_("If one folder serves several machines; empty: it serves one.")
    ),
    Option("zone", _("Time zone"), default="UTC", help=_("Of times without one, e.g. Europe/Berlin.")),
    Option("encoding", _("Encoding"), default="utf-8-sig"),
    Option("stable_seconds", _("Stable for (s)"), kind="number", default=2),
)


def transport(settings: Settings) -> Transport:
    return FileTransport(settings)
