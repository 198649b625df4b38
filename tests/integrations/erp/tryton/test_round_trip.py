"""Both ways against a real Tryton: what counts is what stands there afterwards, not what was answered."""

import json
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from integrations.domain.connectors import PartnerError, connector
from integrations.domain.fetching import line_to
from integrations.enums import InboundState, OutboundState
from integrations.erp.tryton.session import Session
from integrations.models import InboundMessage
from orders.domain.cost import cost_of
from orders.enums import OrderState
from orders.models import ProductionOrder
from orders.queries.cost import cost_facts
from tests.support.tryton import amount

BERLIN = ZoneInfo("Europe/Berlin")

# One server is enough: bringing one up takes a minute.
pytestmark = [pytest.mark.django_db, pytest.mark.slow]


def noon():
    """Of yesterday: work that ends then crosses neither a day nor the present."""
    yesterday = timezone.now().astimezone(BERLIN) - timedelta(days=1)
    return yesterday.replace(hour=12, minute=0, second=0, microsecond=0)


def worked(work, good, *, minutes, scrap=0, finish=True):
    """A run of this many minutes that ended at noon, reported and told."""
    now = noon()
    work.start(at=now - timedelta(minutes=minutes))
    work.report(good, scrap, at=now)
    if finish:
        work.finish(at=now)


def standing(plant, *names):
    """The production as it stands in Tryton."""
    (found,) = plant.erp.find("production", [["number", "=", plant.number]], *names)
    return found


def cycles(plant):
    """Its cycles, oldest first, with what Tryton charges for them."""
    domain = [["work.production.number", "=", plant.number]]
    found = plant.erp.find("production.work.cycle", domain, "state", "duration", "cost")
    return [(c["state"], c["duration"]["seconds"], amount(c["cost"])) for c in found]


def totals(plant):
    return list(connector("tryton").totals(line_to(plant.connection), [plant.number]))


def states(plant):
    return set(plant.messages.values_list("state", flat=True))


def test_an_order_goes_round(plant):
    """50 pieces of 5 EUR material, two operations at 80 EUR an hour."""
    plant.fetch()
    message = InboundMessage.objects.get(orders=[plant.number])
    assert (message.state, message.problems) == (InboundState.APPLIED, [])
    order = plant.order()
    assert (order.state, order.quantity, order.item.code) == (OrderState.RELEASED, 50, "FLDN50")
    operations = order.operations.order_by("position")
    assert [(one.number, one.text) for one in operations] == [("0010", "10 Drehen"), ("0020", "20 Prüfen")]
    assert [(one.item.code, one.quantity) for one in order.components.all()] == [("ROH-4711", 50)]

    worked(plant.work("0010"), 50, minutes=90)
    plant.relay()
    worked(plant.work("0020"), 50, minutes=10)
    plant.relay()

    assert states(plant) == {OutboundState.POSTED}
    assert cycles(plant) == [("done", 5400, "120.0000"), ("done", 600, "13.3333")]
    production = standing(plant, "state", "cost")
    assert (production["state"], amount(production["cost"])) == ("done", "383.3333")
    mine = ["OR", ["production_input", "=", production["id"]], ["production_output", "=", production["id"]]]
    moves = plant.erp.find("stock.move", mine, "product.code", "quantity", "state", "unit_price")
    seen = {move["product."]["code"]: (move["quantity"], move["state"]) for move in moves}
    assert seen == {"ROH-4711": (50, "done"), "FLDN50": (50, "done")}
    (made,) = [move for move in moves if move["product."]["code"] == "FLDN50"]
    assert amount(made["unit_price"]) == "7.6667"
    told = json.loads(plant.messages.last().answer)
    assert (told["state"], told["production_cost"]) == ("done", "383.3333")
    seen = [(total.operation, total.good, total.setup_seconds, total.run_seconds) for total in totals(plant)]
    assert seen == [("0010", 50, 0, 5400), ("0020", 50, 0, 600)]

    plant.fetch()
    assert plant.order().state == OrderState.CLOSED
    (facts,) = cost_facts([plant.order()])
    assert cost_of(facts).actual == Decimal("383.33")


def test_reports_in_parts_with_scrap(plant):
    """Three reports are three cycles; only the good pieces come into stock, the scrap goes to waste."""
    erp = plant.erp
    waste = {"name": "Scrap", "code": "WST", "type": "lost_found"}
    (waste,) = erp.do("stock.location", "create", [waste])
    (warehouse,) = erp.find("stock.location", [["type", "=", "warehouse"]])
    erp.do("stock.location", "write", [warehouse["id"]], {"waste_locations": [["add", [waste]]]})
    plant.fetch()
    turning, testing = plant.work("0010"), plant.work("0020")
    worked(turning, 30, minutes=30, finish=False)
    plant.relay()
    assert standing(plant, "state")["state"] == "running"
    turning.report(18, 2, at=noon())
    turning.finish(at=noon())
    plant.relay()
    worked(testing, 47, scrap=1, minutes=10)
    plant.relay()

    assert states(plant) == {OutboundState.POSTED}
    assert [state for state, _seconds, _cost in cycles(plant)] == ["done"] * 3
    done = [["production_output.number", "=", plant.number], ["state", "=", "done"]]
    outputs = erp.find("stock.move", done, "quantity", "to_location")
    assert sorted((move["to_location"] == waste, move["quantity"]) for move in outputs) == [
        (False, 47.0),
        (True, 3.0),
    ]
    assert [(total.good, total.scrap) for total in totals(plant)] == [(48, 2), (47, 1)]


def test_a_sale_becomes_an_order_and_hears_of_it(plant):
    """The sale's production request waits for Tryton's planner; from then on it is an order here."""
    erp = plant.erp
    (request,) = erp.find("production", [["state", "=", "request"]], "origin")
    plant.fetch()
    assert not ProductionOrder.objects.filter(erp_raw__id=request["id"])
    (centre,) = erp.find("production.work.center", [])
    erp.do("production", "write", [request["id"]], {"work_center": centre["id"]})
    erp.do("production", "draft", [request["id"]])
    erp.do("production", "wait", [request["id"]])
    plant.fetch()
    (found,) = erp.find("production", [["id", "=", request["id"]]], "number")
    plant.number = found["number"]
    line = plant.order().customer_line
    assert (line.order.customer.name, line.order.number) == ("Kunde AG", "1")

    for operation in ("0010", "0020"):
        worked(plant.work(operation), 40, minutes=30)
        plant.relay()
    (sale,) = erp.find("sale.sale", [["reference", "=", "KB-2026-0815"]])
    notes = erp.find("ir.note", [["resource", "=", f"sale.sale,{sale['id']}"]], "message")
    assert [note["message"].rpartition(",")[0] for note in notes] == [
        f"MES: production {plant.number} released for production",
        f"MES: production {plant.number} in production",
        f"MES: production {plant.number} produced",
    ]
    assert standing(plant, "state")["state"] == "done"


def test_the_same_message_twice_makes_no_second_cycle(plant):
    plant.fetch()
    worked(plant.work("0010"), 10, minutes=6, finish=False)
    plant.relay()
    message = plant.messages.get(canonical__good="10.000")
    before = (message.state, message.reference)
    for _again in range(2):
        plant.messages.filter(pk=message.pk).update(state=OutboundState.QUEUED)
        plant.relay_again()
    message.refresh_from_db()
    assert (message.state, message.reference) == before == (OutboundState.POSTED, message.reference)
    assert cycles(plant) == [("done", 360, "8.0000")]


def test_a_correction_takes_the_cycle_back(plant):
    plant.fetch()
    work = plant.work("0010")
    now = noon()
    work.start(at=now - timedelta(minutes=60))
    wrong = work.report(50, at=now)
    plant.relay()
    work.correct(wrong, 45)
    plant.relay()
    assert states(plant) == {OutboundState.POSTED}
    assert len(cycles(plant)) == 1
    total, _other = totals(plant)
    assert total.good == 45
    domain = [["production.number", "=", plant.number], ["operation.name", "=", "10 Drehen"]]
    (there,) = plant.erp.find("production.work", domain, "state")
    notes = plant.erp.find("ir.note", [["resource", "=", f"production.work,{there['id']}"]], "message")
    (kept,) = [note["message"] for note in notes]
    assert "takes back" in kept
    assert "good: 50.000" in kept


def test_a_correction_after_the_end_waits_for_a_person(plant):
    plant.fetch()
    worked(plant.work("0010"), 50, minutes=9)
    work = plant.work("0020")
    now = noon()
    work.start(at=now - timedelta(minutes=6))
    wrong = work.report(50, at=now)
    work.finish(at=now)
    plant.relay()
    assert standing(plant, "state")["state"] == "done"
    before = cycles(plant)
    work.correct(wrong, 49)
    plant.relay()
    parked = plant.messages.filter(state=OutboundState.PARKED).first()
    assert parked.kind == "reversal"
    assert "by hand" in parked.problem
    assert cycles(plant) == before


LOST = [("create", False), ("note", False), ("duration", False), ("do", True)]


@pytest.mark.parametrize(("step", "dies"), LOST)
def test_one_effect_whatever_step_is_not_heard_of(plant, step, dies, monkeypatch):
    """The step is done, but nobody hears of it: the answer is lost, or the server is killed."""
    plant.fetch()
    worked(plant.work("0010"), 10, minutes=6, finish=False)
    methods = {
        "create": ("production.work.cycle", "create"),
        "note": ("ir.note", "create"),
        "duration": ("production.work.cycle", "write"),
        "do": ("production.work.cycle", "do"),
    }
    send, lost = Session._send, []

    def losing(session, model, method, parameters):
        answer = send(session, model, method, parameters)
        if (model, method) == methods[step] and not lost:
            lost.append(step)
            if dies:
                plant.erp.kill()
            raise PartnerError("no_answer", "No answer came.")
        return answer

    monkeypatch.setattr(Session, "_send", losing)
    plant.relay()
    message = plant.messages.get(canonical__good="10.000")
    assert (lost, message.state, message.uncertain) == ([step], OutboundState.QUEUED, True)
    if dies:
        plant.relay_again()
        message.refresh_from_db()
        assert (message.state, message.uncertain) == (OutboundState.QUEUED, True), "nobody is there"
        plant.erp.start()
    plant.relay_again()
    assert states(plant) == {OutboundState.POSTED}
    assert cycles(plant) == [("done", 360, "8.0000")]
    assert totals(plant)[0].good == 10
