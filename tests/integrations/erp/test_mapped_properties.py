"""What must hold for any value and any file: converters round trip, and only the defined error comes out."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from integrations.erp.mapped import tables
from integrations.erp.mapped.definition import layout, problems_of
from integrations.erp.mapped.mapping import read
from integrations.erp.mapped.values import Converter, Profile, Writer, pattern, step, steps
from mes.lib.errors import InvalidInput
from tests.integrations.erp.test_mapped_orders import BERLIN, XML, lines_mapping, xml_mapping

AMOUNTS = st.decimals(0, Decimal("9999999.999"), places=3)
PATTERNS = st.sampled_from(
    ["TT.MM.JJJJ hh:mm:ss", "JJJJMMTThhmmss", "JJMMTT hhmmss", "MM/DD/YY hh:mm:ss", "JJJJ-MM-TT hh:mm:ss"]
)
few = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def converter(kind, *chain, **profile):
    return Converter(tuple(step(one) for one in chain), tables.Field("", kind), Profile(**profile))


def writer(*chain, **profile):
    return Writer(tuple(step(one, outward=True) for one in chain), Profile(**profile))


@few
@given(AMOUNTS, st.sampled_from([",", "."]))
def test_amounts_come_back(value, decimal):
    text, numeric = writer("decimals 3", decimal=decimal).write(value, tables.NUMBER)
    assert numeric
    assert converter(tables.AMOUNT, decimal=decimal).read(text) == value


@few
@given(AMOUNTS)
def test_negative_numbers_come_back_with_the_minus_behind(value):
    text, _numeric = writer("trailing_minus", "decimals 3", decimal=",").write(-value, tables.NUMBER)
    assert converter(tables.NUMBER, decimal=",").read(text) == -value


@few
@given(AMOUNTS.filter(lambda value: value < 10**7), st.sampled_from(["s", "min", "h", "d"]))
def test_times_come_back_in_every_unit(value, unit):
    text, _numeric = writer(f"in {unit}", "decimals 9", decimal=",").write(value, tables.SECONDS)
    assert converter(tables.SECONDS, f"in {unit}", decimal=",").read(text) == value


@few
@given(
    st.datetimes(datetime(2000, 1, 2), datetime(2099, 12, 30)),  # noqa: DTZ001
    PATTERNS,
    st.sampled_from(["UTC", "Asia/Tokyo", "America/Sao_Paulo"]),
)
def test_moments_come_back(value, written, name):
    value = value.replace(microsecond=0, tzinfo=UTC)
    text, _numeric = writer(f"date '{written}'", zone=ZoneInfo(name)).write(value, tables.MOMENT)
    found = converter(tables.MOMENT, f"date '{written}'", zone=ZoneInfo(name)).read(text)
    # An hour that occurs twice is read as its first.
    assert found == value or found == value - timedelta(hours=1)


@few
@given(st.binary(max_size=300), st.sampled_from(["csv", "fixed", "xlsx", "xml", "json"]))
def test_any_bytes_give_documents_or_problems(body, kind):
    data = xml_mapping() if kind in ("xml", "json") else lines_mapping()
    if kind == "fixed":
        data["records"] = [{"name": "head", "of": "order"}]
        data["fields"] = [{"record": "head", "target": "number", "source": "1-4", "convert": [], "when": ""}]
    data["file"]["kind"] = kind
    found = read(body, layout(data), zone=BERLIN).reading
    assert found.documents or found.problems


@few
@given(st.lists(st.lists(st.text(max_size=6), min_size=1, max_size=8), max_size=4), st.sampled_from("KAM"))
def test_any_lines_give_documents_or_problems(lines, letter):
    text = "\n".join(";".join([letter, *cells]) for cells in lines)
    found = read(text.encode("utf-8", "replace"), layout(lines_mapping()), zone=BERLIN).reading
    assert found.documents or found.problems


@few
@given(st.integers(0, len(XML)), st.text(max_size=6))
def test_any_damage_to_a_document_gives_documents_or_problems(place, text):
    read((XML[:place] + text + XML[place + len(text) :]).encode("utf-8", "replace"),
         layout(xml_mapping()), zone=BERLIN)  # fmt: skip


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@few
@given(st.sampled_from(["file", "records", "fields", "tables", "units", "direction", "version"]), JSON)
def test_any_mapping_is_ready_or_refused(key, value):
    data = {**lines_mapping(), key: value}
    if not problems_of(data):
        json.dumps(data)
        read(b"K;1;2", layout(data), zone=BERLIN)


@few
@given(st.text(max_size=30))
def test_any_source_condition_converter_and_pattern_is_read_or_refused(text):
    for key in ("source", "when", "target"):
        data = lines_mapping()
        data["fields"][0][key] = text
        problems_of(data)
    data = lines_mapping()
    data["fields"][0]["convert"] = list(steps(text))
    problems_of(data)
    for part in ("name", "when", "path", "within"):
        data = xml_mapping()
        data["records"][1][part] = text
        try:
            read(XML.encode(), layout(data), zone=BERLIN)
        except InvalidInput:
            continue


def test_a_pattern_names_each_part_once():
    assert pattern("TT.MM.JJ").has_time is False
    data = lines_mapping()
    for wrong in ("TT.TT.JJ", "MM.JJ", "hh:mm"):
        data["file"]["date"] = wrong
        assert [one.field for one in problems_of(data)] == ["file.date"]
