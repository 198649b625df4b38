"""GS1 element strings: written and read back, and what is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes.lib import gs1
from mes.lib.errors import InvalidInput

LOT = st.text(alphabet="ABCXYZabc0123456789-._/+", min_size=1, max_size=20)


def test_check_digits_of_published_numbers():
    # GS1 General Specifications 7.9.1 and the GS1 check digit calculator's examples
    assert gs1.check_digit("629104150021") == "3"
    assert gs1.check_digit("37610425002123456") == "9"
    assert gs1.is_checked("4006381333931")
    assert not gs1.is_checked("4006381333932")


@given(LOT, LOT)
def test_what_is_written_is_read(lot, serial):
    elements = [("01", "09521234543213"), ("10", lot), ("17", "261231"), ("21", serial)]
    assert gs1.read("]d2" + gs1.element_string(elements)) == dict(elements)
    assert gs1.read(gs1.element_string(elements)) == dict(elements)


def test_only_values_of_variable_length_are_followed_by_a_separator():
    elements = gs1.elements_of("(01)09521234543213(10)A1(17)261231(21)7")
    assert gs1.element_string(elements) == "010952123454321310A1\x1d17261231217"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain",
        "(01)123",
        "(01)09521234543214",
        "(10)",
        "(10)Größe",
        "(10)" + "A" * 21,
        "(17)261331",
        "(55)1",
        "x(10)A",
    ],
)
def test_what_gs1_does_not_allow_is_refused(text):
    with pytest.raises(InvalidInput):
        gs1.elements_of(text)


@pytest.mark.parametrize("text", ["4711/0010", "LOT:A1", "]d2zz", "(hello)", "\x1d", "", "00123"])
def test_what_is_no_gs1_code_is_none(text):
    assert gs1.read(text) is None


@given(st.text(max_size=40))
def test_any_text_is_read_or_not_without_an_error(text):
    found = gs1.read(text)
    assert found is None or isinstance(found, dict)
