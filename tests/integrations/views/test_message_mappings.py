"""The pages of message mappings: begin, edit, preview, publish, compare, test, take along."""

import json
from zoneinfo import ZoneInfo

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from integrations.domain import inbox
from integrations.erp.mapped.definition import problems_of
from integrations.erp.mapped.sample import guessed, offers
from integrations.erp.mapped.templates import TEMPLATES
from integrations.models import MessageMapping
from integrations.views.mapping_preview import preview
from mes.accounts.roles import Role
from tests.factories.integrations import (
    FileRulesFactory,
    MappedConnectionFactory,
    MessageMappingFactory,
    MessageMappingVersionFactory,
    TranslationFactory,
)
from tests.factories.orders import ItemFactory
from tests.support.admin import client_of
from tests.support.mappings import mapping as mapping_of
from tests.support.mappings import orders_by_line, row
from tests.support.old_erp import FIELDS, OLD_FILE

pytestmark = pytest.mark.django_db
SAMPLE = b"number;item;quantity;unit;due\n4711;A;12,5;ST;2026-12-31\n"


@pytest.fixture
def engineer(client):
    return client_of(client, Role.ENGINEER)


@pytest.fixture
def mapping():
    return MessageMappingVersionFactory(
        number=1, mapping__sample=SAMPLE, mapping__sample_name="a.csv"
    ).mapping


def posted(definition, **more):
    """A definition as the page's form sends it."""
    rows = definition["fields"]
    return {
        **{f"file-{name}": str(value) for name, value in definition["file"].items()},
        **{
            f"r-{name}": [one.get(name, "") for one in definition["records"]]
            for name in ("name", "of", "when", "path", "within")
        },
        "f-index": [str(index) for index in range(len(rows))],
        "f-convert": [" | ".join(one["convert"]) for one in rows],
        **{f"f-{name}": [one[name] for one in rows] for name in ("record", "source", "target", "when")},
        **more,
    }


def page(name, *args):
    return reverse(f"message-mapping{name}", args=args)


def begin(client, **told):
    return client.post(page("-new"), {"name": "Old ERP", "code": "old", "direction": "in", **told})


def test_a_sample_begins_a_mapping_with_proposals(engineer):
    file = SimpleUploadedFile("orders.csv", b"Auftrag;Artikel;Menge\n4711;A;1,5\n4712;B;2,25\n")
    answer = begin(engineer, sample=file)
    mapping = MessageMapping.objects.get()
    assert answer.url == page("", mapping.pk)
    definition = mapping.draft.definition
    assert (definition["file"]["separator"], definition["file"]["decimal"]) == (";", ",")
    assert {one["target"]: one["source"] for one in definition["fields"]} == {
        "number": "auftrag",
        "item": "artikel",
        "quantity": "menge",
    }
    text = engineer.get(answer.url).text
    assert "4711" in text
    assert "2 documents" in text


def test_the_lines_of_an_old_file_are_told_apart():
    definition = guessed(OLD_FILE)
    file = definition["file"]
    assert (file["encoding"], file["separator"], file["header"]) == ("cp850", "|", 0)
    assert (file["decimal"], file["date"], file["unmatched"]) == (",", "TT.MM.JJ", "ignore")
    assert [(one["name"], one["of"]) for one in definition["records"]] == [
        ("10", "order"),
        ("20", "operation"),
        ("30", "component"),
    ]
    assert [one.value for one in offers(OLD_FILE, definition)["20"]][3] == "SÄGEN"


def test_xml_and_json_and_fixed_width_are_recognised():
    xml = (
        b"<a><Auftrag><Nr>1</Nr><Menge>1,5</Menge>"
        b"<AGs><AG><Nr>10</Nr><Arbeitsplatz>M</Arbeitsplatz></AG></AGs></Auftrag></a>"
    )
    definition = guessed(xml)
    assert [(one["of"], one["path"]) for one in definition["records"]] == [
        ("order", "**/Auftrag"),
        ("operation", "AGs/AG"),
    ]
    assert {(one["record"], one["target"]) for one in definition["fields"]} >= {
        ("order", "number"),
        ("operation", "work_centre"),
    }
    found = guessed(b'{"orders": [{"order": "1", "qty": 2, "x": 1}]}')
    assert found["file"]["kind"] == "json"
    assert guessed(b"K4711   A\nA4711   B\n")["file"]["kind"] == "fixed"
    assert guessed(b"")["records"]


def test_what_is_edited_is_previewed_without_being_kept(engineer, mapping):
    definition = orders_by_line()
    definition["fields"][2]["convert"] = ["times 2"]
    answer = engineer.post(page("-preview", mapping.pk), posted(definition))
    assert 'id="seen-2"' in answer.text
    assert "25" in answer.text
    assert mapping.draft is None
    definition["fields"][2]["convert"] = ["explode"]
    assert "explode" in engineer.post(page("-preview", mapping.pk), posted(definition)).text


def test_times_are_shown_as_the_file_s_people_write_them():
    found = preview(orders_by_line(), SAMPLE, zone=ZoneInfo("Europe/Berlin"), units={"ST": "C62"})
    assert "2026-12-31 00:00" in dict(found.documents[0].facts).values()


def test_what_is_wrong_in_the_sample_names_line_and_value(engineer, mapping):
    mapping.sample = SAMPLE.replace(b"12,5", b"zwei")
    mapping.save()
    text = engineer.post(page("-preview", mapping.pk), posted(orders_by_line())).text
    assert "zwei" in text
    assert "is not a number" in text


def test_saving_keeps_a_draft_and_publishing_puts_it_in_force(engineer, mapping):
    definition = orders_by_line(encoding="cp850")
    engineer.post(page("", mapping.pk), posted(definition))
    assert (mapping.published.number, mapping.draft.definition["file"]["encoding"]) == (1, "cp850")
    engineer.post(page("", mapping.pk), posted(definition, publish="yes", note="DOS"))
    assert (mapping.published.number, mapping.published.note, mapping.draft) == (2, "DOS", None)
    answer = engineer.post(page("", mapping.pk), posted(definition, seen="1.1.1"))
    assert answer.status_code == 422


def test_faults_are_told_and_the_draft_is_kept(engineer, mapping):
    definition = orders_by_line()
    definition["fields"] = definition["fields"][1:]
    answer = engineer.post(page("", mapping.pk), posted(definition, publish="yes"))
    assert answer.status_code == 422
    assert "order number" in answer.text
    assert mapping.published.number == 1


def test_a_page_posts_back_what_it_shows(engineer):
    definition = mapping_of(
        file={"kind": "csv", "header": 0, "separator": "|"},
        records=[{"name": name, "of": of, "when": f"1 = {name}"} for name, of in
                 (("10", "order"), ("20", "operation"), ("30", "component"))],
        fields=[row(record, target, source, *([convert] if convert else []))
                for record, fields in FIELDS.items() for source, (target, convert) in fields.items()],
        tables={"status": {"values": {"F": "released"}, "default": "planned"}},
        units={"STCK": "C62"},
    )  # fmt: skip
    mapping = MessageMappingVersionFactory(
        definition=definition, draft=True, mapping__sample=OLD_FILE, mapping__sample_name="old.dat"
    ).mapping
    answer = engineer.get(page("", mapping.pk))
    form = answer.context
    rows = [one for record in form["records"] for one in record.rows if one.target]
    assert [(one.source, one.target, one.convert) for one in rows] == [
        (source, target, convert)
        for fields in FIELDS.values()
        for source, (target, convert) in fields.items()
    ]
    assert form["value_tables"][0] == ("status", "F = released\n* = planned")
    assert "STCK = C62" in answer.text


def test_a_message_is_tested_by_any_version_without_applying(engineer):
    connection = MappedConnectionFactory()
    body = SAMPLE.replace(b";A;", f";{ItemFactory().code};".encode())
    message = inbox.receive(connection=connection, channel="file", body=body, name="a.csv").message
    MessageMappingVersionFactory(
        mapping=connection.mapping,
        number=connection.mapping.published.number + 1,
        draft=True,
        definition={**orders_by_line(), "fields": [row("order", "number", "'X' & number")]},
    )
    answer = engineer.get(page("-test", connection.mapping_id, message.pk))
    assert "X4711" in answer.text
    number = connection.mapping.published.number
    answer = engineer.get(page("-test", connection.mapping_id, message.pk), {"version": number})
    assert "X4711" not in answer.text
    message.refresh_from_db()
    assert message.attempts == 0
    assert (
        engineer.get(page("-test", connection.mapping_id, message.pk), {"version": "999"}).status_code == 404
    )


def test_a_test_run_reads_as_the_inbox_does(engineer):
    """Without the trailer that was agreed for files, and by the connection's translations."""
    connection = MappedConnectionFactory()
    FileRulesFactory(connection=connection, check_by="trailer")
    TranslationFactory(connection=connection, kind="unit", theirs="STCK", ours="C62")
    body = SAMPLE.replace(b";ST;", b";STCK;") + b"TRAILER;1\n"
    message = inbox.receive(connection=connection, channel="file", body=body, name="a.csv").message
    shown = engineer.get(page("-test", connection.mapping_id, message.pk)).context["shown"]
    assert (list(shown.problems), shown.count) == ([], 1)
    assert "C62" in str(shown.documents[0].facts)


def test_a_message_is_read_again_by_the_version_of_then(engineer):
    connection = MappedConnectionFactory()
    body = SAMPLE.replace(b";A;", f";{ItemFactory().code};".encode())
    message = inbox.receive(connection=connection, channel="file", body=body, name="a.csv").message
    inbox.process(message)
    then = connection.mapping.published
    now = MessageMappingVersionFactory(
        mapping=connection.mapping,
        number=then.number + 1,
        definition={**orders_by_line(), "fields": [row("order", "number", "'X' & number")]},
    )
    assert "as then" in engineer.get(reverse("message-in", args=[message.pk])).text
    engineer.post(reverse("message-replay", args=[message.pk]), {"then": "yes"})
    message.refresh_from_db()
    assert (message.mapping_version, message.orders) == (then, ["4711"])
    engineer.post(reverse("message-replay", args=[message.pk]))
    message.refresh_from_db()
    assert message.mapping_version == now


def test_a_mapping_goes_out_and_comes_back_as_a_file(engineer, mapping):
    exported = engineer.get(page("-export", mapping.pk))
    data = json.loads(exported.content)
    assert (data["number"], data["name"]) == (1, mapping.name)
    assert data["author"]
    assert data["date"]
    file = SimpleUploadedFile("m.json", exported.content)
    answer = begin(engineer, sample=file)
    other = MessageMapping.objects.get(code="old")
    assert answer.url == page("", other.pk)
    assert other.draft.definition["fields"] == mapping.published.definition["fields"]
    engineer.post(page("-sample", mapping.pk), {"sample": SimpleUploadedFile("m.json", exported.content)})
    assert mapping.draft.number == 2
    assert not bytes(MessageMapping.objects.get(code="old").sample)


def test_a_broken_mapping_file_is_refused(engineer):
    answer = begin(engineer, sample=SimpleUploadedFile("m.json", b'{"format": "mes-message-mapping"'))
    assert (answer.status_code, MessageMapping.objects.count()) == (422, 0)


def test_versions_are_compared(engineer, mapping):
    MessageMappingVersionFactory(mapping=mapping, number=2, definition=orders_by_line(encoding="cp850"))
    answer = engineer.get(page("-version", mapping.pk, 2))
    assert "cp850" in answer.text
    assert engineer.get(page("-version", mapping.pk, 9)).status_code == 404


def test_a_draft_is_discarded(engineer, mapping):
    engineer.post(page("", mapping.pk), posted(orders_by_line(encoding="cp850")))
    engineer.post(page("-discard", mapping.pk))
    assert mapping.draft is None


def test_confirmations_are_previewed_as_they_are_written(engineer):
    definition = mapping_of(
        direction="out",
        records=[{"name": "line", "of": "confirmation"}],
        fields=[row("line", "Auftrag", "order"), row("line", "Gut", "good", "reverse_sign")],
    )
    mapping = MessageMappingVersionFactory(mapping__direction="out", definition=definition).mapping
    assert "Auftrag;Gut\r\n4711;120\r\n4711;-120" in engineer.get(
        page("", mapping.pk)
    ).content.decode().replace("\n4711", "\r\n4711").replace("\r\r", "\r")
    assert "Auftrag;Gut" in engineer.post(page("-preview", mapping.pk), posted(definition)).text


def test_the_list_costs_the_same_for_one_and_three(engineer):
    def queries():
        with CaptureQueriesContext(
            database,
        ) as found:
            assert engineer.get(page("s")).status_code == 200
        return len(found)

    MessageMappingVersionFactory()
    one = queries()
    for _again in range(2):
        MessageMappingVersionFactory()
    MessageMappingFactory()
    assert queries() == one


@pytest.mark.parametrize("code", TEMPLATES)
def test_a_template_is_whole_and_begins_a_mapping(engineer, code):
    template = TEMPLATES[code]
    assert problems_of(template.definition) == []
    assert "example" in template.about
    begin(engineer, template=code)
    mapping = MessageMapping.objects.get()
    assert mapping.direction == template.definition["direction"]
    assert engineer.get(page("", mapping.pk)).status_code == 200
