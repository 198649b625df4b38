"""``Confirmation`` -> CSV: one line per confirmation; a reversal names the one it takes back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from integrations.domain.formats import Rendered
from integrations.erp.files import values
from integrations.erp.files.codec import write_table
from orders.domain.documents import Confirmation

COLUMNS = (
    "identity",
    "reverses",
    "order_number",
    "operation_number",
    "confirmation_number",
    "plant",
    "work_centre",
    "good",
    "scrap",
    "rework",
    "unit",
    "scrap_reason",
    "setup_seconds",
    "run_seconds",
    "stop_seconds",
    "labour_seconds",
    "start",
    "end",
    "person",
    "final",
    "created",
    "posting_date",
)


class CsvConfirmations:
    """The outbox's door to this folder. Columns: docs/reference/csv-confirmations.md."""

    name = "csv"

    def write(
        self,
        confirmations: Sequence[Confirmation],
        *,
        message_id: str,
        created: datetime,
        settings: Mapping[str, Any],
    ) -> Rendered:
        profile = values.profile(settings)
        decimal = profile.decimal or ","
        body = write_table(
            COLUMNS,
            (_row(confirmation, decimal) for confirmation in confirmations),
            encoding=profile.encoding or "utf-8-sig",
            delimiter=profile.delimiter or ";",
        )
        return Rendered(body, "csv", "text/csv", "confirmations")


def _row(confirmation: Confirmation, decimal: str) -> dict[str, str]:
    zone = ZoneInfo(confirmation.time_zone)

    def local(moment: datetime | None) -> str:
        return moment.astimezone(zone).isoformat(timespec="seconds") if moment else ""

    row = {
        "identity": confirmation.identity,
        "reverses": confirmation.reverses,
        "order_number": values.safe_text(confirmation.order),
        "operation_number": confirmation.operation,
        "confirmation_number": confirmation.confirmation_number,
        "plant": confirmation.plant,
        "work_centre": values.safe_text(confirmation.work_centre),
        "unit": confirmation.unit,
        "scrap_reason": values.safe_text(confirmation.scrap_reason),
        "person": confirmation.person,
        "final": "1" if confirmation.final else "0",
        "start": local(confirmation.start),
        "end": local(confirmation.end),
        "created": local(confirmation.created),
        "posting_date": confirmation.posting_date.isoformat() if confirmation.posting_date else "",
    }
    for name in ("good", "scrap", "rework", "setup_seconds", "run_seconds", "stop_seconds", "labour_seconds"):
        row[name] = values.number_text(getattr(confirmation, name), decimal)
    return row
