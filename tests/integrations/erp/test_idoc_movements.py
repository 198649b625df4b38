"""Goods movements: the document, and which moves of the stock ledger become one."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from integrations.domain.formats import GoodsMove
from integrations.domain.inbox import process, receive
from integrations.domain.outbox.goods import collect_goods
from integrations.domain.outbox.relay import relay_once
from integrations.enums import OutboundState
from integrations.erp.idoc.codec import read_idocs
from integrations.erp.idoc.movements import MovementFormat
from integrations.models import OutboundMessage
from mes.lib.errors import InvalidInput
from orders.domain.stock import move_stock
from orders.enums import MoveKind
from orders.models import ProductionOrder
from tests.integrations.erp.flats import node_of
from tests.integrations.erp.idocs import document, idoc, operation, order
from tests.integrations.plants import idoc_partner

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
NUMBER = "0b6e7e396c0b4b1d8d668c7d2f7d5b10"


def move(**values):
    shown = {
        "item": "4711",
        "lot": "L1",
        "quantity": Decimal(-2),
        "unit": "C62",
        "is_receipt": False,
        "order": "1003456",
        "plant": "1000",
        "reservation": "123",
        "reservation_item": "1",
        "occurred_at": NOON,
        "posting_date": date(2026, 3, 1),
        "time_zone": "Europe/Berlin",
    }
    return GoodsMove(**{**shown, **values})


def written(one, **settings):
    rendered = MovementFormat().write_move(one, message_id=NUMBER, created=NOON, settings=settings)
    (found,), problems = read_idocs(rendered.body, encoding="cp1252")
    assert problems == []
    return found.control, node_of(found.body.first("E1MBGMCR")), rendered


@pytest.mark.parametrize("flat", [False, True])
@pytest.mark.parametrize(
    ("is_receipt", "quantity", "code", "kind", "mark"),
    [
        (True, 5, "02", "101", "F"),
        (True, -5, "02", "102", "F"),
        (False, -5, "03", "261", None),
        (False, 5, "03", "262", None),
    ],
)
def test_kinds_of_movement(is_receipt, quantity, code, kind, mark, flat):
    control, root, _ = written(move(is_receipt=is_receipt, quantity=Decimal(quantity)), flat=flat)
    head, movement, item = root.children[:3]
    assert (control["MESTYP"], control["ARCKEY"]) == ("MBGMCR", f"mes:outbox:{NUMBER}")
    assert (movement.fields["GM_CODE"], item.fields["MOVE_TYPE"]) == (code, kind)
    assert (item.fields["ENTRY_QNT"], item.fields["ENTRY_UOM_ISO"]) == ("5.000", "PCE")
    assert (item.fields["ORDERID"], item.fields.get("MVT_IND")) == ("000001003456", mark)
    assert (item.fields["MATERIAL"], item.fields["BATCH"]) == ("000000000000004711", "L1")
    assert (item.fields["RESERV_NO"], item.fields["RES_ITEM"]) == ("0000000123", "0001")
    assert (head.fields["PSTNG_DATE"], head.fields["DOC_DATE"]) == ("20260301", "20260302")
    assert head.fields["REF_DOC_NO_LONG"] == NUMBER.upper()


def test_a_long_material_has_its_own_field():
    _, root, rendered = written(move(item="A-MATERIAL-OF-MORE-THAN-18"), flat=True, line_end="none")
    item = root.children[2]
    assert "MATERIAL" not in item.fields
    assert item.children[0].fields["MATERIAL_LONG"] == "A-MATERIAL-OF-MORE-THAN-18"
    assert len(rendered.body) == 524 + 5 * 1063


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"item": "X" * 41}, "MATERIAL"),
        ({"plant": "HZ001"}, "PLANT"),
        ({"lot": "L" * 11}, "BATCH"),
        ({"order": "X" * 13}, "ORDERID"),
        ({"quantity": Decimal(10) ** 10}, "ENTRY_QNT"),
    ],
)
def test_what_does_not_fit_is_refused(values, field):
    with pytest.raises(InvalidInput) as caught:
        written(move(**values))
    assert [problem.field for problem in caught.value.problems] == [field]


# --- from the ledger

COMPONENTS = "".join(
    f"<E1RESBL><POSNR>{position}</POSNR><RSNUM>77</RSNUM><RSPOS>{position}</RSPOS><MATNR>{item}</MATNR>"
    f"<BDMNG>20.000</BDMNG><MEINS>{unit}</MEINS><BACKFLUSH>{mark}</BACKFLUSH></E1RESBL>"
    for position, item, unit, mark in (("0010", "VALVE", "ST", ""), ("0020", "STEEL", "KG", "X"))
)


@pytest.fixture
def made(db, tmp_path, settings):
    settings.OUTBOX_DIR = tmp_path
    agreed = {"kinds": ["issue", "produced"], "from": "2020-01-01"}
    partner = idoc_partner(options={"goods_movements": agreed})
    body = document(idoc(order(operation(inner=COMPONENTS))))
    process(receive(connection=partner, channel="file", body=body).message)
    return partner, ProductionOrder.objects.get()


def issue(order, component, quantity):
    return move_stock(
        plant=order.plant, item=component.item, quantity=Decimal(quantity), kind=MoveKind.ISSUE, order=order
    )


def test_the_ledgers_moves_leave_once_each(made, tmp_path):
    _partner, order = made
    drawn, flushed = order.components.order_by("position")
    moves = [issue(order, drawn, -3), issue(order, drawn, 1)]
    issue(order, flushed, -3)
    move_stock(plant=order.plant, item=drawn.item, quantity=Decimal(9), kind=MoveKind.RECEIPT)
    while relay_once():
        pass
    assert collect_goods() == 0
    files = sorted(tmp_path.rglob("MBGMCR03_*.xml"))
    items = [
        node_of(read_idocs(file.read_bytes())[0][0].body.first("E1MBGMCR")).children[2] for file in files
    ]
    shown = [(item.fields["MOVE_TYPE"], item.fields["ENTRY_QNT"]) for item in items]
    assert shown == [("261", "3.000"), ("262", "1.000")]
    messages = OutboundMessage.objects.order_by("sequence")
    assert [message.identity for message in messages] == [move.key for move in moves]
    assert {message.state for message in messages} == {OutboundState.DELIVERED}


@pytest.mark.parametrize(
    "option", [None, {"kinds": ["produced"], "from": "2020-01-01"}, {"kinds": ["issue"]}]
)
def test_nothing_leaves_that_was_not_agreed(made, option):
    partner, order = made
    partner.options = {} if option is None else {"goods_movements": option}
    partner.save()
    issue(order, order.components.order_by("position").first(), -3)
    assert collect_goods() == 0


def test_moves_before_the_agreed_day_stay_here(made):
    partner, order = made
    partner.options = {"goods_movements": {"kinds": ["issue"], "from": "2999-01-01"}}
    partner.save()
    issue(order, order.components.order_by("position").first(), -3)
    assert collect_goods() == 0
