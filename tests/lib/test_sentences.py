"""Sentences that are kept: the same again, in the reader's language."""

import json
import os
import pickle
import subprocess
import sys
from decimal import Decimal

import pytest
from django.utils import translation

from mes.lib.sentences import Amount, Sentence, gettext, gettext_lazy, in_words, joined, ngettext, parts_of

POSTED = "The partner answered %d."
LOCKED = "Somebody has the order open in SAP: %s"
GIVEN_UP = "%(problem)s Given up after %(count)d attempts."


def through_the_database(text):
    return in_words(json.loads(json.dumps(parts_of(text))), "as it was")


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize(
    ("pattern", "values"),
    [(POSTED, 503), (LOCKED, "MEYER"), (LOCKED, ("MEYER",)), (GIVEN_UP, {"problem": "No.", "count": 3})],
)
def test_a_kept_sentence_is_said_in_the_readers_language(language, pattern, values):
    made = gettext(pattern) % values
    with translation.override(language):
        assert through_the_database(made) == translation.gettext(pattern) % values


def test_a_sentence_in_a_sentence_is_said_too():
    made = gettext(GIVEN_UP) % {"problem": gettext(POSTED) % 503, "count": 3}
    assert made == "The partner answered 503. Given up after 3 attempts."
    with translation.override("de"):
        said = through_the_database(made)
    assert "answered" not in said
    assert "503" in said


def test_joined_sentences_keep_their_parts():
    made = joined("; ", [gettext(POSTED) % 503, "Sperre von MEYER"])
    assert made == "The partner answered 503.; Sperre von MEYER"
    with translation.override("de"):
        assert through_the_database(made).endswith("; Sperre von MEYER")
        assert "answered" not in through_the_database(made)


def test_a_partners_own_words_stay_as_they_are():
    assert parts_of("Periode 12 ist geschlossen") is None
    assert in_words(None, "Periode 12 ist geschlossen") == "Periode 12 ist geschlossen"


def test_what_was_written_before_is_shown_as_it_was():
    with translation.override("de"):
        assert in_words(None, "The partner answered 503.") == "The partner answered 503."
        assert in_words(None, "The answer is too long or too slow.") != "The answer is too long or too slow."
    assert in_words(None, "") == ""


def test_a_pattern_that_no_longer_fits_gives_what_was_written():
    assert in_words({"pattern": "%(new)s", "values": {"old": 1}}, "as it was") == "as it was"


def test_values_can_be_stored_whatever_they_are():
    values = {"a": Decimal("1.5"), "b": float("nan"), "c": "x\x00y", "d": ValueError("no")}
    parts = parts_of(Sentence("", "%(a)s", values))
    assert parts["values"] == {
        "a": "1.5",
        "b": "nan",
        "c": "x�y",
        "d": "no",
    }


def test_it_is_a_text_like_any_other():
    made = gettext_lazy(POSTED)
    assert parts_of(str(made)) == {"pattern": POSTED}
    copied = pickle.loads(pickle.dumps(gettext(POSTED) % 1))
    assert (copied, parts_of(copied)) == (POSTED % 1, {"pattern": POSTED, "values": [1]})


def test_a_sentence_about_a_number_is_said_in_the_right_form():
    one, many = "The partner gave %d message.", "The partner gave %d messages."
    for count in (1, 2):
        made = ngettext(one, many, count) % count
        assert through_the_database(made) == made == (one, many)[count - 1] % count
        with translation.override("de"):
            assert through_the_database(made) == translation.ngettext(one, many, count) % count


def test_a_label_in_a_sentence_is_said_too():
    made = gettext(LOCKED) % translation.gettext_lazy("refused")
    with translation.override("de"):
        assert through_the_database(made).endswith(translation.gettext("refused"))


def test_an_amount_is_written_as_its_reader_writes_numbers():
    made = gettext(LOCKED) % Amount("2220.500")
    assert made.endswith("2,220.5")
    with translation.override("de"):
        assert through_the_database(made).endswith("2.220,5")


def test_errors_need_no_settings_of_django():
    """Edge gateways run without."""
    program = "from mes.lib.errors import *; print(InvalidInput([Problem('x', 'Too long.', 'name', 3)]))"
    clean = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    said = subprocess.run(
        [sys.executable, "-c", program], env=clean, capture_output=True, text=True, check=True
    )
    assert said.stdout == "row 3, name: Too long.\n"
