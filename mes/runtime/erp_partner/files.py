"""Confirmation files: tickets and cancellations as IDoc XML, taken from the folder once each."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

from lxml import etree

from mes.runtime.erp_partner.ledger import Ledger, Ticket

logger = logging.getLogger("erp")


def take_files(folder: Path, ledger: Ledger) -> int:
    """Book every file of the folder and put it into ``taken``, or into ``unreadable``. Returns how many."""
    if not folder.is_dir():
        return 0
    count = 0
    for path in sorted(folder.glob("*.xml")):
        try:
            tickets = list(read_tickets(path.read_bytes()))
        except (etree.XMLSyntaxError, ValueError) as error:
            logger.warning("%s can't be read: %s", path.name, error)
            _put(path, "unreadable")
            continue
        for ticket in tickets:
            booking = ledger.book(ticket, "file")
            if not booking.posted:
                logger.info("%s refused: %s", ticket.identity, booking.reason)
        _put(path, "taken")
        count += 1
    return count


def read_tickets(body: bytes) -> Iterator[Ticket]:
    """Raises ``XMLSyntaxError`` or ``ValueError``."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    for identity in etree.fromstring(body, parser).iter("EX_IDENT"):
        segment = identity.getparent()
        if segment is None:
            continue
        fields = {str(child.tag): (child.text or "").strip() for child in segment}
        cancelled = fields.get("CANCELLED_EX_IDENT", "")
        final = fields.get("FIN_CONF") == "X"
        yield Ticket(
            identity=fields["EX_IDENT"].upper(),
            kind="reversal" if cancelled else "final" if final else "partial",
            order=fields.get("ORDERID", "").lstrip("0"),
            operation=fields.get("OPERATION", ""),
            good=float(fields.get("YIELD") or 0),
            scrap=float(fields.get("SCRAP") or 0),
            rework=float(fields.get("REWORK") or 0),
            reverses=cancelled,
        )


def _put(path: Path, folder: str) -> None:
    target = path.parent / folder
    target.mkdir(exist_ok=True)
    path.rename(target / path.name)
