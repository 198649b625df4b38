"""A partner's words: translated in and out, and those nobody knows yet listed and mended in one place."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from integrations.domain import inbox
from integrations.domain.formats import Reading
from integrations.domain.mending import apply_again, translate_value
from integrations.domain.outbox.canonical import addressed
from integrations.domain.translating import inward, merged, outward, tables_from, translations
from integrations.domain.unknown import known_values
from integrations.enums import Direction, InboundState, TranslationKind
from integrations.erp.idoc.tables import profile
from integrations.models import Translation, UnknownValue
from mes.lib.errors import Refused
from orders.domain.documents import OperationLine, OrderDocument
from orders.domain.master_documents import RoutingDocument, RoutingStep, WorkCentreDocument
from orders.models import ProductionOrder
from tests.factories.accounts import EngineerFactory, PlannerFactory
from tests.factories.integrations import OutboundMessageFactory, TranslationFactory, WaitingReferenceFactory
from tests.integrations.erp.idocs import document, idoc, operation, order
from tests.integrations.plants import idoc_partner
from tests.support.queries import statements


def test_both_ways_or_one():
    tables = tables_from(
        [("unit", "STK", "C62", "in"), ("unit", "ST", "C62", "both"), ("reason", "0017", "R1", "out")]
    )
    assert tables.in_words(TranslationKind.UNIT) == {"STK": "C62", "ST": "C62"}
    assert tables.out_words(TranslationKind.UNIT) == {"C62": "ST"}
    assert tables.in_words(TranslationKind.REASON) == {}


def test_a_translation_wins_over_the_same_entry_of_the_options():
    tables = tables_from(
        [
            ("unit", "Stk.", "C62", "in"),
            ("order_type", "ZP01", "MTS", "in"),
            ("activity", "SAP1/2", "labour", "in"),
            ("activity", "3", "run", "out"),
        ]
    )
    options = {
        "sender": "MES",
        "units": {"STK.": "XXX", "KI": "KGM"},
        "activity_keys": {"SAP1": ["setup", "run", "labour"]},
        "slots": [{"accounts": ["setup"], "unit": "H"}],
    }
    found = merged(options, tables)
    assert found["units"] == {"STK.": "C62", "KI": "KGM"}
    assert found["activity_keys"] == {"SAP1": ["setup", "labour", "labour"]}
    assert found["slots"] == [{"accounts": ["setup"], "unit": "H"}, {"accounts": []}, {"accounts": ["run"]}]
    assert (found["sender"], found["strategies"]) == ("MES", {"ZP01": "MTS"})
    assert profile(found).units["STK."] == "C62"
    assert "slots" in options
    assert len(options["slots"]) == 1


def test_without_translations_the_options_are_as_they_were():
    options = {"reasons": {"R1": "0017"}}
    assert merged(options, tables_from([])) == options


@given(st.lists(st.tuples(st.text("SAP1/2", max_size=8), st.sampled_from(["setup", "run"]))))
def test_no_slot_that_somebody_types_breaks_the_reading(rows):
    tables = tables_from([("activity", theirs, ours, "both") for theirs, ours in rows])
    found = merged({}, tables)
    profile(found)


def test_plants_and_work_centres_come_in_by_our_codes():
    tables = tables_from([("plant", "0001", "1000", "both"), ("work_centre", "10000815", "DMG-01", "both")])
    line = OperationLine("0010", work_centre="10000815")
    steps = (RoutingStep("0010", work_centre="10000815"),)
    reading = Reading(
        documents=(OrderDocument("1", plant="0001", operations=(line,)), OrderDocument("2")),
        master=(RoutingDocument("X", plant="0001", steps=steps), WorkCentreDocument("10000815", plant="9")),
    )
    read = inward(reading, tables)
    assert (read.documents[0].plant, read.documents[0].operations[0].work_centre) == ("1000", "DMG-01")
    assert (read.documents[1].plant, read.documents[1].operations) == (None, None)
    assert (read.master[0].plant, read.master[0].steps[0].work_centre) == ("1000", "DMG-01")
    assert (read.master[1].plant, read.master[1].code) == ("9", "DMG-01")


def test_what_goes_out_is_said_by_the_partners_words():
    tables = tables_from(
        [
            ("plant", "0001", "1000", "both"),
            ("person", "P77", "77", "out"),
            ("reason", "0017", "R1", "both"),
            ("reason", "0018", "S1", "in"),
        ]
    )
    said = {"plant": "1000", "work_centre": "M", "person": "77", "scrap_reason": "R1"}
    stops = [{"reason": "R1", "seconds": "5"}, {"reason": "S1", "seconds": "6"}]
    assert outward({**said, "stops": stops}, tables) == {
        "plant": "0001",
        "work_centre": "M",
        "person": "P77",
        "scrap_reason": "0017",
        "stops": [{"reason": "0017", "seconds": "5"}, {"reason": "S1", "seconds": "6"}],
    }


@pytest.mark.django_db
class TestStored:
    def test_each_word_has_one_meaning(self):
        first = TranslationFactory(theirs="A", ours="X")
        same = {"connection": first.connection, "kind": first.kind}
        for theirs, ours, message in (("A", "Y", "translated already"), ("B", "X", "another name")):
            twin = Translation(**same, theirs=theirs, ours=ours)
            with pytest.raises(ValidationError, match=message):
                twin.full_clean()
            with pytest.raises(IntegrityError), transaction.atomic():
                twin.save()
        TranslationFactory(**same, theirs="B", ours="X", direction=Direction.IN)
        TranslationFactory(**same, theirs="A", ours="Z", direction=Direction.OUT)

    def test_an_unknown_value_is_listed_once(self):
        row = UnknownValue(connection=idoc_partner(), kind="unit", value="KI")
        message = take(row.connection, "1", GMEIN="KI")
        row.first_message = row.last_message = message
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save()

    def test_a_message_goes_out_translated_and_is_kept_in_our_words(self):
        message = OutboundMessageFactory(canonical={"plant": "1000", "confirmation_number": ""})
        before = dict(message.canonical)
        TranslationFactory(connection=message.connection, kind="plant", theirs="ERP-1", ours="1000")
        assert addressed(message)["plant"] == "ERP-1"
        message.refresh_from_db()
        assert message.canonical == before

    def test_a_connections_translations_are_one_query(self, django_assert_num_queries):
        connection = idoc_partner()
        TranslationFactory.create_batch(3, connection=connection)
        with django_assert_num_queries(1):
            translations(connection)


def take(connection, number, **values):
    sequence = f"<E1AFFLL><PLNFL>0</PLNFL>{operation(**values.pop('step', {}))}</E1AFFLL>"
    body = document(idoc(order(sequence, AUFNR=number, **values), DOCNUM=number.zfill(16)))
    return inbox.process(inbox.receive(connection=connection, channel="file", body=body).message)


@pytest.mark.django_db
class TestUnknown:
    def test_what_messages_meet_is_counted(self):
        connection = idoc_partner()
        messages = [take(connection, number, GMEIN="KI") for number in ("1", "2")]
        inbox.replay(message=messages[0], by=PlannerFactory())
        value = known_values().get()
        assert (value.kind, value.value, value.met) == ("unit", "KI", 2)
        assert (value.first_message, value.last_message) == (messages[0], messages[1])
        assert (value.translated, value.still_met) == (False, True)

    def test_translating_and_reading_again_mends_every_message(self):
        connection = idoc_partner()
        messages = [take(connection, number, GMEIN="KI") for number in ("1", "2")]
        assert {message.state for message in messages} == {InboundState.REFUSED}
        engineer = EngineerFactory()
        made = translate_value(unknown=UnknownValue.objects.get(), ours="C62", by=engineer)
        assert made.events.get().pgh_context["user"] == engineer.pk
        assert apply_again(unknown=UnknownValue.objects.get(), by=engineer) == (2, 2)
        assert ProductionOrder.objects.count() == 2
        value = known_values().get()
        assert (value.translated, value.still_met) == (True, False)

    def test_a_work_centre_that_messages_wait_for_is_one_too(self):
        connection = idoc_partner()
        message = take(connection, "1", step={"ARBPL": "10000815"})
        assert message.state == InboundState.WAITING
        unknown = UnknownValue.objects.get()
        assert (unknown.kind, unknown.value) == ("work_centre", "10000815")
        translate_value(unknown=unknown, ours="DMG-01", by=EngineerFactory())
        assert apply_again(unknown=unknown, by=EngineerFactory()) == (1, 1)
        assert ProductionOrder.objects.get().operations.get().machine_group.code == "DMG-01"

    def test_nothing_is_translated_into_what_we_do_not_know_either(self):
        take(idoc_partner(), "1", GMEIN="KI")
        unknown = UnknownValue.objects.get()
        with pytest.raises(Refused, match="nothing here"):
            translate_value(unknown=unknown, ours="NOPE", by=EngineerFactory())
        translate_value(unknown=unknown, ours="C62", by=EngineerFactory())
        with pytest.raises(Refused, match="already"):
            translate_value(unknown=unknown, ours="KGM", by=EngineerFactory())

    def test_the_page_leads_from_the_value_to_whole_messages(self, client):
        take(idoc_partner(), "1", GMEIN="KI")
        unknown = UnknownValue.objects.get()
        client.force_login(EngineerFactory())
        assert "KI" in client.get(reverse("unknown-values")).content.decode()
        page = reverse("unknown-value", args=[unknown.pk])
        assert "Read 1 message again" in client.get(page).content.decode()
        client.post(reverse("unknown-translate", args=[unknown.pk]), {"ours": "C62"})
        answer = client.post(reverse("unknown-read-again", args=[unknown.pk]), follow=True)
        assert "1 of them whole now" in answer.content.decode()
        assert ProductionOrder.objects.get().quantity == Decimal(10)

    def test_the_lists_cost_the_same_for_one_row_and_three(self, client, django_assert_max_num_queries):
        connection = idoc_partner()
        client.force_login(EngineerFactory())

        def asked(name):
            with django_assert_max_num_queries(100) as context:
                assert client.get(reverse(name)).status_code == 200
            return len(statements(context))

        def meet(*numbers):
            for number in numbers:
                take(connection, number, GMEIN=f"K{number}")
                WaitingReferenceFactory()

        meet("1")
        first = {name: asked(name) for name in ("unknown-values", "messages-waiting")}
        meet("2", "3")
        assert {name: asked(name) for name in first} == first
