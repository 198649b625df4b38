"""Working time as files: patterns, their shifts with breaks, exceptions."""

from datetime import UTC, datetime, time

import pytest

from machines.models import CalendarException, Shift, ShiftBreak, ShiftPattern
from mes.accounts.roles import Role
from tests.factories.machines import PlantFactory
from tests.support.admin import client_of, csv_file, import_rows, page_of, preview, problems_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def engineer(client):
    return client_of(client, Role.ENGINEER)


def shift_row(weekday="monday", **changes):
    row = {"pattern": "2S", "weekday": weekday, "start": "6:00", "end": "14:00", "name": "early"}
    return {**row, "breaks": "09:00-09:15, 12:00-12:30 unpaid", **changes}


def test_a_week_comes_from_two_files(engineer):
    import_rows(
        engineer,
        ShiftPattern,
        [{"code": "2S", "name": "Two shifts", "works_on_holidays": "no"}],
    )
    import_rows(engineer, Shift, [shift_row(), shift_row("tuesday", breaks="")])
    monday, tuesday = Shift.objects.order_by("weekday")
    assert (monday.pattern.code, monday.start, monday.end) == ("2S", time(6), time(14))
    assert list(monday.breaks.values_list("start", "unpaid")) == [(time(9), False), (time(12), True)]
    assert not tuesday.breaks.exists()

    kept = monday.breaks.get(start=time(9)).pk
    result = import_rows(
        engineer,
        Shift,
        [shift_row(breaks="09:00-09:15"), shift_row("tuesday", breaks="")],
    )
    assert (result.totals["update"], result.totals["skip"]) == (1, 1)
    assert ShiftBreak.objects.get().pk == kept, "what stays keeps its row and its history"


def test_what_was_exported_changes_nothing_when_it_comes_back(engineer):
    ShiftPattern.objects.create(code="2S", name="Two shifts")
    import_rows(engineer, Shift, [shift_row("sunday")])
    exported = engineer.post(page_of(Shift, "export"), {"format": "0", "resource": ""})
    assert "sunday" in exported.content.decode()
    again = preview(engineer, Shift, as_upload(exported.content))
    assert again.context_data["result"].totals["skip"] == 1


def test_a_wrong_weekday_break_or_pattern_is_named_with_its_line(engineer):
    ShiftPattern.objects.create(code="2S", name="Two shifts")
    answer = preview(
        engineer,
        Shift,
        csv_file([shift_row("funday"), shift_row(breaks="9-10"), shift_row(pattern="9S")]),
    )
    assert [(line, column) for line, column, _text in problems_of(answer)] == [
        (2, "weekday"),
        (3, "breaks"),
        (4, "pattern"),
    ]
    assert not Shift.objects.exists()


def test_exceptions_come_and_go_as_a_file(engineer):
    PlantFactory(code="P1")
    row = {
        "plant": "P1",
        "area": "",
        "machine": "",
        "kind": "closed",
        "start": "2026-12-24",
        "end": "2026-12-27",
        "reason": "Holidays",
    }
    import_rows(engineer, CalendarException, [row])
    stored = CalendarException.objects.get()
    assert (stored.plant.code, stored.start) == ("P1", datetime(2026, 12, 24, tzinfo=UTC))
    result = import_rows(engineer, CalendarException, [row | {"end": "2026-12-28"}])
    assert result.totals["update"] == 1
    answer = preview(engineer, CalendarException, csv_file([row | {"end": "2026-12-01"}]))
    assert problems_of(answer)


def as_upload(content):
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile("shifts.csv", content)
