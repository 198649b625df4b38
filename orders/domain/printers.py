"""Network printers: bytes to a TCP port, as label and office printers take them (raw, port 9100)."""

from __future__ import annotations

import contextlib
import socket

from django.utils import timezone

from orders.domain.printing import NotPrinted, claim_prints, content_of, follow_facts, settle_print
from orders.enums import LabelFormat
from orders.models import Printer, PrintJob

CONNECT_SECONDS = 5.0
SEND_SECONDS = 30.0
CLOSE_SECONDS = 3.0
"""How long a printer may take to hang up after us; many never do."""


def print_due() -> int:
    """Ask for what rules want, then print what waits. Returns how many prints were tried."""
    follow_facts(now=timezone.now())
    jobs = claim_prints(now=timezone.now())
    away: dict[int, NotPrinted] = {}
    for job in jobs:
        outcome = away.get(job.printer_id) or _print(job)
        if isinstance(outcome, NotPrinted) and outcome.again:
            away[job.printer_id] = outcome
        settle_print(job=job, outcome=outcome, now=timezone.now())
    return len(jobs)


def _print(job: PrintJob) -> NotPrinted | None:
    content = content_of(job)
    if isinstance(content, NotPrinted):
        return content
    return send(job.printer, content, copies=job.copies, one_by_one=job.template.format != LabelFormat.ZPL)


def send(printer: Printer, content: bytes, *, copies: int = 1, one_by_one: bool = False) -> NotPrinted | None:
    """Send ``content`` to a printer. Nothing is answered by this protocol: printed means that the printer
    took every byte and didn't break the connection. ``one_by_one``: a connection for each copy (PDF)."""
    batches = [content] * copies if one_by_one else [content * copies]
    for batch in batches:
        try:
            _send(printer, batch)
        except OSError as wrong:
            return NotPrinted(f"{printer.code} ({printer.host}:{printer.port}): {wrong.strerror or wrong}")
    return None


def _send(printer: Printer, content: bytes) -> None:
    with socket.create_connection((printer.host, printer.port), timeout=CONNECT_SECONDS) as connection:
        connection.settimeout(SEND_SECONDS)
        connection.sendall(content)
        connection.shutdown(socket.SHUT_WR)
        connection.settimeout(CLOSE_SECONDS)
        with contextlib.suppress(TimeoutError):
            while connection.recv(4096):
                pass
