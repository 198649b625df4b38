"""Alarms about partners: silence against the own rhythm, gaps, clocks, codes, what waits too long."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from integrations.enums import AlarmKind, Mend, OutboundState
from integrations.queries import health
from integrations.queries.alarms import alarms, missing_numbers
from integrations.queries.rhythm import is_too_silent, usual_silence
from tests.factories.integrations import (
    AlarmLimitsFactory,
    ConnectionFactory,
    InboundMessageFactory,
    MessageStepFactory,
    OutboundMessageFactory,
    TrustFigureFactory,
    WebhookConnectionFactory,
)

NOW = timezone.now()
minutes = st.integers(0, 20_000).map(lambda number: timedelta(minutes=number))


def kinds(connection):
    return [alarm.kind for alarm in alarms() if alarm.connection == connection]


@given(st.lists(minutes | st.none(), max_size=4))
def test_usual_is_the_longest_silence_of_earlier_weeks(silences):
    earlier = [(NOW, None if silence is None else NOW - silence) for silence in silences]
    known = [silence for silence in silences if silence is not None]
    assert usual_silence(earlier) == (max(known) if len(known) >= 2 else None)


@given(minutes, minutes | st.none(), st.floats(1, 10), minutes)
def test_the_usual_silence_is_never_too_long(silence, usual, factor, least):
    alarming = is_too_silent(silence, usual, factor=factor, least=least)
    if alarming:
        assert usual is not None
        assert silence > usual
        assert silence > least
    assert usual is None or not is_too_silent(usual, usual, factor=factor, least=least)


@given(st.sets(st.integers(0, 300), max_size=60))
def test_missing_numbers_are_those_between(known):
    missing = missing_numbers(known)
    assert not known & set(missing)
    assert not known or sorted(known | set(missing)) == list(range(min(known), max(known) + 1))


def test_a_wide_gap_is_cut():
    assert len(missing_numbers({1, 10**9})) == 1000


@pytest.mark.django_db
def test_a_partner_is_silent_by_its_own_rhythm():
    hourly, nightly, young = ConnectionFactory.create_batch(3)
    now = timezone.now()
    for week in range(1, 5):
        InboundMessageFactory(connection=hourly, received_at=now - timedelta(weeks=week, minutes=50))
        InboundMessageFactory(connection=nightly, received_at=now - timedelta(weeks=week, hours=14))
    for one in (hourly, nightly, young):
        InboundMessageFactory(connection=one, received_at=now - timedelta(hours=15))
    assert kinds(hourly) == [AlarmKind.SILENT]
    assert kinds(nightly) == [], "it comes once a night"
    assert kinds(young) == [], "nothing is known of its rhythm"
    AlarmLimitsFactory(connection=hourly, silent_seconds=20 * 3600)
    assert kinds(hourly) == []


@pytest.mark.django_db
def test_what_waits_too_long_is_an_alarm_within_the_connections_limit():
    partner = WebhookConnectionFactory()
    moment = timezone.now() - timedelta(minutes=20)
    OutboundMessageFactory(connection=partner, created_at=moment)
    assert kinds(partner) == [AlarmKind.UNSENT]
    AlarmLimitsFactory(connection=partner, unsent_seconds=3600)
    assert kinds(partner) == []


@pytest.mark.django_db
def test_codes_that_no_rule_knows_are_an_alarm():
    partner = WebhookConnectionFactory()
    for code, mend in (("E1", Mend.NONE), ("E1", Mend.NONE), ("E2", Mend.NONE), ("E3", Mend.REDATE)):
        OutboundMessageFactory(connection=partner, state=OutboundState.PARKED, code=code, mend=mend)
    (alarm,) = (alarm for alarm in alarms() if alarm.connection == partner)
    assert (alarm.kind, alarm.value) == (AlarmKind.CODES, 2)


@pytest.mark.django_db
@pytest.mark.parametrize(("seconds", "is_alarm"), [(90, True), (-90, True), (30, False)])
def test_the_newest_clock_counts(seconds, is_alarm):
    partner = WebhookConnectionFactory()
    message = OutboundMessageFactory(connection=partner, state=OutboundState.POSTED)
    now = timezone.now()
    MessageStepFactory(outbound=message, at=now - timedelta(hours=1), clock_seconds=500)
    MessageStepFactory(outbound=message, at=now, clock_seconds=seconds)
    assert kinds(partner) == [AlarmKind.CLOCK] * is_alarm


@pytest.mark.django_db
def test_gaps_are_watched_where_the_partner_numbers_without_any():
    partner = ConnectionFactory()
    for number in (7, 8, 10, 12):
        InboundMessageFactory(
            connection=partner, external_id=f"2026-{number:06d}.xml", received_at=timezone.now()
        )
    assert kinds(partner) == []
    AlarmLimitsFactory(connection=partner, watch_numbers=True)
    (alarm,) = (alarm for alarm in alarms() if alarm.connection == partner)
    assert (alarm.kind, alarm.value) == (AlarmKind.GAP, 2)
    assert "9" in alarm.text


@pytest.mark.django_db
def test_more_partners_cost_no_more_queries():
    def cost():
        with CaptureQueriesContext(database) as context:
            alarms()
        return len(context)

    AlarmLimitsFactory(watch_numbers=True)
    one = cost()
    AlarmLimitsFactory.create_batch(2, watch_numbers=True)
    assert cost() == one


@pytest.mark.django_db
def test_figures_for_the_monitoring():
    figure = TrustFigureFactory(figure=87)
    OutboundMessageFactory(connection=figure.connection, created_at=timezone.now() - timedelta(hours=1))
    figure.connection.delivery = "webhook"
    figure.connection.address = "http://127.0.0.1:9/"
    figure.connection.save()
    code = figure.connection.code
    assert ((code,), 87.0) in list(health.partner_trust())
    assert ((code, "unsent"), 1.0) in list(health.partner_alarms())


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("values", "sentence"), [({"silent_factor": 0}, "at least 1"), ({"clock_seconds": 0}, "more than zero")]
)
def test_limits_that_make_no_sense_are_refused(values, sentence):
    with pytest.raises(ValidationError, match=sentence):
        AlarmLimitsFactory.build(connection=ConnectionFactory(), **values).validate_constraints()
