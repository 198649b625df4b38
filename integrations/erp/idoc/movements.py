"""Goods movements -> MBGMCR03: receipts (101, back 102) and issues (261, back 262) of an order."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from integrations.domain.formats import GoodsMove, Rendered
from integrations.erp.idoc import tables, values
from integrations.erp.idoc.document import write_document
from integrations.erp.idoc.node import Node
from mes.lib.errors import InvalidInput, Problem
from mes.lib.sentences import gettext as _

BASIC_TYPE, MESSAGE_TYPE = "MBGMCR03", "MBGMCR"
RECEIPT, ISSUE = "02", "03"
SHORT_MATERIAL = 18
LENGTHS: Mapping[str, int] = {
    "MATERIAL": 40,
    "PLANT": 4,
    "STGE_LOC": 4,
    "BATCH": 10,
    "ORDERID": 12,
    "RESERV_NO": 10,
    "RES_ITEM": 4,
    "ENTRY_UOM_ISO": 3,
}
LARGEST = Decimal(10) ** 10


class MovementFormat:
    name = "idoc"

    def write_move(
        self, move: GoodsMove, *, message_id: str, created: datetime, settings: Mapping[str, Any]
    ) -> Rendered:
        """Raises ``InvalidInput`` naming the field that a value doesn't fit."""
        profile = tables.profile(settings)
        zone = ZoneInfo(move.time_zone)
        problems: list[Problem] = []
        item = _item(move, profile, problems)
        if problems:
            raise InvalidInput(problems)
        header = {
            "PSTNG_DATE": f"{move.posting_date:%Y%m%d}",
            "DOC_DATE": f"{move.occurred_at.astimezone(zone):%Y%m%d}",
            "REF_DOC_NO": message_id[:16].upper(),
            "HEADER_TXT": "MES",
            "REF_DOC_NO_LONG": message_id.upper(),
        }
        long_material = {"MATERIAL_LONG": move.item} if len(move.item) > SHORT_MATERIAL else {}
        children = (Node("E1BP2017_GM_ITEM_CREATE1", long_material),) if long_material else ()
        root = Node(
            "E1MBGMCR",
            {},
            (
                Node("E1BP2017_GM_HEAD_01", header),
                Node("E1BP2017_GM_CODE", {"GM_CODE": RECEIPT if move.is_receipt else ISSUE}),
                Node("E1BP2017_GM_ITEM_CREATE", item, children),
            ),
        )
        return write_document(
            BASIC_TYPE,
            _control(move, message_id, created, profile),
            [root],
            profile=profile,
            settings=settings,
        )


def _item(move: GoodsMove, profile: tables.Profile, problems: list[Problem]) -> dict[str, str]:
    """A positive quantity is into stock: a receipt, or material taken back."""
    kinds = ("101", "102") if move.is_receipt else ("262", "261")
    fields = {
        "MATERIAL": values.padded(move.item, SHORT_MATERIAL),
        "PLANT": move.plant,
        "STGE_LOC": profile.storage_location,
        "BATCH": move.lot,
        "MOVE_TYPE": kinds[move.quantity < 0],
        "ENTRY_QNT": values.amount_text(abs(move.quantity)),
        "ENTRY_UOM_ISO": profile.iso_units.get(move.unit, move.unit),
        "ORDERID": values.padded(move.order, 12),
        "RESERV_NO": values.padded(move.reservation, 10) if move.reservation else "",
        "RES_ITEM": values.padded(move.reservation_item, 4) if move.reservation_item else "",
        "MVT_IND": "F" if move.is_receipt else "",
    }
    for name, length in LENGTHS.items():
        if len(fields[name]) > length:
            reason = _("“%(value)s” does not fit the %(length)d characters of the ERP's field.")
            shown = {"value": fields[name][:60], "length": length}
            problems.append(Problem("too_long", reason % shown, field=name, value=fields[name][:100]))
    if abs(move.quantity) >= LARGEST:
        reason = _("The amount %s is too large.") % move.quantity
        problems.append(Problem("out_of_range", reason, field="ENTRY_QNT", value=str(move.quantity)))
    if len(move.item) > SHORT_MATERIAL:
        fields["MATERIAL"] = ""
    return fields


def _control(move: GoodsMove, message_id: str, created: datetime, profile: tables.Profile) -> dict[str, str]:
    local = created.astimezone(ZoneInfo(move.time_zone))
    return {
        "TABNAM": "EDI_DC40",
        "DIRECT": "2",
        "IDOCTYP": BASIC_TYPE,
        "MESTYP": MESSAGE_TYPE,
        "SNDPOR": profile.sender_port,
        "SNDPRT": "LS",
        "SNDPRN": profile.sender,
        "RCVPOR": profile.receiver_port,
        "RCVPRT": "LS",
        "RCVPRN": profile.receiver,
        "CREDAT": f"{local:%Y%m%d}",
        "CRETIM": f"{local:%H%M%S}",
        "ARCKEY": f"mes:outbox:{message_id}",
        "SERIAL": f"{created.astimezone(UTC):%Y%m%d%H%M%S%f}",
    }
