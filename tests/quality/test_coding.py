"""How well stops are explained, against a shift reckoned by hand."""

from datetime import time, timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.urls import reverse

from machines.enums import MachineState
from machines.models import CodedBy, Machine, StopCoding
from machines.models.stop import ReasonGroup
from mes.accounts.roles import Role
from orders.models import Operation, ProductionOrder, Run
from quality.enums import Unexplained
from quality.kpi.coding import coding_quality
from quality.kpi.collect import read_figures
from quality.kpi.stops import Measure, coding_rate, stop_pareto
from tests.factories.machines import (
    MONDAY,
    MeasuredMachineFactory,
    ShiftFactory,
    ShiftPatternFactory,
    StateIntervalFactory,
    StopCodingFactory,
    StopReasonFactory,
)
from tests.factories.orders import OperationFactory, PromiseFactory, RunFactory
from tests.support.admin import client_of, queries_of

pytestmark = pytest.mark.django_db
DAY = "period=free&start=2026-03-02T06:00%2B00:00&end=2026-03-02T14:00%2B00:00"
MINUTE = timedelta(minutes=1)


def at(minutes):
    return MONDAY + minutes * MINUTE


@pytest.fixture
def press():
    """Eight hours of an order in one shift, 06:00 to 14:00 UTC."""
    pattern = ShiftPatternFactory()
    ShiftFactory(pattern=pattern, name="Early", weekday=0, start=time(7), end=time(15))
    machine = MeasuredMachineFactory(
        code="PRESS-1", shift_pattern=pattern, reference_cycle_seconds=Decimal(30), hourly_rate=Decimal(60)
    )
    operation = OperationFactory(in_production=True, order__plant=machine.plant, machine_group=machine.group)
    RunFactory(operation=operation, machine=machine, started_at=MONDAY, ended_at=at(480))
    return machine


def stop(machine, start, end, state=MachineState.STOP):
    return StateIntervalFactory(machine=machine, state=state, started_at=at(start), ended_at=at(end))


def say(machine, start, end, reason, told, **more):
    span = DateTimeTZRange(at(start), at(end))
    return StopCodingFactory(machine=machine, reason=reason, span=span, said_at=at(told), **more)


@pytest.fixture
def day(press):
    """Four stops: 60 min at once explained, 30 after the shift, 20 "other" corrected from jam, 10 nobody."""
    jam = StopReasonFactory(plant=press.plant, code="JAM", name_en="Jam")
    other = StopReasonFactory(plant=press.plant, code="OTHER", name_en="Else", group=ReasonGroup.OTHER)
    for start, end in ((0, 60), (100, 130), (200, 220), (300, 310)):
        stop(press, start, end)
    stop(press, 400, 402, MachineState.MICRO_STOP)
    say(press, 0, 60, jam, 10)
    say(press, 100, 130, jam, 600)
    first = say(press, 200, 220, jam, 230)
    say(press, 200, 220, other, 700, supersedes=first)
    press.jam, press.other = jam, other
    return press


def quality():
    return coding_quality(read_figures(Machine.objects.all(), start=MONDAY, end=at(480), now=at(10_000)))


def test_a_stop_that_is_nearly_all_between_two_orders_is_not_counted(day):
    """The order ends 4 minutes into a standstill of 60: nobody is asked, unless somebody said something."""
    Run.objects.filter(machine=day).update(ended_at=at(424))
    stop(day, 420, 480)
    assert quality().number == 4
    Run.objects.filter(machine=day).update(ended_at=at(426))
    assert quality().number == 5
    Run.objects.filter(machine=day).update(ended_at=at(424))
    RunFactory(
        operation=Operation.objects.get(),
        machine=day,
        started_at=at(424),
        production_at=None,
        ended_at=at(480),
    )
    say(day, 420, 480, day.jam, 430)
    assert (quality().number, quality().time) == (5, 124 * MINUTE), "setting up is no stop, whatever is said"


def test_pareto_and_coding_quality_agree_about_what_has_no_reason(client, day):
    """The order ends 4 minutes into a standstill of 60: it lost them, but nobody is asked about them."""
    Run.objects.filter(machine=day).update(ended_at=at(424))
    stop(day, 420, 480)
    reading = read_figures(Machine.objects.all(), start=MONDAY, end=at(480), now=at(10_000))
    bars = {bar.cause: bar for bar in stop_pareto(reading)}
    opened = [one for one in coding_quality(reading).stops if one.reason is None]
    assert (bars[Unexplained.OPEN].stops, bars[Unexplained.OPEN].time) == (1, 10 * MINUTE)
    assert (len(opened), opened[0].time) == (1, 10 * MINUTE)
    assert (bars[Unexplained.UNASKED].label, bars[Unexplained.UNASKED].time) == (
        "not asked about",
        4 * MINUTE,
    )
    assert sum((bar.time for bar in bars.values()), 0 * MINUTE) == 124 * MINUTE, "nothing is left out"
    assert coding_rate(reading) == coding_quality(reading).coded_time
    boss = client_of(client, Role.SUPERVISOR)
    for cause, minutes in (("none", 10), ("unasked", 4), (day.jam.pk, 90)):
        page = boss.get(f"/machines/PRESS-1/events/?{DAY}&show=adet&reason={cause}")
        assert page.context["total"] == minutes * MINUTE, cause


def test_a_machine_that_has_nothing_to_do_is_not_asked_about(press):
    stop(press, 0, 30, MachineState.IDLE)
    (bar,) = stop_pareto(read_figures(Machine.objects.all(), start=MONDAY, end=at(480), now=at(10_000)))
    assert (bar.cause, bar.time) == (Unexplained.UNASKED, 30 * MINUTE)


def test_the_figures_of_a_shift(day):
    found = quality()
    assert (found.number, found.time) == (4, 120 * MINUTE)
    assert found.coded == Decimal("0.75")
    assert round(found.coded_time, 6) == round(Decimal(110) / 120, 6)
    assert found.in_shift == Decimal("0.5"), "the corrected one was first explained in time"
    assert round(found.in_shift_time, 6) == round(Decimal(80) / 120, 6)
    assert round(found.other_time, 6) == round(Decimal(20) / 110, 6)
    assert found.waited == 30 * MINUTE
    assert found.by_machine == 0
    assert list(found.by(lambda one: one.shift)) == ["Early"]


def test_what_a_machine_code_said_counts_as_said_but_nobody_waited(press):
    stop(press, 0, 60)
    say(press, 0, 60, StopReasonFactory(plant=press.plant), 0, source=CodedBy.MACHINE)
    found = quality()
    assert (found.coded, found.by_machine, found.in_shift, found.waited) == (1, 1, 1, None)


def test_without_stops_there_is_nothing_to_share(press):
    found = quality()
    assert (found.number, found.coded, found.in_shift, found.other_time, found.waited) == (0, *[None] * 4)


def test_split_counts_two_and_joined_counts_one(press):
    one, two = (StopReasonFactory(plant=press.plant) for _ in range(2))
    stop(press, 0, 60)
    say(press, 0, 20, one, 10, cut_end=True)
    say(press, 20, 60, two, 10, cut_start=True)
    assert quality().number == 2
    together = "6f2f3c52-7d5b-4a53-9d5e-3f0a8a6f6a10"
    stop(press, 70, 80)
    stop(press, 82, 90)
    for start, end in ((70, 80), (82, 90)):
        say(press, start, end, one, 85, together=together)
    assert quality().number == 3
    reading = read_figures(Machine.objects.all(), start=MONDAY, end=at(480), now=at(10_000))
    assert [(bar.time / MINUTE, bar.stops) for bar in stop_pareto(reading)] == [(40, 1), (38, 2)]


def test_the_pareto_in_pieces_and_euros(day):
    cheap = MeasuredMachineFactory(
        plant=day.plant, group=day.group, shift_pattern=day.shift_pattern, reference_cycle_seconds=None
    )
    operation = OperationFactory(in_production=True, order__plant=cheap.plant, machine_group=cheap.group)
    RunFactory(operation=operation, machine=cheap, started_at=MONDAY, ended_at=at(480))
    stop(cheap, 0, 120)
    say(cheap, 0, 120, day.other, 5)
    reading = read_figures(Machine.objects.all(), start=MONDAY, end=at(480), now=at(10_000))
    by_time = stop_pareto(reading)
    assert [(bar.name, bar.time / MINUTE) for bar in by_time[:2]] == [("Else", 140), ("Jam", 90)]
    by_pieces = stop_pareto(reading, by=Measure.PIECES)
    assert [(bar.name, bar.pieces) for bar in by_pieces[:2]] == [("Jam", 180), ("Else", 40)]
    by_euros = stop_pareto(reading, by=Measure.EUROS)
    assert [(bar.name, bar.euros) for bar in by_euros[:2]] == [("Jam", 90), ("Else", 20)]
    day.group.hourly_rate = Decimal(600)
    day.group.save()
    by_euros = stop_pareto(reading, by=Measure.EUROS)
    assert [(bar.name, bar.euros) for bar in by_euros[:2]] == [("Else", 1220), ("Jam", 90)]
    assert [bar.stops for bar in stop_pareto(reading, by=Measure.STOPS)] == [2, 2, 1]
    assert all(
        sum(bar.share for bar in stop_pareto(reading, by=each)) == pytest.approx(1)
        for each in set(Measure) - {Measure.PROMISE_DAYS}
    )


def test_the_pareto_in_promise_days(press):
    """Six hours late, three of them by stops while it ran: two thirds jam, one third without a reason."""
    jam = StopReasonFactory(plant=press.plant, name_en="Jam")
    Run.objects.update(production_at=MONDAY)
    Operation.objects.update(
        state="finished", finished_at=at(480), run_seconds=3600, base_quantity=1, quantity=1
    )
    ProductionOrder.objects.update(state="finished", finished_at=at(480), promised_at=at(60), quantity=1)
    PromiseFactory(order=ProductionOrder.objects.get(), made_at=MONDAY, promised_at=at(60))
    stop(press, 60, 180)
    say(press, 60, 180, jam, 90)
    stop(press, 200, 260)
    reading = read_figures(Machine.objects.all(), start=MONDAY, end=at(480), now=at(10_000))
    bars = stop_pareto(reading, by=Measure.PROMISE_DAYS)
    assert [bar.name for bar in bars] == ["Jam", ""]
    days = [float(bar.promise_days) for bar in bars]
    assert days[0] == pytest.approx(2 * days[1])
    assert sum(days) == pytest.approx(3 / 24), "not more than the stops lasted"
    assert [round(float(bar.share), 2) for bar in bars] == [0.67, 0.33]
    assert all(bar.promise_days is None for bar in stop_pareto(reading))


def test_promise_days_lead_to_the_stops_and_what_each_of_them_cost(client, press):
    """Of three hours of stops, the jam's 90 and 30 minutes and an open one of 60 carry it by their length."""
    jam = StopReasonFactory(plant=press.plant, name_en="Jam")
    Run.objects.update(production_at=MONDAY)
    Operation.objects.update(
        state="finished", finished_at=at(480), run_seconds=3600, base_quantity=1, quantity=1
    )
    ProductionOrder.objects.update(state="finished", finished_at=at(480), promised_at=at(60), quantity=1)
    PromiseFactory(order=ProductionOrder.objects.get(), made_at=MONDAY, promised_at=at(60))
    for start, end in ((60, 90), (100, 190), (200, 260)):
        stop(press, start, end)
    say(press, 60, 90, jam, 90)
    say(press, 100, 190, jam, 190)
    boss = client_of(client, Role.SUPERVISOR)
    page = boss.get(f"{reverse('oee-stops')}?{DAY}&measure=promise_days")
    content = unescape(page.content.decode())
    bars = {bar.label: bar for bar in page.context["pareto"]}
    assert len(bars) == 2
    for bar in bars.values():
        (address,) = [part for part in content.split('"') if part.endswith(f"&reason={bar.cause}")]
        behind = boss.get(address).context
        days = [row.promise_days for row in behind["rows"]]
        assert len(days) == bar.stops
        assert days == sorted(days, reverse=True)
        assert sum(days) == pytest.approx(bar.promise_days)
        assert behind["total_days"] == pytest.approx(bar.promise_days)
        assert bar.promise_days > 0
    events = f"{reverse('oee-events')}?{DAY}&show=adet"
    long, short = boss.get(f"{events}&measure=promise_days&reason={jam.pk}").context["rows"]
    assert long.promise_days == pytest.approx(3 * short.promise_days)
    plain = boss.get(f"{events}&reason={jam.pk}")
    assert not plain.context["with_days"]
    assert [row.promise_days for row in plain.context["rows"]] == [None, None]


def test_from_the_figure_to_the_stops_to_one_stop_in_two_clicks(client, day):
    boss = client_of(client, Role.SUPERVISOR)
    page = boss.get(f"{reverse('stop-coding')}?{DAY}").content.decode()
    assert "75 %" in page
    for by, name in (("machine", "PRESS-1"), ("area", day.area.code), ("shift", "Early")):
        grouped = boss.get(f"{reverse('stop-coding')}?{DAY}&by={by}")
        [(place, part, stops)] = grouped.context["groups"]
        assert (place, part.number) == (name, 4)
        assert boss.get(stops).context["page"].paginator.count == 4
    listed = boss.get(f"{reverse('stops')}?{DAY}&show=open")
    [(row, url)] = listed.context["page"].object_list
    assert (row.start, row.reason) == (at(300), None)
    assert boss.get(url).status_code == 200
    for show, number in (("", 4), ("late", 1), ("other", 1), ("machine", 0)):
        shown = boss.get(f"{reverse('stops')}?{DAY}&show={show}")
        assert shown.context["page"].paginator.count == number, show


def test_a_correction_says_why_and_its_history_shows_before_and_after(client, day):
    boss = client_of(client, Role.SUPERVISOR)
    url = reverse("stop", args=["PRESS-1", 1])
    form = {"action": "code", "slot": 1, "start": at(0).isoformat(), "reason": day.other.pk, "comment": ""}
    keys = {"key": "6f2f3c52-7d5b-4a53-9d5e-3f0a8a6f6a11"}
    answer = boss.post(url, form | keys, follow=True)
    assert "Say why you change what was said before." in answer.content.decode()
    answer = boss.post(url, form | keys | {"why": "Seen in the log"}, follow=True)
    page = answer.content.decode()
    assert "Seen in the log" in page
    newest = answer.context["history"][0]
    assert (newest.supersedes.reason, newest.reason) == (day.jam, day.other)


def test_the_office_splits_joins_and_takes_back(client, day):
    boss = client_of(client, Role.SUPERVISOR)
    url = reverse("stop", args=["PRESS-1", 1])
    start = {"slot": 1, "start": at(300).isoformat()}
    split = {"action": "split", "after": 300, "first": day.jam.pk, "second": day.other.pk}
    boss.post(url, start | split | {"key": "6f2f3c52-7d5b-4a53-9d5e-3f0a8a6f6a12"})
    assert StopCoding.objects.in_force().filter(span__overlap=(at(300), at(310))).count() == 2
    merge = {"action": "merge", "other": at(305).isoformat(), "reason": day.jam.pk}
    boss.post(url, start | merge | {"key": "6f2f3c52-7d5b-4a53-9d5e-3f0a8a6f6a13"})
    assert StopCoding.objects.in_force().get(span__overlap=(at(300), at(310))).reason == day.jam
    lost = say(day, 440, 450, day.jam, 451)
    page = boss.get(f"{reverse('stops')}?{DAY}")
    assert [one.pk for one in page.context["orphans"]] in ([], [lost.pk])
    boss.post(url, {"action": "withdraw", "coding": lost.pk, "why": "no stop"})
    assert not StopCoding.objects.in_force().filter(pk=lost.pk).exists()


def test_who_may_not_correct_looks_only(client, day):
    operator = client_of(client, Role.OPERATOR)
    url = reverse("stop", args=["PRESS-1", 1])
    assert operator.get(url, {"start": at(0).isoformat()}).status_code == 200
    assert operator.post(url, {"action": "code"}).status_code == 403
    assert operator.get(url, {"start": "nonsense"}).status_code == 404


@pytest.mark.parametrize("name", ["stops", "stop-coding"])
def test_the_number_of_queries_does_not_depend_on_stops(client, day, name):
    boss = client_of(client, Role.SUPERVISOR)
    url = f"{reverse(name)}?{DAY}"
    queries_of(boss, url)
    one = queries_of(boss, url)
    for start in (320, 340):
        stop(day, start, start + 8)
        say(day, start, start + 8, StopReasonFactory(plant=day.plant), start + 9)
    assert len(queries_of(boss, url)) == len(one)


def test_the_oee_page_shows_the_quality_of_coding_and_switches_the_pareto(client, day):
    boss = client_of(client, Role.SUPERVISOR)
    page = boss.get(f"{reverse('oee-stops')}?{DAY}&measure=euros").content.decode()
    assert "4 asked about; 75 % with a reason, 50 % within the shift" in page
    assert "90 €" in page
    machine = boss.get(f"/machines/PRESS-1/?{DAY}&measure=pieces").content.decode()
    assert "measure=pieces" in machine
