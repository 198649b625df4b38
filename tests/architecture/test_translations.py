"""German is whole: every collected text is translated, keeps its placeholders, and is compiled."""

from __future__ import annotations

import re
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "locale" / "de" / "LC_MESSAGES" / "django.po"
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]")


def entries():
    return [entry for entry in polib.pofile(str(SOURCE)) if not entry.obsolete]


def test_every_text_is_translated():
    unfinished = [entry.msgid for entry in entries() if not entry.translated() or entry.fuzzy]
    assert unfinished == []


def test_placeholders_are_kept():
    for entry in entries():
        said = {0: entry.msgstr}
        if entry.msgid_plural:
            said = entry.msgstr_plural
        for form, text in said.items():
            source = entry.msgid_plural if form else entry.msgid
            assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(source)), entry.msgid


def test_what_is_compiled_is_what_is_written():
    compiled = {(entry.msgctxt, entry.msgid): entry for entry in polib.mofile(str(SOURCE.with_suffix(".mo")))}
    for entry in entries():
        found = compiled[entry.msgctxt, entry.msgid]
        assert found.msgstr == entry.msgstr
        assert found.msgstr_plural == entry.msgstr_plural
