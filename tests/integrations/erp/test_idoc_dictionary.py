"""Field lists: WE60's parser text, CSV, and their way into the database."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from integrations.domain.dictionaries import replace_segments
from integrations.domain.field_lists import FieldRow, read_field_lists
from integrations.erp.idoc.dictionary import standard_dictionary
from integrations.erp.idoc.imported import dictionary_of
from integrations.models import SegmentDictionary, SegmentField
from mes.accounts.roles import Role
from tests.factories.integrations import SegmentDictionaryFactory, SegmentFieldFactory
from tests.support.admin import client_of, page_of, queries_of
from tests.support.shared_data import shared_bytes

PARSER_TEXT = """\
BEGIN_RECORD_SECTION
  BEGIN_CONTROL_RECORD
    BEGIN_FIELDS
      NAME TABNAM
      TYPE CHARACTER
      LENGTH 000010
      {first} 000001
    END_FIELDS
  END_CONTROL_RECORD
END_RECORD_SECTION
BEGIN_SEGMENT_SECTION
  BEGIN_IDOC MATMAS05
  BEGIN_SEGMENT E2MARAM009
    SEGMENTTYPE E1MARAM
    LEVEL 01
    STATUS MANDATORY
    BEGIN_FIELDS
      NAME MSGFN
      TEXT Function NAME of it
      TYPE CHARACTER
      LENGTH 000003
      FIELD_POS 0001
      {first} {start}
      {last} 000066
    END_FIELDS
    BEGIN_FIELDS
      NAME MATNR
      TYPE CHARACTER
      LENGTH 000018
      FIELD_POS 0002
      {first} {second}
    END_FIELDS
  END_SEGMENT
  BEGIN_SEGMENT E2MAKTM001
    BEGIN_FIELDS
      NAME MSGFN
      LENGTH 3
      {first} {start}
      NAME SPRAS
      LENGTH 1
      {first} {second}
    END_FIELDS
  END_SEGMENT
  END_IDOC
END_SEGMENT_SECTION
"""


@pytest.mark.parametrize("unit", ["BYTE", "CHARACTER"])
@pytest.mark.parametrize(("start", "second"), [("000064", "000067"), ("000001", "000004")])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_parser_text(unit, start, second, line_end):
    text = PARSER_TEXT.format(first=f"{unit}_FIRST", last=f"{unit}_LAST", start=start, second=second)
    rows, problems = read_field_lists(text.replace("\n", line_end))
    assert problems == []
    assert [(row.segment, row.name, row.length, row.offset) for row in rows] == [
        ("E2MARAM009", "MSGFN", 3, 0),
        ("E2MARAM009", "MATNR", 18, 3),
        ("E2MAKTM001", "MSGFN", 3, 0),
        ("E2MAKTM001", "SPRAS", 1, 3),
    ]


def test_a_field_without_a_place_names_its_line():
    text = "BEGIN_SEGMENT E2X000\nBEGIN_FIELDS\nNAME A\nLENGTH ten\nBYTE_FIRST 64\nEND_FIELDS\nEND_SEGMENT\n"
    rows, (problem,) = read_field_lists(text)
    assert rows == []
    assert (problem.code, problem.field, problem.row) == ("no_place", "E2X000/A", 3)


@pytest.mark.parametrize("file", ["matmas05", "mbgmcr03", "ppcc2-timeticket", "systat01-e1stats"])
def test_the_shared_field_lists(file):
    rows, problems = read_field_lists(shared_bytes(f"erp/dictionaries/{file}.csv").decode())
    assert problems == []
    expected = shared_bytes(f"erp/dictionaries/{file}.csv").decode().strip().splitlines()[1:]
    assert len(rows) == len(expected)


@pytest.mark.parametrize("file", ["mbgmcr03", "ppcc2-timeticket", "systat01-e1stats"])
def test_the_delivered_lists_agree_with_the_shared_ones(file):
    rows, _ = read_field_lists(shared_bytes(f"erp/dictionaries/{file}.csv").decode())
    delivered = standard_dictionary().segments
    compared = 0
    for row in rows:
        if row.segment in delivered:
            place = next(place for place in delivered[row.segment] if place.name == row.name)
            assert (place.offset, place.length) == (row.offset, row.length)
            compared += 1
    assert compared >= 20


@pytest.mark.parametrize(
    ("text", "code", "row"),
    [
        ("segment,field,length\nE1X,A,1\n", "missing_column", 1),
        ("segment,field,length,offset\nE1X,A,one,0\n", "not_a_number", 2),
        ("segment,field,length,offset\nE1X,A,1,-1\n", "not_a_number", 2),
        ("segment,field,length,offset\nE1X,A,10,995\n", "outside", 2),
        ("segment,field,length,offset\nE1X,A,0,0\n", "outside", 2),
        ("segment,field,length,offset\n,A,1,0\n", "name", 2),
        ("segment,field,length,offset\nE1X,A,1,0\nE1X,A,2,0\n", "duplicate", 3),
        ("segment,field,length,offset\n", "no_fields", None),
        ("", "missing_column", 1),
    ],
)
def test_what_is_wrong_with_a_list(text, code, row):
    _rows, (problem,) = read_field_lists(text)
    assert (problem.code, problem.row) == (code, row)


def test_columns_in_any_order_and_with_semicolons():
    (row,), problems = read_field_lists(
        "\ufeffOffset;Length;Field;Segment;note\r\n3;18;MATNR;_-NS_-E1X;text\r\n"
    )
    assert (row, problems) == (FieldRow("/NS/E1X", "MATNR", 18, 3), [])


@pytest.mark.django_db
def test_an_import_replaces_the_segments_it_names():
    dictionary = SegmentDictionaryFactory()
    kept = SegmentFieldFactory(dictionary=dictionary, segment="E1MAKTM", name="MAKTX")
    same = SegmentFieldFactory(dictionary=dictionary, segment="E1MARAM", name="MSGFN", length=3, offset=0)
    SegmentFieldFactory(dictionary=dictionary, segment="E1MARAM", name="GONE", length=3, offset=3)
    rows = [FieldRow("E1MARAM", "MSGFN", 3, 0), FieldRow("E1MARAM", "MATNR", 18, 3)]
    assert replace_segments(dictionary=dictionary, fields=rows) == 1
    found = {(field.segment, field.name): field.pk for field in dictionary.fields.all()}
    assert found["E1MAKTM", "MAKTX"] == kept.pk
    assert found["E1MARAM", "MSGFN"] == same.pk
    assert set(found) == {("E1MAKTM", "MAKTX"), ("E1MARAM", "MSGFN"), ("E1MARAM", "MATNR")}


@pytest.mark.django_db
def test_what_was_imported_wins_over_what_is_delivered():
    dictionary = SegmentDictionaryFactory()
    SegmentFieldFactory(dictionary=dictionary, segment="E2STATS003", name="DOCNUM", length=20, offset=0)
    found = dictionary_of(dictionary.pk)
    assert [(place.name, place.length) for place in found.places("E2STATS003")] == [("DOCNUM", 20)]
    assert found.places("E2STATS001") is None
    assert len(found.places("E2BP_PP_TIMETICKET000")) == 105
    assert len(dictionary_of(None).places("E2STATS001")) == 20


@pytest.mark.django_db
@pytest.mark.parametrize("values", [{"length": 0}, {"length": 11, "offset": 990}])
def test_a_field_lies_inside_its_segment(values):
    with pytest.raises(IntegrityError, match="segment_field_inside"), transaction.atomic():
        SegmentFieldFactory(**values)


@pytest.mark.django_db
def test_a_field_stands_once_in_a_segment():
    field = SegmentFieldFactory()
    with pytest.raises(IntegrityError, match="segment_field_unique"), transaction.atomic():
        SegmentFieldFactory(dictionary=field.dictionary, segment=field.segment, name=field.name)


@pytest.mark.django_db
def test_the_admin_takes_a_file(client):
    client_of(client, Role.ENGINEER)
    text = PARSER_TEXT.format(first="BYTE_FIRST", last="BYTE_LAST", start="64", second="67")
    file = SimpleUploadedFile("matmas.txt", text.encode())
    answer = client.post(
        page_of(SegmentDictionary, "add"), {"code": "p01", "name": "P01", "upload": file}, follow=True
    )
    assert "2 segments with 4 fields" in answer.content.decode()
    assert SegmentField.objects.filter(dictionary__code="p01").count() == 4


@pytest.mark.django_db
def test_the_admin_says_what_is_wrong_with_a_file(client):
    client_of(client, Role.ENGINEER)
    file = SimpleUploadedFile("bad.csv", b"segment,field,length,offset\nE1X,A,one,0\n")
    answer = client.post(page_of(SegmentDictionary, "add"), {"code": "p01", "name": "P01", "upload": file})
    assert "Line 2, E1X/A" in answer.content.decode()
    assert not SegmentDictionary.objects.exists()


@pytest.mark.django_db
def test_the_list_of_dictionaries_costs_the_same_for_one_and_three(client):
    client_of(client, Role.ENGINEER)
    SegmentFieldFactory()
    url = page_of(SegmentDictionary, "changelist")
    queries_of(client, url)
    one = len(queries_of(client, url))
    SegmentFieldFactory.create_batch(2)
    assert len(queries_of(client, url)) == one
