"""Dates stand in the order in which the reader's language writes them."""

from datetime import UTC, date, datetime

import pytest
from django.utils import timezone, translation

from mes.lib.templatetags import dated, day, exact

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "form", "said"),
    [
        ("en", "j M Y", "2 Mar 2026"),
        ("de", "j M Y", "02.03.2026"),
        ("de", "j M", "2.3."),
        ("de", "Y-m-d", "2026-03-02"),
    ],
)
def test_a_date_in_a_language(language, form, said):
    with translation.override(language):
        assert dated(date(2026, 3, 2), form) == said


def test_a_day_in_both_languages():
    with timezone.override(UTC):
        assert day(NOON) == "2 Mar 2026"
        with translation.override("de"):
            assert day(NOON) == "02.03.2026"


def test_a_moment_to_the_second_in_both_languages():
    with timezone.override(UTC):
        assert exact(NOON) == "2026-03-02 12:00:00"
        with translation.override("de"):
            assert exact(NOON) == "02.03.2026 12:00:00"
        assert exact(None) == "–"
