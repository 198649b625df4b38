"""Posting days: no confirmation crosses a shift; corrections before and after sending; when it is told."""

import uuid
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from integrations.domain.outbox.canonical import from_json
from integrations.domain.outbox.collect import collect_news
from integrations.domain.outbox.compose import compose
from integrations.domain.outbox.days import PostingDays
from integrations.domain.outbox.partner import pull
from integrations.domain.outbox.relay import claim
from integrations.enums import ConfirmWhen, NightShiftDay, OutboundState
from integrations.models import OutboundItem, OutboundMessage
from machines.domain.calendars.engine import Calendar
from machines.domain.calendars.rules import CalendarRules, ShiftRule
from machines.models import Shift
from mes.lib.spans import Span
from orders.domain.execution import interrupt
from orders.queries.times import work_times
from tests.factories.integrations import ConnectionFactory, IdocConnectionFactory
from tests.factories.machines import ShiftPatternFactory
from tests.integrations.outbox.work import Work

BERLIN = ZoneInfo("Europe/Berlin")
SHIFTS = (("early", 6, 14), ("late", 14, 22), ("night", 22, 6))
MONDAY = datetime(2026, 3, 2, tzinfo=BERLIN)


def days(rule, shifts=SHIFTS, weekdays=range(7)):
    rules = CalendarRules(
        zone=BERLIN,
        shifts=tuple(
            ShiftRule(name, weekday, time(start), time(end))
            for weekday in weekdays
            for name, start, end in shifts
        ),
    )
    return PostingDays(Calendar(rules), rule)


@pytest.mark.parametrize(
    ("rule", "hour", "posted", "shift"),
    [
        (NightShiftDay.START, 23, 2, "night"),
        (NightShiftDay.START, 26, 2, "night"),
        (NightShiftDay.END, 23, 3, "night"),
        (NightShiftDay.CLOCK, 23, 2, "night"),
        (NightShiftDay.CLOCK, 26, 3, "night"),
        (NightShiftDay.END, 13, 2, "early"),
        (NightShiftDay.START, 14, 2, "late"),
    ],
)
def test_a_night_shift_is_posted_by_the_connection_s_rule(rule, hour, posted, shift):
    part = days(rule).at(MONDAY + timedelta(hours=hour))
    assert (part.date, part.shift) == (date(2026, 3, posted), shift)


def test_between_shifts_and_without_any_the_local_day_counts():
    only_early = days(NightShiftDay.START, SHIFTS[:1])
    part = only_early.at(MONDAY + timedelta(hours=20))
    assert (part.date, part.shift) == (date(2026, 3, 2), "")
    assert part.span == Span(MONDAY + timedelta(hours=14), MONDAY + timedelta(hours=24))
    assert only_early.at(MONDAY + timedelta(hours=5)).span.end == MONDAY + timedelta(hours=6)
    endless = PostingDays(Calendar(CalendarRules(zone=BERLIN)), NightShiftDay.START)
    assert endless.at(MONDAY).span == Span(MONDAY, MONDAY + timedelta(days=1))


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)),  # noqa: DTZ001
    st.timedeltas(timedelta(0), timedelta(days=4)),
    st.sampled_from(NightShiftDay),
    st.sampled_from([SHIFTS, SHIFTS[:2], SHIFTS[2:], ()]),
    st.sampled_from([range(7), range(5)]),
)
@settings(max_examples=60, deadline=None)
def test_parts_cover_all_time_once(start, length, rule, shifts, weekdays):
    calendar = days(rule, shifts, weekdays)
    span = Span(start, start + length + timedelta(seconds=1))
    parts = calendar.within(span)
    assert parts[0].span.start <= span.start
    assert parts[-1].span.end >= span.end
    for before, after in pairwise(parts):
        assert before.span.end == after.span.start
    assert all(calendar.at(part.span.start) == part for part in parts)


def shifts_of(plant):
    """Three shifts around the clock, in a zone where none of them ends soon."""
    plant.shift_pattern = ShiftPatternFactory()
    plant.save()
    Shift.objects.bulk_create(
        Shift(pattern=plant.shift_pattern, name=name, weekday=weekday, start=time(start), end=time(end))
        for weekday in range(7)
        for name, start, end in SHIFTS
    )


def reckoned(moment, plant):
    """The posting day and shift, reckoned without a calendar."""
    local = moment.astimezone(plant.zone) - timedelta(hours=6)
    return local.date(), local.hour // 8


@pytest.fixture
def work(db):
    work = Work(IdocConnectionFactory(plant__erp_code="1000"), started=timedelta(hours=2))
    shifts_of(work.connection.plant)
    return work


def test_two_shifts_make_two_confirmations_each_with_its_own_times(work):
    began = work.began - timedelta(hours=6)
    work.start(at=began)
    work.report(10, at=began + timedelta(hours=6))
    first, second = work.tell()
    plant = work.connection.plant
    told = [from_json(message.canonical) for message in (first, second)]
    # 13 h local less 8 h is 5 h: the night shift of the day before, then the early one
    today = timezone.now().astimezone(plant.zone).date()
    assert [one.posting_date for one in told] == [today - timedelta(days=1), today]
    assert [one.good for one in told] == [0, 10]
    assert told[0].end == told[1].start
    assert sum(one.run_seconds for one in told) == work_times(work.operation, until=told[1].end).run
    assert [item.message for item in OutboundItem.objects.all()] == [second]


def test_a_late_report_goes_to_the_shift_in_which_it_happened(work):
    work.start(at=work.began - timedelta(hours=24))
    work.report(5)
    work.tell()
    work.deliver()
    late = work.report(3, at=work.began - timedelta(hours=20))
    (message,) = work.tell()
    told = from_json(message.canonical)
    assert (told.good, told.run_seconds) == (3, 0)
    assert told.posting_date == reckoned(late.occurred_at, work.connection.plant)[0]


def test_a_correction_is_posted_on_the_day_of_what_it_corrects(work):
    work.start(at=work.began - timedelta(hours=30))
    wrong = work.report(50, at=work.began - timedelta(hours=26))
    work.report(7)
    work.tell()
    work.deliver()
    work.correct(wrong, good=48)
    reversal, again = work.tell()
    assert (reversal.kind, again.canonical["good"]) == ("reversal", "48.000")
    expected = reckoned(wrong.occurred_at, work.connection.plant)[0].isoformat()
    assert reversal.canonical["posting_date"] == again.canonical["posting_date"] == expected


def test_what_never_left_is_withdrawn_instead_of_reversed(work):
    work.start()
    wrong = work.report(50)
    work.report(5)
    (first,) = work.tell()
    work.correct(wrong, good=48)
    (again,) = work.tell()
    first.refresh_from_db()
    assert (first.kind, first.state) == ("superseded", OutboundState.DISCARDED)
    assert (again.kind, again.canonical["good"]) == ("confirmation", "53.000")
    # the pieces follow to the message that tells them now
    assert first.items.count() == 0
    assert again.items.count() == 4


def test_what_a_worker_has_claimed_is_reversed(work):
    work.start()
    wrong = work.report(50)
    work.tell()
    assert claim(partner=work.connection.pk, now=timezone.now())
    work.correct(wrong, good=48)
    assert [message.kind for message in work.tell()] == ["reversal", "confirmation"]


def test_what_a_partner_has_pulled_is_reversed(db):
    work = Work(ConnectionFactory())
    work.start()
    wrong = work.report(50)
    work.tell()
    assert pull(connection=work.connection, after=0)
    work.correct(wrong, good=48)
    assert [message.kind for message in work.tell()] == ["reversal", "confirmation"]
    assert work.told() == (48, 0, 0)


def test_one_report_of_several_is_taken_back_and_the_others_stay(work):
    work.start()
    wrong = work.report(50)
    work.report(5)
    work.tell()
    work.deliver()
    work.correct(wrong)
    reversal, again = work.tell()
    assert (reversal.canonical["good"], again.canonical["good"]) == ("55.000", "5.000")


def test_the_upload_delay_leaves_time_for_corrections(work):
    work.connection.upload_delay_seconds = 600
    work.connection.save()
    work.start()
    wrong = work.report(50)
    work.tell()
    now = timezone.now()
    assert claim(partner=work.connection.pk, now=now) == []
    work.correct(wrong, good=48)
    (again,) = work.tell()
    (claimed,) = claim(partner=work.connection.pk, now=now + timedelta(seconds=700))
    assert (claimed, again.canonical["good"]) == (again, "48.000")


def test_nothing_behind_a_delayed_message_is_pulled(db):
    work = Work(ConnectionFactory(upload_delay_seconds=600))
    work.start()
    work.report(50)
    work.report(50)
    work.finish()
    kinds = [message.kind for message in work.tell()]
    assert kinds == ["confirmation", "status"]
    assert pull(connection=work.connection, after=0) == []
    OutboundMessage.objects.update(next_try_at=timezone.now())
    assert [message.kind for message in pull(connection=work.connection, after=0)] == kinds


def when(work, confirm_when):
    work.connection.confirm_when = confirm_when
    work.connection.save()


def test_until_the_end_of_the_shift_nothing_is_told(work):
    when(work, ConfirmWhen.SHIFT_END)
    work.start()
    yesterday = work.report(4, at=work.began - timedelta(hours=24))
    work.report(10)
    (message,) = work.tell()
    assert message.canonical["good"] == "4.000"
    assert (
        message.canonical["posting_date"]
        == reckoned(yesterday.occurred_at, work.connection.plant)[0].isoformat()
    )
    (message,) = compose(connection=work.connection, now=timezone.now() + timedelta(hours=8))
    assert (message.canonical["good"], message.canonical["run_seconds"] > "0") == ("10.000", True)


def test_a_change_of_state_tells_what_was_reported_before(work):
    when(work, ConfirmWhen.STATUS_CHANGE)
    work.start()
    work.report(10)
    assert work.tell() == []
    interrupt(operation=work.operation, by=None, key=uuid.uuid4())
    (message,) = work.tell()
    assert message.canonical["good"] == "10.000"


def test_the_end_of_the_operation_tells_everything_and_what_comes_late(work):
    when(work, ConfirmWhen.OPERATION_END)
    work.start()
    work.report(10)
    assert work.tell() == []
    work.finish()
    (message,) = work.tell()
    assert (message.canonical["good"], message.canonical["final"]) == ("10.000", True)
    work.report(1)
    (message,) = work.tell()
    assert (message.canonical["good"], message.canonical["final"]) == ("1.000", True)


class WhateverHappens(TestCase):
    """Any sequence of events, late ones too: equal sums per posting day, nothing twice, nothing lost."""

    @settings(
        max_examples=10,
        phases=[Phase.generate],
        derandomize=True,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(
        st.lists(
            st.one_of(
                st.tuples(st.just("report"), st.integers(1, 20), st.integers(0, 60)),
                st.tuples(st.just("correct"), st.integers(0, 10), st.integers(0, 60)),
                st.tuples(st.just("tell"), st.just(0), st.just(0)),
                st.tuples(st.just("deliver"), st.just(0), st.just(0)),
            ),
            max_size=8,
        ),
        st.sampled_from([ConfirmWhen.INTERVAL, ConfirmWhen.SHIFT_END]),
    )
    def test_sums_per_posting_day_are_equal(self, steps, confirm_when):
        work = Work(IdocConnectionFactory(confirm_when=confirm_when), started=timedelta(hours=62))
        plant = work.connection.plant
        shifts_of(plant)
        work.start()
        reports, expected = [], Counter()
        for step, first, hours in steps:
            if step == "report":
                event = work.report(first, at=work.began + timedelta(hours=hours))
                reports.append(event)
                expected[reckoned(event.occurred_at, plant)[0]] += first
            elif step == "correct" and reports:
                wrong = reports.pop(first % len(reports))
                work.correct(wrong, good=hours)
                expected[reckoned(wrong.occurred_at, plant)[0]] += hours - int(wrong.good)
            elif step == "tell":
                work.tell()
            elif step == "deliver":
                work.deliver()
        collect_news()
        compose(connection=work.connection, now=timezone.now() + timedelta(hours=9))
        told, times, last = Counter(), Decimal(0), work.began
        for message in OutboundMessage.objects.exclude(state=OutboundState.DISCARDED):
            one = from_json(message.canonical)
            sign = -1 if one.reverses else 1
            told[one.posting_date] += sign * int(one.good)
            times += sign * one.run_seconds
            last = max(last, one.end)
            assert min(one.good, one.run_seconds, one.setup_seconds) >= 0
            assert one.start <= one.end
            inside = max(one.start, one.end - timedelta(microseconds=1))
            assert reckoned(one.start, plant) == reckoned(inside, plant) or one.start == one.end
            assert one.posting_date in (reckoned(one.start, plant)[0], reckoned(inside, plant)[0])
        assert +told == +expected
        assert times == work_times(work.operation, until=last).run
        assert not OutboundItem.objects.filter(message__isnull=True).exists()
