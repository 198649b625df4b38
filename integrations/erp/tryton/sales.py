"""How a sale in Tryton hears of its production: a note on the sale for each step, once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from integrations.erp.tryton import tables
from integrations.erp.tryton.records import NOTE, Production
from integrations.erp.tryton.session import Session
from orders.enums import EventKind

RUNNING, DONE = "running", "done"
SALE = "sale.sale"

# What happened to the order -> the word of the note. Other news isn't the customer's.
WORDS: Mapping[str, str] = {
    EventKind.RELEASED: "released for production",
    RUNNING: "in production",
    DONE: "produced",
    EventKind.CANCELLED: "cancelled",
}


def tell(erp: Session, production: Production, news: str) -> None:
    """Leave a note on the sale that the production was made for, unless it stands there already."""
    word = WORDS.get(news)
    if word is None or not production.origin.startswith(tables.SALE_LINE + ","):
        return
    line = int(production.origin.partition(",")[2])
    (found,) = erp.search(tables.SALE_LINE, [["id", "=", line]], ["sale"])
    sale = f"{SALE},{found['sale']}"
    head = f"MES: production {production.number} {word}"
    notes = erp.search(NOTE, [["resource", "=", sale]], ["message"])
    if not any((note["message"] or "").startswith(f"{head},") for note in notes):
        since = datetime.now(UTC).isoformat(timespec="seconds")
        erp.call(NOTE, "create", [{"resource": sale, "message": f"{head}, {since}"}])
