"""Dates stand in the order in which the reader's language writes them."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from django.utils import timezone, translation

from mes.lib.templatetags import dated, day, exact, longer

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "form", "said"),
    [
        ("en", "j M Y", "2 Mar 2026"),
        ("de", "j M Y", "02.03.2026"),
        ("de", "j M", "2.3."),
        ("de", "j M y", "02.03.26"),
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


def test_no_text_has_the_month_before_the_day():
    """Django's short English form is 03/02/2026: half of the readers take it for 3 February."""
    root = Path(__file__).resolve().parents[2]
    sources = [
        path
        for folder in ("mes", "machines", "orders", "quality", "integrations", "templates")
        for path in (root / folder).rglob("*")
        if path.suffix in (".py", ".html", ".txt")
    ]
    assert len(sources) > 1000
    wrong = [str(path.relative_to(root)) for path in sources if "SHORT_DATE" in path.read_text()]
    assert wrong == []


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "0 s"), (534.0, "+8 min"), (-6833.0, "−1 h 53 min"), (0.4, "+0 s")]
)
def test_a_change_of_a_length_of_time_has_its_sign(seconds, said):
    assert longer(seconds) == said
