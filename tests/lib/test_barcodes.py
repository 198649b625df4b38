"""Every code that is printed is read back from its pixels."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mes.lib import barcodes, gs1
from mes.lib.errors import InvalidInput
from tests.support.scanning import drawn, scanned

PRINTABLE = st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=24)


@settings(max_examples=20)
@given(PRINTABLE)
def test_code_128_is_read_back(text):
    assert scanned(drawn(barcodes.code128(text))) == {text: "]C0"}


@settings(max_examples=10)
@given(PRINTABLE)
def test_data_matrix_and_qr_are_read_back(text):
    assert scanned(drawn(barcodes.data_matrix(text))) == {text: "]d1"}
    assert set(scanned(drawn(barcodes.qr(text)))) == {text}


@settings(max_examples=10)
@given(st.text(alphabet="ABCXYZ0123456789-/", min_size=1, max_size=20))
def test_a_gs1_data_matrix_says_that_it_is_one(lot):
    text = f"(01)09521234543213(10){lot}(17)261231"
    [(read, symbology)] = scanned(drawn(barcodes.gs1_data_matrix(text))).items()
    assert symbology == "]d2"
    assert gs1.read(symbology + read) == {"01": "09521234543213", "10": lot, "17": "261231"}


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        *(("code128", text) for text in ("", "Größe", "tab\t")),
        *(("datamatrix", text) for text in ("", "Größe", "A" * 4000)),
        *(("qr", text) for text in ("", "A" * 8000)),
        ("gs1", "LOT1"),
    ],
)
def test_what_a_code_cannot_carry_is_refused(kind, text):
    with pytest.raises(InvalidInput):
        barcodes.matrix_of(kind, text)
