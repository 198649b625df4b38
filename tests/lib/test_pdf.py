"""Printed records: pages are numbered, umlauts print, and nothing in a text is taken for markup."""

import io

from PIL import Image
from pypdf import PdfReader

from mes.lib import pdf


def text_of(content):
    return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)


def test_a_document_says_what_it_was_given_on_numbered_pages():
    rows = [(str(number), "Prüfmaß größer", "1,5") for number in range(90)]
    content = pdf.build(
        title="Prüfbericht",
        subtitle="Auftrag 4711",
        footer="Gedruckt von Jörg",
        parts=[
            pdf.heading("Übersicht"),
            pdf.facts([("Größe", "ß € µ Ø ± °"), ("Leer", "")]),
            pdf.paragraph("Zwei\nZeilen", soft=True),
            pdf.space(),
            pdf.table(["Nr.", "Merkmal", "Wert"], rows, widths=[20, None, 30], numbers=[2]),
        ],
    )
    pages = PdfReader(io.BytesIO(content)).pages
    assert len(pages) == 3
    for number, page in enumerate(pages, start=1):
        text = page.extract_text()
        assert f"Page {number} of 3" in text
        assert "Prüfbericht" in text
        assert "Merkmal" in text  # the head of the table comes again
    assert "ß € µ Ø ± °" in text_of(content)


def test_markup_in_a_text_is_text():
    content = pdf.build(title="<b>a</b>", parts=[pdf.table(["<i>"], [["<font size=99>& </para>"]])])
    assert "<font size=99>& </para>" in text_of(content)


def test_letters_that_the_font_lacks_stay_readable():
    assert pdf.drawable("Łódź, Čapek, ẞ 日\u202e!") == "Łódz, Čapek, ? ?!"
    assert "Łódz" in text_of(pdf.build(title="x", parts=[pdf.paragraph("Łódź")]))


def test_an_empty_document_and_a_picture_print():
    image = io.BytesIO()
    Image.new("RGB", (40, 20)).save(image, "PNG")
    content = pdf.build(title="x", parts=[pdf.picture(image.getvalue(), width=30, height=30)], wide=True)
    assert content.startswith(b"%PDF")
    assert "–" in text_of(pdf.build(title="x", parts=[]))
