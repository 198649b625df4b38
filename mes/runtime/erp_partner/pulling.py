"""Asking for confirmations that were missed, and saying what was booked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import httpx

from mes.runtime.erp_partner.ledger import Booking, Ledger, Ticket

PATH = "/api/v1/confirmations"
LIMIT = 200


@dataclass(slots=True)
class Puller:
    """Remembers in memory how far it has read: reading again is harmless."""

    ledger: Ledger
    client: httpx.Client
    cursor: int = 0

    @classmethod
    def of(cls, url: str, key: str, ledger: Ledger) -> Puller:
        client = httpx.Client(
            base_url=url, headers={"Authorization": f"Api-Key {key}"}, timeout=20, trust_env=False
        )
        return cls(ledger, client)

    def pull(self) -> int:
        """One page: book, acknowledge, go on. Returns how many came. Raises ``httpx.HTTPError``."""
        page = self._get()
        messages = page["messages"]
        if messages:
            bookings = [
                self.ledger.book(Ticket.of(message["content"], message["kind"]), "pull")
                for message in messages
            ]
            receipts = [_receipt(booking) for booking in bookings]
            self.client.post(f"{PATH}/acknowledge", json=receipts).raise_for_status()
        self.cursor = page["cursor"]
        return len(messages)

    def _get(self) -> Any:
        response = self.client.get(PATH, params={"after": self.cursor, "limit": LIMIT})
        response.raise_for_status()
        return response.json()


def _receipt(booking: Booking) -> dict[str, str]:
    if booking.posted:
        return {"identity": booking.identity, "status": "posted", "reference": booking.reference}
    return {"identity": booking.identity, "status": "refused", "reason": booking.reason}
