"""Flat IDocs: records, frames, parents, code pages, and everything that breaks naive readers."""

from dataclasses import asdict
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.erp.idoc.codec import first_identity, read_idocs, write_xml
from integrations.erp.idoc.dictionary import Dictionary, Place
from integrations.erp.idoc.dictionary.lists import type_of
from integrations.erp.idoc.flat import CONTROL_LENGTH, FRAME_LENGTH, RECORD_LENGTH
from integrations.erp.idoc.node import Node
from integrations.erp.idoc.reading import read_message
from mes.lib.errors import InvalidInput
from tests.integrations.erp.flats import dictionary_for, flat, node_of, shared_dictionary
from tests.support.shared_data import shared_bytes

BERLIN = ZoneInfo("Europe/Berlin")
CONTROL = {"SNDPRN": "P01", "MESTYP": "LOIPRO", "DOCNUM": "0000000000000042"}
ORDER = Node(
    "E1AFKOL",
    {"AUFNR": "000001003456", "MATNR": "VALVE", "WERKS": "1000", "GAMNG": "10.000", "GMEIN": "ST"},
    (
        Node("E1JSTKL", {"STAT": "I0002"}),
        Node("E1AFFLL", {"PLNFL": "0"}, (Node("E1AFVOL", {"VORNR": "0010", "LTXA1": "Sägen"}),)),
    ),
)
DICTIONARY = dictionary_for(ORDER)


def read(body, **kwargs):
    return read_message(body, zone=BERLIN, **{"dictionary": DICTIONARY, **kwargs})


def lines(body):
    return body.decode().split("\n")[:-1]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r", ""])
def test_line_ends(line_end):
    reading = read(flat(CONTROL, ORDER, line_end=line_end))
    assert reading.problems == ()
    (order,) = reading.documents
    assert (order.number, order.quantity, order.unit, order.status) == ("1003456", 10, "C62", "released")
    assert [(operation.number, operation.text) for operation in order.operations] == [("0010", "Sägen")]
    assert reading.identity.external_id == "42"


def test_flat_and_xml_say_the_same():
    xml = write_xml("LOIPRO05", CONTROL, [ORDER])
    assert read(flat(CONTROL, ORDER)).documents == read(xml).documents


def test_blanks_cut_at_the_line_end_are_put_back():
    cut = "\n".join(line.rstrip() for line in lines(flat(CONTROL, ORDER))).encode()
    assert read(cut) == read(flat(CONTROL, ORDER))


def test_several_idocs_in_one_file():
    other = Node("E1AFKOL", {**ORDER.fields, "AUFNR": "000001003457"}, ORDER.children)
    for line_end in ("\n", ""):
        body = flat(CONTROL, ORDER, line_end=line_end) + flat(
            {**CONTROL, "DOCNUM": "43"}, other, dictionary=DICTIONARY, line_end=line_end
        )
        reading = read(body)
        assert [order.number for order in reading.documents] == ["1003456", "1003457"]
        assert [order.row for order in reading.documents] == [1, 2]
        assert reading.identity.external_id == "42..43"


@pytest.mark.parametrize("line_end", ["\n", ""])
@pytest.mark.parametrize("missing", [1, 400, RECORD_LENGTH - 10])
def test_a_truncated_last_record_quarantines_its_idoc_only(line_end, missing):
    body = flat(CONTROL, ORDER, line_end=line_end) + flat(
        {**CONTROL, "DOCNUM": "43"}, ORDER, line_end=line_end
    )
    body = body.rstrip(b"\n")
    reading = read(body.decode()[:-missing].encode())
    assert [order.number for order in reading.documents] == ["1003456"]
    (problem,) = reading.problems
    assert (problem.code, problem.row) == ("truncated", 2)
    assert problem.field == ("E2AFVOL000" if missing < RECORD_LENGTH - FRAME_LENGTH else problem.field)


@pytest.mark.parametrize(
    ("encoding", "size"), [("latin-1", 1), ("cp1252", 1), ("utf-8", 2), ("utf-8-sig", 2)]
)
def test_positions_count_characters_after_decoding(encoding, size):
    body = flat(CONTROL, ORDER, encoding=encoding, line_end="")
    marks = 3 if encoding == "utf-8-sig" else 0
    assert len(body) == marks + CONTROL_LENGTH + 4 * RECORD_LENGTH + size - 1
    (order,) = read(body, encoding=encoding).documents
    assert order.operations[0].text == "Sägen"


def test_the_wrong_code_page_is_told_and_not_guessed():
    reading = read(flat(CONTROL, ORDER, encoding="latin-1"), encoding="utf-8")
    assert (reading.documents, [problem.code for problem in reading.problems]) == ((), ["wrong_encoding"])
    assert [p.code for p in read(flat(CONTROL, ORDER), encoding="klingon").problems] == ["wrong_encoding"]


def test_parents_by_level_where_numbers_are_missing():
    shown = [
        line if line.startswith("EDI") else f"{line[:49]}{'0' * 12}{line[61:]}"
        for line in lines(flat(CONTROL, ORDER))
    ]
    # Nothing but zeros in SEGNUM too: the second one would be a repeat.
    shown = [line if line.startswith("EDI") else f"{line[:49]}{' ' * 12}{line[61:]}" for line in shown]
    assert read("\n".join(shown).encode()).documents == read(flat(CONTROL, ORDER)).documents


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda line: f"{line[:55]}000099{line[61:]}", "no_parent"),
        (lambda line: f"{line[:49]}000001{line[55:]}", "duplicate"),
        (lambda line: f"{line[:49]}ABCDEF{line[55:]}", "broken_record"),
        (lambda line: f"{' ' * 30}{line[30:]}", "broken_record"),
        (lambda line: f"{line[:33]}{'77':<16}{line[49:]}", "wrong_idoc"),
        (lambda line: f"{line}X", "truncated"),
    ],
)
def test_a_record_that_is_wrong_quarantines_its_idoc(change, code):
    first = lines(flat(CONTROL, ORDER))
    first[2] = change(first[2])
    whole = flat({**CONTROL, "DOCNUM": "43"}, ORDER)
    reading = read("\n".join(first).encode() + b"\n" + whole)
    assert len(reading.documents) == 1
    assert {problem.code for problem in reading.problems} >= {code}
    assert {problem.row for problem in reading.problems} == {1}
    assert "Line 3" in reading.problems[0].message


def test_records_out_of_step_are_found_again_at_the_next_control_record():
    good = flat(CONTROL, ORDER, line_end="").decode()
    next_one = flat({**CONTROL, "DOCNUM": "43"}, ORDER, line_end="").decode()
    reading = read((good[:-7] + next_one).encode())
    assert len(reading.documents) == 1
    assert reading.documents[0].row == 2
    assert {problem.row for problem in reading.problems} == {1}


def test_a_data_record_before_any_control_record():
    body = "\n".join([lines(flat(CONTROL, ORDER))[1].replace("E2AFKOL000", "EDI_DC    ")]).encode()
    assert [problem.code for problem in read(body).problems] == ["wrong_control"]


def test_a_segment_without_dictionary_stays_raw():
    other = Node("/GLB/Z1NEW", {"A": "kept"})
    node = Node(ORDER.name, ORDER.fields, (*ORDER.children, other))
    body = flat(CONTROL, node, definitions={"/GLB/Z1NEW": "/GLB/Z2NEW000"})
    (order,) = read(body).documents
    assert order.raw["_-GLB_-Z1NEW"] == [{"SDATA": "kept"}]


def test_what_a_later_release_appended_is_kept():
    wide = {**DICTIONARY.segments, "E1AFKOL": [*DICTIONARY.segments["E1AFKOL"], Place("NEW", 500, 5)]}
    node = Node(ORDER.name, {**ORDER.fields, "NEW": "later"}, ORDER.children)
    (order,) = read(flat(CONTROL, node, dictionary=Dictionary(wide))).documents
    assert order.raw["SDATA"].strip() == "later"


@pytest.mark.parametrize(
    ("definition", "name"),
    [
        ("E2MARAM005", "E1MARAM"),
        ("E2MARAM", "E1MARAM"),
        ("E2MARA1004", "E1MARA1"),
        ("E2BP2017_GM_HEAD_01000", "E1BP2017_GM_HEAD_01"),
        ("Z2PART000", "Z1PART"),
        ("/GLB/RGTFLDGRP000", "/GLB/RGTFLDGRP"),
        ("/NESGLB/E1MARAM000000", "/NESGLB/E1MARAM000"),
        ("/NESGLB/E2MARAM000", "/NESGLB/E1MARAM"),
        ("E1AFKOL", "E1AFKOL"),
    ],
)
def test_names_of_definitions(definition, name):
    assert type_of(definition) == name


def test_the_exact_definition_wins_over_the_type():
    dictionary = Dictionary({"E1MARAM": [Place("OLD", 0, 1)], "E2MARAM009": [Place("NEW", 0, 1)]})
    assert [place.name for place in dictionary.places("E2MARAM009")] == ["NEW"]
    assert [place.name for place in dictionary.places("E2MARAM005")] == ["OLD"]
    assert dictionary.places("E2MAKTM") is None


def test_identity_without_reading_the_rest():
    body = flat(CONTROL, ORDER)
    identity = first_identity(body[:CONTROL_LENGTH])
    assert (identity.sender, identity.message_type, identity.external_id) == ("P01", "LOIPRO", "42")


def test_the_real_order_as_a_flat_file():
    """Every segment of the real XML order, written flat and read back: the same order."""
    (idoc,), _ = read_idocs(shared_bytes("erp/sap-idoc/loipro05-s4-full.xml"))
    nodes = [node_of(child) for child in idoc.body.children if child.name != "EDI_DC40"]
    body = flat(dict(idoc.control), *nodes, line_end="")
    ours = read(body, dictionary=dictionary_for(*nodes))
    theirs = read(shared_bytes("erp/sap-idoc/loipro05-s4-full.xml"))
    assert ours.problems == theirs.problems == ()
    assert {**asdict(ours.documents[0]), "raw": None} == {**asdict(theirs.documents[0]), "raw": None}
    assert ours.identity == theirs.identity


def test_the_real_contiguous_file_against_a_plain_reading():
    body = shared_bytes("erp/sap-idoc/zmatmas03-contiguous-flat.txt")
    text = body.decode("latin-1")
    plain = [text[place : place + 1063] for place in range(524, len(text), 1063)]
    dictionary = shared_dictionary(shared_bytes("erp/dictionaries/matmas05.csv").decode())
    reading = read(body, encoding="latin-1", dictionary=dictionary)
    assert reading.problems == ()
    assert (reading.identity.external_id, reading.identity.message_type) == ("150493303", "/GLB/RGTWMSMATMAS")
    (item,) = reading.master
    assert (item.code, item.unit) == ("43066649", "C62")
    assert item.names == {"en": plain[6][63 + 4 : 63 + 44].strip()} == {"en": "SELF SEALING STEM BOLT"}
    units = [record[66:69].strip() for record in plain if record.startswith("E2MARMM")]
    known = {"EA": "C62"}
    assert [factor.unit for factor in item.factors] == [known[unit] for unit in units if unit in known]
    assert item.raw["unknown_units"] == [unit for unit in units if unit not in known]
    groups = [record[63:].rstrip() for record in plain if record.startswith("/GLB/RGTFLDGRP")]
    raw = item.raw["_-NESGLB_-DISTR000"][0]
    assert raw["SDATA"] == plain[1][63:].rstrip()
    kept = str(item.raw)
    assert len(groups) == 3
    assert all(group in kept for group in groups)


# --- hypothesis

texts = st.text(
    st.characters(codec="cp1252", exclude_categories=("Cc", "Zs", "Zl", "Zp")) | st.just(" "), max_size=12
).map(str.strip)
nodes = st.recursive(
    st.builds(Node, st.sampled_from(["E1ONE", "E1TWO", "/NS/Z1THREE"]), st.fixed_dictionaries({"A": texts})),
    lambda children: st.builds(
        Node,
        st.sampled_from(["E1ONE", "E1TWO"]),
        st.fixed_dictionaries({"A": texts, "B": texts}),
        st.lists(children, max_size=3).map(tuple),
    ),
    max_leaves=8,
)
ROOM = Dictionary(
    {name: [Place("A", 0, 12), Place("B", 12, 12)] for name in ("E1ONE", "E1TWO", "/NS/Z1THREE")}
)


def shape(element):
    """Name, filled fields and inner segments: an empty segment is neither."""
    filled = {child.name: child.text for child in element.children if child.is_leaf and child.text}
    inner = [shape(child) for child in element.children if child.name.startswith(("E1", "_-"))]
    return (
        element.name,
        {name: text for name, text in filled.items() if not name.startswith(("E1", "_-"))},
        inner,
    )


def shape_of(node):
    filled = {name: value for name, value in node.fields.items() if value}
    return node.name.replace("/", "_-"), filled, [shape_of(child) for child in node.children]


@settings(max_examples=40, deadline=None)
@given(st.lists(nodes, min_size=1, max_size=3), st.sampled_from(["\n", "\r\n", ""]), st.booleans())
def test_flat_and_segments_there_and_back(tree, line_end, cut):
    body = flat(CONTROL, *tree, dictionary=ROOM, line_end=line_end, encoding="cp1252")
    if cut and line_end:
        kept = [line.rstrip(" ") for line in body.decode("cp1252").split(line_end)]
        body = line_end.join(kept).encode("cp1252")
    (idoc,), problems = read_idocs(body, encoding="cp1252", dictionary=ROOM)
    assert problems == []
    assert [shape(child) for child in idoc.body.children[1:]] == [shape_of(node) for node in tree]
    assert {name: value for name, value in idoc.control.items() if value} == {"TABNAM": "EDI_DC40", **CONTROL}


@settings(max_examples=40, deadline=None)
@given(st.lists(nodes.filter(lambda node: "/" not in str(node)), min_size=1, max_size=3))
def test_xml_and_segments_there_and_back(tree):
    (idoc,), problems = read_idocs(write_xml("LOIPRO05", CONTROL, tree))
    assert problems == []
    assert [shape(child) for child in idoc.body.children[1:]] == [shape_of(node) for node in tree]


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200), st.integers(0, 4000), st.integers(0, 200))
def test_noise_gives_problems_and_never_a_crash(noise, place, cut):
    good = flat(CONTROL, ORDER, line_end="")
    body = good[:place] + noise + good[place + cut :]
    reading = read_message(b"EDI_DC40" + body, zone=BERLIN, dictionary=DICTIONARY, encoding="latin-1")
    assert reading.documents or reading.problems


def test_what_does_not_fit_is_refused_before_sending():
    with pytest.raises(InvalidInput) as caught:
        flat(
            {**CONTROL, "SNDPRN": "MUCH TOO LONG"}, Node("E1ONE", {"A": "x" * 13, "C": "?"}), dictionary=ROOM
        )
    fields = {problem.field: problem.code for problem in caught.value.problems}
    assert fields == {"EDI_DC40/SNDPRN": "too_long", "E1ONE/A": "too_long", "E1ONE/C": "no_dictionary"}


def test_a_value_never_breaks_the_record():
    body = flat(CONTROL, Node("E1ONE", {"A": "a\nb\tc"}), dictionary=ROOM)
    (idoc,), _ = read_idocs(body, dictionary=ROOM)
    assert idoc.body.first("E1ONE").first("A").text == "a?b?c"
