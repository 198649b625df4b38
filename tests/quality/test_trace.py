"""Tracing both ways, recalling, and what the pages and files say of it."""

import json
import uuid
from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader
from pytest_django.asserts import assertContains, assertNotContains

from machines.models import StateInterval
from mes.lib.errors import InvalidInput, Refused
from orders.domain.genealogy import Made, link_lots
from orders.domain.inventory import give_lot, ship
from orders.domain.stock import move_stock
from orders.models import Customer, GenealogyEdge, Hold, Lot, RunPerson, ShippedLot, StockBalance
from quality.domain.recall import affected_lots, from_gauge, from_lots, from_machine, from_tool, start_recall
from quality.models import Recall
from quality.queries.recall import delivered, kept_without_lot, lying, shipped_without_lot
from quality.queries.trace import Direction, levels, lots_reached, steps_of, walk
from tests.factories.accounts import OperatorFactory, QualityFactory
from tests.factories.machines import MONDAY, MachineFactory, PlantFactory, ToolFactory
from tests.factories.orders import (
    CustomerOrderLineFactory,
    HandlingUnitFactory,
    ItemFactory,
    LotFactory,
    OperationFactory,
    PlaceFactory,
    ProductionOrderFactory,
    RunFactory,
    ShipmentFactory,
)
from tests.factories.quality import GaugeFactory, InspectionResultFactory, RecallFactory
from tests.support.books import assert_books_are_clean
from tests.support.epcis import epcis_problems

pytestmark = pytest.mark.django_db


def text_of(content):
    """The words of a PDF, line breaks as spaces."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages).split())


def link(parent, child, quantity=1, *, at=MONDAY, **more):
    made = Made(PlantFactory().pk, at, **more)
    return link_lots(parent=parent, child=child, quantity=Decimal(quantity), made=made, key=uuid.uuid4())


class Chain:
    """Steel HEAT-9 → bar → two shafts, one in stock, one shipped; an unrelated lot beside them."""

    def __init__(self):
        self.plant = PlantFactory()
        self.steel = LotFactory(number="STEEL", supplier="Steel works", supplier_lot="HEAT-9")
        self.bar = LotFactory(number="BAR")
        self.order = ProductionOrderFactory(released=True, plant=self.plant)
        self.operation = OperationFactory(
            released=True, order=self.order, number="0010", position=1, program="O4711", tool=ToolFactory()
        )
        self.machine = MachineFactory(plant=self.plant, group=self.operation.machine_group)
        self.run = RunFactory(
            operation=self.operation,
            machine=self.machine,
            started_at=MONDAY,
            ended_at=MONDAY + timedelta(hours=2),
        )
        self.line = CustomerOrderLineFactory(order__customer__name="Acme Aerospace")
        self.kept = LotFactory(number="KEPT", item=self.order.item, order=self.order)
        self.gone = LotFactory(number="GONE", item=self.line.item)
        self.other = LotFactory(number="OTHER")
        self.at = MONDAY + timedelta(hours=1)
        self.made = {
            "at": self.at,
            "machine_id": self.machine.pk,
            "operation_id": self.operation.pk,
            "run_id": self.run.pk,
        }
        link(self.steel, self.bar, 5)
        link(self.bar, self.kept, 2, **self.made)
        link(self.bar, self.gone, 3)
        for lot, quantity in ((self.kept, 4), (self.gone, 6)):
            move_stock(
                plant=self.plant,
                item=lot.item,
                quantity=Decimal(quantity),
                kind="produced",
                lot=lot.number,
            )
        ship(
            line=self.line,
            plant=self.plant,
            lots=[(self.gone, Decimal(6))],
            number="8001",
            by=None,
            key=uuid.uuid4(),
        )

    def numbers(self, direction, lot):
        reached = lots_reached([lot.pk], walk([lot.pk], direction))
        known = (self.steel, self.bar, self.kept, self.gone, self.other)
        return {one.number for one in known if one.pk in reached}


@pytest.fixture
def chain():
    return Chain()


def test_a_trace_goes_both_ways_and_meets_nothing_else(chain):
    assert chain.numbers(Direction.FORWARD, chain.steel) == {"STEEL", "BAR", "KEPT", "GONE"}
    assert chain.numbers(Direction.BACKWARD, chain.kept) == {"KEPT", "BAR", "STEEL"}
    assert chain.numbers(Direction.FORWARD, chain.other) == {"OTHER"}


def test_what_was_taken_back_is_not_met_any_more(chain):
    link(chain.bar, chain.gone, -3)
    assert chain.numbers(Direction.FORWARD, chain.steel) == {"STEEL", "BAR", "KEPT"}
    assert_books_are_clean()


def test_a_trace_ends_even_where_the_genealogy_has_a_cycle(chain):
    GenealogyEdge.objects.create(parent=chain.kept, child=chain.steel, quantity=1)
    assert chain.numbers(Direction.FORWARD, chain.steel) == {"STEEL", "BAR", "KEPT", "GONE"}


def test_levels_follow_the_longest_way():
    first, second, third = LotFactory.create_batch(3)
    for parent, child in ((first, second), (second, third), (first, third)):
        link(parent, child)
    edges = walk([first.pk], Direction.FORWARD)
    assert levels([first.pk], edges, Direction.FORWARD) == {first.pk: 0, second.pk: 1, third.pk: 2}


def test_a_step_knows_what_was_going_on_at_that_minute(chain):
    person = OperatorFactory()
    RunPerson.objects.create(run=chain.run, person=person, started_at=MONDAY)
    late = OperatorFactory()
    RunPerson.objects.create(run=chain.run, person=late, started_at=chain.at + timedelta(minutes=5))
    for state, start, end in (("setup", 0, 30), ("producing", 30, 90)):
        StateInterval.objects.create(
            plant=chain.plant,
            machine=chain.machine,
            started_at=MONDAY + timedelta(minutes=start),
            ended_at=MONDAY + timedelta(minutes=end),
            state=state,
        )
    edges = [edge for edge in walk([chain.bar.pk], Direction.FORWARD) if edge.child == chain.kept.pk]
    [step] = steps_of(edges)
    assert (step.state, step.program, step.people) == ("producing", "O4711", [str(person)])
    assert step.link.operation.tool == chain.operation.tool


def test_steps_cost_the_same_for_one_link_and_for_three(chain):
    def queries(count):
        for _ in range(count):
            link(chain.bar, LotFactory(), **chain.made)
        edges = walk([chain.bar.pk], Direction.FORWARD)
        with CaptureQueriesContext(connection) as captured:
            steps_of(edges)
        return len(captured)

    assert queries(0) == queries(2)


class TestRecall:
    def recall(self, chain, **more):
        said = {
            "scope": from_lots(text="HEAT-9"),
            "plant": chain.plant,
            "reason": "cracks",
            "by": QualityFactory(),
            "key": uuid.uuid4(),
        }
        return start_recall(**said | more)

    def held(self):
        holds = Hold.objects.filter(kind="recall", lifted_at__isnull=True)
        return sorted(holds.exclude(lot="").values_list("lot", flat=True))

    def test_all_that_came_from_a_suppliers_lot_is_held_at_once_and_once(self, chain):
        key = uuid.uuid4()
        recall = self.recall(chain, key=key)
        assert self.recall(chain, key=key) == recall
        assert self.held() == ["BAR", "GONE", "KEPT", "STEEL"]
        assert Hold.objects.filter(order=chain.order).count() == 1
        assert dict(recall.lots.values_list("lot__number", "in_stock"))["KEPT"] == 4
        assert dict(recall.lots.values_list("lot__number", "shipped"))["GONE"] == 6

    def test_customers_quantities_and_places_are_summed_up(self, chain):
        line = CustomerOrderLineFactory(item=chain.gone.item, order__customer__name="Acme Aerospace")
        second = LotFactory(item=chain.kept.item, number="KEPT-2")
        link(chain.bar, second, 1)
        for lot, quantity in ((second, 3), (chain.gone, 2)):
            said = {"quantity": Decimal(quantity), "kind": "produced", "lot": lot.number}
            move_stock(plant=chain.plant, item=lot.item, place=PlaceFactory(plant=chain.plant), **said)
        lots = [(chain.gone, Decimal(2))]
        ship(line=line, plant=chain.plant, lots=lots, number="8002", by=None, key=uuid.uuid4())
        lots = affected_lots(from_lots(text="HEAT-9"))
        gone = delivered(lots)
        assert [(one.customer, one.item) for one in gone] == [("Acme Aerospace", chain.gone.item.code)] * len(
            gone
        )
        assert sum(one.quantity for one in gone) == 8
        assert {(one.unit, one.lots) for one in gone} == {(chain.gone.item.unit.symbol, 1)}
        kept = [one for one in lying(lots) if one.item == chain.kept.item.code]
        assert sorted((one.quantity, one.lots) for one in kept) == [(3, 1), (4, 1)]
        assert delivered([]) == lying([]) == []

    def test_what_went_out_in_a_handling_unit_is_in_the_sum(self, chain):
        line = CustomerOrderLineFactory(item=chain.gone.item, order__customer__name="Acme Aerospace")
        unit = HandlingUnitFactory(plant=chain.plant)
        shipment = ShipmentFactory(plant=chain.plant, line=line)
        before = sum(one.quantity for one in delivered([chain.gone.pk]))
        ShippedLot.objects.create(shipment=shipment, lot=chain.gone, quantity=Decimal(3), unit=unit)
        found = delivered([chain.gone.pk])
        assert sum(one.quantity for one in found) - before == 3
        assert {one.unit for one in found} == {chain.gone.item.unit.symbol}

    def test_it_costs_the_same_queries_for_any_number_of_lots(self, chain):
        def queries(text):
            with CaptureQueriesContext(connection) as captured:
                self.recall(chain, scope=from_lots(text=text))
            return len(captured)

        few, many = LotFactory(number="FEW"), LotFactory(number="MANY")
        for parent, count in ((few, 1), (many, 4)):
            for _ in range(count):
                order = ProductionOrderFactory(released=True, plant=chain.plant)
                link(parent, LotFactory(order=order, item=order.item), 1)
        queries("OTHER")
        assert queries("FEW") == queries("MANY")
        assert Hold.objects.filter(order__isnull=False, kind="recall").count() == 5

    def test_every_hold_of_a_recall_is_in_the_audit_trail(self, chain):
        self.recall(chain)
        told = Hold.pgh_event_model.objects.filter(kind="recall", pgh_label="insert")
        assert sorted(told.exclude(lot="").values_list("lot", flat=True)) == self.held()

    def test_audit_triggers_find_their_setting(self):
        """Where it has no value each of them fails inside, which makes many rows slow."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('pgtrigger.ignore')")
            assert cursor.fetchone() == ("{}",)

    def test_a_second_recall_holds_nothing_twice(self, chain):
        self.recall(chain)
        self.recall(chain, reason="more cracks")
        assert Recall.objects.count() == 2
        assert self.held() == ["BAR", "GONE", "KEPT", "STEEL"]

    def test_without_a_reason_or_a_lot_nothing_is_recalled(self, chain):
        with pytest.raises(InvalidInput):
            self.recall(chain, reason=" ")
        with pytest.raises(Refused):
            self.recall(chain, scope=from_lots(text="nobody knows"))
        assert not Hold.objects.exists()

    def test_it_starts_from_a_machines_time_a_tool_or_a_gauge(self, chain):
        hours = {"start": MONDAY, "end": MONDAY + timedelta(hours=3)}
        later = {"start": MONDAY + timedelta(days=1), "end": MONDAY + timedelta(days=2)}
        gauge = GaugeFactory(plant=chain.plant)
        InspectionResultFactory(operation=chain.operation, gauge=gauge)
        for ask in (
            lambda when: from_machine(machine=chain.machine, **when),
            lambda when: from_tool(tool=chain.operation.tool, **when),
            lambda when: from_gauge(gauge=gauge, **when),
        ):
            assert affected_lots(ask(hours)) == {chain.kept.pk}
            assert affected_lots(ask(later)) == set()
            with pytest.raises(InvalidInput):
                ask({"start": hours["end"], "end": hours["start"]})

    def test_a_recall_has_a_reason(self):
        with pytest.raises(IntegrityError, match="recall_has_a_reason"), transaction.atomic():
            RecallFactory(reason="")


class TestWithoutALot:
    """What left without a lot while a lot of its item was there: no genealogy leads to it."""

    @pytest.fixture
    def clip(self, chain):
        """Ten pieces without a lot beside a lot that came on Monday noon and is still there."""
        item = ItemFactory(code="CLIP")
        for lot in ("", "L-1"):
            self.move(chain.plant, item, 10, lot=lot)
        return item

    def move(self, plant, item, quantity, *, hours=6, lot="", kind="receipt", **more):
        at = MONDAY + timedelta(hours=hours)
        move_stock(plant=plant, item=item, quantity=Decimal(quantity), kind=kind, lot=lot, at=at, **more)

    def send(self, plant, item, quantity, *, hours, customer="Marine", number=""):
        line = CustomerOrderLineFactory(item=item, order__customer__name=customer)
        at = MONDAY + timedelta(hours=hours)
        parts = [(None, Decimal(quantity))]
        return ship(line=line, plant=plant, lots=parts, number=number, by=None, key=uuid.uuid4(), at=at)

    def lot(self, item, number="L-1"):
        return [Lot.objects.get(item=item, number=number).pk]

    def test_it_is_said_what_was_shipped_while_the_lot_was_there(self, chain, clip):
        at = MONDAY + timedelta(hours=7)
        Lot.objects.update(made_at=MONDAY + timedelta(hours=6))
        for hours, number in ((5, "BEFORE"), (7, "THEN"), (9, "AFTER")):
            self.send(chain.plant, clip, 2, hours=hours, number=number)
        self.move(chain.plant, clip, -10, hours=8, lot="L-1", kind="shipped")
        [one] = shipped_without_lot(self.lot(clip))
        assert (one.customer, one.item, one.quantity, one.number, one.at) == ("Marine", "CLIP", 2, "THEN", at)

    def test_a_lot_that_is_still_there_reaches_to_now(self, chain, clip):
        self.send(chain.plant, clip, 2, hours=900)
        assert len(shipped_without_lot(self.lot(clip))) == 1

    def test_a_lot_that_stock_was_given_later_may_have_been_there_always(self, chain, clip):
        self.send(chain.plant, clip, 2, hours=5, number="BEFORE")
        balance = StockBalance.objects.get(item=clip, lot="")
        give_lot(balance=balance, quantity=Decimal(3), number="LATER", by=None, key=uuid.uuid4())
        assert [one.number for one in shipped_without_lot(self.lot(clip, "LATER"))] == ["BEFORE"]

    def test_another_plant_and_another_item_are_not_meant(self, chain, clip):
        elsewhere, other = PlantFactory(), ItemFactory()
        self.move(elsewhere, clip, 5)
        self.move(chain.plant, other, 5)
        self.send(elsewhere, clip, 2, hours=7)
        self.send(chain.plant, other, 2, hours=7)
        assert shipped_without_lot(self.lot(clip)) == []

    def test_a_lot_that_stock_never_had_may_lie_anywhere(self, chain, clip):
        booked_nowhere = LotFactory(item=clip, made_at=MONDAY + timedelta(hours=6))
        self.send(chain.plant, clip, 2, hours=5)
        self.send(chain.plant, clip, 3, hours=7)
        assert [one.quantity for one in shipped_without_lot([booked_nowhere.pk])] == [3]

    def test_what_orders_used_and_what_lies_without_a_lot_is_said_too(self, chain, clip):
        self.move(chain.plant, clip, -3, hours=7, kind="issue")
        self.move(chain.plant, clip, 1, hours=8, kind="issue")
        [one] = kept_without_lot(self.lot(clip))
        assert (one.plant, one.item, one.used, one.lying) == (chain.plant.code, "CLIP", 2, 8)

    def test_it_costs_one_query_for_one_lot_and_for_three(self, chain, clip):
        self.send(chain.plant, clip, 2, hours=7)
        more = [LotFactory(item=clip).pk for _ in range(2)]
        for ask in (shipped_without_lot, kept_without_lot):
            for lots in (self.lot(clip), [*self.lot(clip), *more]):
                with CaptureQueriesContext(connection) as captured:
                    assert ask(lots)
                assert len(captured) == 1

    def test_page_file_and_record_say_it(self, client, chain, clip):
        client.force_login(QualityFactory())
        sent = self.send(chain.plant, clip, 2, hours=7, customer="Marine & Co", number="L-4711")
        ask = {"kind": "lot", "text": "L-1", "plant": chain.plant.pk}
        asked = client.get(reverse("recalls"), ask)
        client.post(reverse("recalls"), ask | {"reason": "cracks", "key": str(uuid.uuid4())})
        number = Recall.objects.get().pk
        for page in (asked, client.get(reverse("recall", args=[number]))):
            assert reverse("customer-order", args=[sent.line.order.number]) in page.content.decode()
            assertContains(page, f"2 {clip.unit.symbol} of CLIP left without a lot")
            assertNotContains(page, "Nothing of it has left the plant.")
        rows = client.get(reverse("recall-csv", args=[number])).content.decode().splitlines()
        assert [row.split(";")[:7] for row in rows if "L-4711" in row] == [
            ["", "CLIP", "", "", "2.000", "Marine & Co", "L-4711"]
        ]
        text = text_of(client.get(reverse("recall-pdf", args=[number])).content)
        assert "Without a lot" in text
        assert "L-4711" in text


class TestPages:
    @pytest.fixture
    def quality(self, client):
        client.force_login(QualityFactory())
        return client

    def test_a_suppliers_lot_leads_to_its_trace(self, quality, chain):
        answer = quality.get(reverse("trace"), {"q": "heat-9"}, follow=True)
        page = answer.content.decode()
        for words in ("BAR", "KEPT", "GONE", "Acme Aerospace", "O4711"):
            assert words in page

    def test_fewer_steps_show_fewer_lots_and_say_so(self, quality, chain):
        answer = quality.get(reverse("trace-lot", args=[chain.steel.pk]), {"steps": "1"})
        assert {box.facts.lot.number for box in answer.context["picture"].boxes} == {"STEEL", "BAR"}
        assert answer.context["left_out"] == 2

    def test_the_files_hold_the_whole_trace(self, quality, chain):
        rows = quality.get(reverse("trace-csv", args=[chain.steel.pk])).content.decode().splitlines()
        assert len(rows) == 4
        assert "HEAT-9" in rows[1]
        pdf = quality.get(reverse("trace-pdf", args=[chain.steel.pk]))
        assert pdf.content.startswith(b"%PDF")

    def test_no_cell_of_the_files_starts_a_formula(self, quality, chain):
        Lot.objects.filter(pk=chain.steel.pk).update(supplier="=1+1")
        Customer.objects.update(name="=2+2")
        trace = quality.get(reverse("trace-csv", args=[chain.steel.pk])).content.decode()
        ask = {"kind": "lot", "text": "HEAT-9", "plant": chain.plant.pk}
        quality.post(reverse("recalls"), ask | {"reason": "cracks", "key": str(uuid.uuid4())})
        recall = quality.get(reverse("recall-csv", args=[Recall.objects.get().pk])).content.decode()
        assert ";'=1+1;" in trace
        assert ";'=2+2;" in recall

    def test_epcis_events_have_the_shape_of_the_standard(self, quality, chain):
        answer = quality.get(reverse("trace-epcis", args=[chain.steel.pk]))
        document = json.loads(answer.content)
        assert epcis_problems(document) == []
        kinds = [event["type"] for event in document["epcisBody"]["eventList"]]
        assert kinds.count("TransformationEvent") == 3
        shipping = [e for e in document["epcisBody"]["eventList"] if e.get("bizStep") == "shipping"]
        assert shipping[0]["quantityList"] == [
            {"epcClass": f"urn:mes:lot:{chain.gone.item.code}:GONE", "quantity": 6.0}
        ]

    @pytest.mark.parametrize(
        ("place", "value"),
        [
            (("schemaVersion",), "1.2"),
            (("epcisBody", "eventList", 0, "eventTime"), "yesterday"),
            (("epcisBody", "eventList", 0, "eventTimeZoneOffset"), "Z"),
            (("epcisBody", "eventList", 0, "bizStep"), "milling"),
            (("epcisBody", "eventList", 0, "type"), "MadeEvent"),
            (("epcisBody", "eventList", 0, "machine"), "CNC-1"),
        ],
    )
    def test_the_shape_of_the_standard_refuses(self, quality, chain, place, value):
        document = json.loads(quality.get(reverse("trace-epcis", args=[chain.steel.pk])).content)
        inner = document
        for step in place[:-1]:
            inner = inner[step]
        inner[place[-1]] = value
        assert epcis_problems(document)

    def test_a_recall_is_looked_at_first_and_then_started(self, quality, chain):
        ask = {"kind": "lot", "text": "HEAT-9", "plant": chain.plant.pk}
        page = quality.get(reverse("recalls"), ask)
        assert page.context["count"] == 4
        assert not Hold.objects.exists()
        answer = quality.post(reverse("recalls"), ask | {"reason": "cracks", "key": str(uuid.uuid4())})
        recall = Recall.objects.get()
        assert answer.url == reverse("recall", args=[recall.pk])
        assert "Acme Aerospace" in quality.get(answer.url).content.decode()
        assert quality.get(reverse("recall-pdf", args=[recall.pk])).content.startswith(b"%PDF")
        rows = quality.get(reverse("recall-csv", args=[recall.pk])).content.decode()
        assert "8001" in rows

    def test_what_a_recall_starts_from_is_said_in_words_and_local_time(self, quality, chain):
        kept = {"machine": "CNC-9", "from": "2026-07-06T05:00:00+00:00", "to": "2026-07-06T07:30:00+00:00"}
        recall = RecallFactory(plant=PlantFactory(time_zone="Europe/Berlin"), kind="machine", scope=kept)
        page = quality.get(reverse("recall", args=[recall.pk]))
        assertContains(page, "Machine CNC-9")
        assertContains(page, "From 2026-07-06 07:00")
        assert "To 2026-07-06 09:30" in text_of(quality.get(reverse("recall-pdf", args=[recall.pk])).content)

    def test_a_large_recall_prints_all_sums_and_some_lots(self, quality, chain, monkeypatch):
        ask = {"kind": "lot", "text": "HEAT-9", "plant": chain.plant.pk}
        quality.post(reverse("recalls"), ask | {"reason": "cracks", "key": str(uuid.uuid4())})
        address = reverse("recall-pdf", args=[Recall.objects.get().pk])
        assert "All of them are in" not in text_of(quality.get(address).content)
        monkeypatch.setattr("quality.views.recall.MOST_PRINTED", 2)
        text = text_of(quality.get(address).content)
        assert "The first 2 of 4. All of them are in this recall's CSV file." in text
        assert "Acme Aerospace" in text
        assert "STEEL" in text, "where it starts is printed first"
        assert "KEPT" not in text

    def test_what_names_nothing_is_said_at_its_field(self, quality, chain):
        ask = {"kind": "machine", "text": "nobody", "plant": chain.plant.pk}
        page = quality.get(reverse("recalls"), ask | {"start": "2026-01-01T06:00", "end": "2026-01-01T07:00"})
        assert page.context["form"].errors["text"]
        assert quality.get(reverse("recalls"), ask).context["form"].errors["start"]

    def test_an_operator_looks_and_does_not_recall(self, client, chain):
        client.force_login(OperatorFactory())
        ask = {"kind": "lot", "text": "HEAT-9", "plant": chain.plant.pk, "reason": "x"}
        assert client.post(reverse("recalls"), ask).status_code == 403
        assert not Recall.objects.exists()
