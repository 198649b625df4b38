from datetime import time, timedelta
from decimal import Decimal

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone, translation

from machines.enums import MachineState
from machines.models import StopCoding
from mes.lib.live import fragment_named
from mes.lib.spans import Span
from orders.enums import EventKind
from orders.models import Run
from quality.kpi.elements import Element
from quality.queries.timeline import timeline
from quality.views.explanations import EXPLANATIONS
from tests.factories.accounts import OperatorFactory
from tests.factories.machines import (
    MONDAY,
    CycleFactory,
    MachineNowFactory,
    MeasuredMachineFactory,
    ShiftBreakFactory,
    ShiftFactory,
    ShiftPatternFactory,
    StateIntervalFactory,
    StopCodingFactory,
    StopReasonFactory,
)
from tests.factories.orders import OperationFactory, ProductionEventFactory, RunFactory

pytestmark = pytest.mark.django_db
EIGHT = MONDAY + timedelta(hours=2)
SHIFT = "period=free&start=2026-03-02T06:00%2B00:00&end=2026-03-02T14:00%2B00:00"


@pytest.fixture
def reader(client):
    client.force_login(OperatorFactory())
    return client


@pytest.fixture
def press():
    """Six hours of production with a coded stop of 30 minutes, an uncoded one of 10 and a micro-stop of 2."""
    machine = MeasuredMachineFactory(code="PRESS-9", reference_cycle_seconds=Decimal(10))
    operation = OperationFactory(
        in_production=True, order__plant=machine.plant, machine_group=machine.group, run_seconds=Decimal(10)
    )
    run = RunFactory(operation=operation, machine=machine, ended_at=MONDAY + timedelta(hours=6))
    cursor = MONDAY
    for minutes, state in (
        (120, MachineState.PRODUCING),
        (30, MachineState.STOP),
        (60, MachineState.PRODUCING),
        (2, MachineState.MICRO_STOP),
        (58, MachineState.PRODUCING),
        (10, MachineState.STOP),
        (80, MachineState.PRODUCING),
    ):
        end = cursor + timedelta(minutes=minutes)
        StateIntervalFactory(machine=machine, started_at=cursor, ended_at=end, state=state, alarm="")
        cursor = end
    reason = StopReasonFactory(plant=machine.plant, name_en="Die worn", name_de="Gesenk verschlissen")
    StopCodingFactory(
        machine=machine, reason=reason, span=DateTimeTZRange(EIGHT, EIGHT + timedelta(minutes=30))
    )
    ProductionEventFactory(
        order=operation.order,
        operation=operation,
        run=run,
        machine=machine,
        kind=EventKind.COUNTED,
        good=Decimal(1700),
        scrap=Decimal(20),
        occurred_at=MONDAY + timedelta(hours=5),
    )
    machine.reason = reason
    return machine


def test_the_page_shows_figures_pareto_and_the_way_to_the_events(reader, press):
    page = reader.get(f"/machines/PRESS-9/?{SHIFT}").content.decode()
    assert "88.3 %" in page  # 318 of 360 minutes
    assert "Die worn" in page
    assert "/machines/PRESS-9/events/?" in page
    assert f"show=adet&amp;reason={press.reason.pk}" in page
    assert "show=adet&amp;reason=none" in page
    assert "ISO 22400" in page


def test_every_figure_explains_itself(reader, press):
    page = reader.get(f"/machines/PRESS-9/?{SHIFT}").content.decode()
    for key in ("availability", "effectiveness", "quality", "coverage", "apt", "adet", "unknown"):
        explanation = EXPLANATIONS[key]
        assert str(explanation.meaning) in page
        assert str(explanation.source) in page


def test_the_pareto_leads_to_the_stops_of_that_reason(reader, press):
    page = reader.get(f"/machines/PRESS-9/events/?{SHIFT}&show=adet&reason={press.reason.pk}")
    rows = page.context["rows"]
    assert [(row.row.segment.duration, row.reason) for row in rows] == [(timedelta(minutes=30), press.reason)]
    uncoded = reader.get(f"/machines/PRESS-9/events/?{SHIFT}&show=adet&reason=none").context
    assert [row.row.segment.duration for row in uncoded["rows"]] == [timedelta(minutes=10)]
    assert uncoded["total"] == timedelta(minutes=10)


def test_the_events_of_an_element_add_up_to_it(reader, press):
    for shown, minutes in (("apt", 318), ("adet", 40), ("micro", 2), ("adet,micro", 42)):
        context = reader.get(f"/machines/PRESS-9/events/?{SHIFT}&show={shown}").context
        assert context["total"] == timedelta(minutes=minutes), shown


def test_pieces_lead_to_the_bookings(reader, press):
    page = reader.get(f"/machines/PRESS-9/events/?{SHIFT}&show=pieces")
    assert [event.good for event in page.context["page"]] == [Decimal(1700)]
    assert "1,700" in page.content.decode()


def test_every_element_has_an_explanation_but_time_off():
    assert {key.value for key in Element if key not in EXPLANATIONS} == {"off"}


def test_the_page_asks_as_much_for_many_stops_as_for_one(reader, press, django_assert_max_num_queries):
    def asked(code):
        with django_assert_max_num_queries(60) as captured:
            assert reader.get(f"/machines/{code}/?{SHIFT}").status_code == 200
        return len(captured)

    one = MeasuredMachineFactory(code="LONELY", plant=press.plant, area=press.area, group=press.group)
    RunFactory(machine=one, ended_at=MONDAY + timedelta(hours=1))
    StateIntervalFactory(machine=one, state=MachineState.STOP)
    StopCodingFactory(machine=one, reason=press.reason)
    reader.get("/machines/LONELY/")
    assert asked("PRESS-9") == asked("LONELY")


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_swap_of_the_now_card_gives_what_a_fresh_page_has(reader, language, monkeypatch):
    moment = timezone.now()
    monkeypatch.setattr(timezone, "now", lambda: moment)  # both name times to the minute
    run = RunFactory(machine=MeasuredMachineFactory())
    MachineNowFactory(machine=run.machine, since=moment - timedelta(minutes=90))
    reader.cookies["django_language"] = language
    page = reader.get(f"/machines/{run.machine.code}/").content.decode()
    with translation.override(language):
        html = fragment_named("machine-now").html([str(run.machine.pk)])[str(run.machine.pk)]
    assert f'sse-swap="machine-now:{run.machine.pk}"' in page
    assert html in page


def test_the_figures_alone_are_what_the_page_contains(reader, press):
    page = reader.get(f"/machines/PRESS-9/?{SHIFT}").content.decode()
    assert reader.get(f"/machines/PRESS-9/figures/?{SHIFT}").content.decode() in page


def test_unknown_machines_and_odd_questions(reader, press):
    assert reader.get("/machines/NOPE/").status_code == 404
    for query in ("period=free&start=x&end=y", "period=nonsense&at=never", "page=99", "show=&reason=abc"):
        assert reader.get(f"/machines/PRESS-9/?{query}").status_code == 200
        assert reader.get(f"/machines/PRESS-9/events/?{query}").status_code == 200


def test_the_timeline_gives_all_layers_clipped_to_the_interval(press):
    cut = Span(MONDAY + timedelta(hours=1), MONDAY + timedelta(hours=3))
    drawn = timeline(press, cut, now=MONDAY + timedelta(hours=12))
    (slot,) = drawn.slots
    assert [(bar.span, bar.state) for bar in slot.states] == [
        (Span(cut.start, EIGHT), "producing"),
        (Span(EIGHT, EIGHT + timedelta(minutes=30)), "stop"),
        (Span(EIGHT + timedelta(minutes=30), cut.end), "producing"),
    ]
    assert slot.states[1].reason == press.reason
    assert [(bar.span, bar.phase) for bar in slot.runs] == [(cut, "production")]


def test_a_standstill_without_an_order_is_shown_as_such(press):
    Run.objects.filter(machine=press).update(ended_at=EIGHT + timedelta(minutes=10))
    StopCoding.objects.all().delete()
    cut = Span(EIGHT, EIGHT + timedelta(hours=1))
    drawn = timeline(press, cut, now=cut.end)
    assert [(bar.span.duration, bar.state) for bar in drawn.slots[0].states] == [
        (timedelta(minutes=10), "stop"),
        (timedelta(minutes=20), "no_order"),
        (timedelta(minutes=30), "producing"),
    ]


def test_while_an_order_is_set_up_the_picture_says_so_as_the_tile_does(press):
    Run.objects.filter(machine=press).update(production_at=EIGHT + timedelta(minutes=10))
    cut = Span(EIGHT - timedelta(minutes=5), EIGHT + timedelta(hours=1))
    drawn = timeline(press, cut, now=cut.end)
    bars = drawn.slots[0].states
    assert [(bar.span.duration, bar.state) for bar in bars] == [
        (timedelta(minutes=5), "setup"),
        (timedelta(minutes=10), "setup"),
        (timedelta(minutes=20), "stop"),
        (timedelta(minutes=30), "producing"),
    ]
    assert bars[1].reason == press.reason, "what people said is not lost"


def test_nothing_in_the_picture_lasts_beyond_now(press):
    now = MONDAY + timedelta(minutes=30)
    drawn = timeline(press, Span(MONDAY, MONDAY + timedelta(hours=8)), now=now)
    assert [bar.span.end for bar in drawn.slots[0].states] == [now]
    assert [bar.span.end for bar in drawn.slots[0].runs] == [now]


def test_the_speed_is_the_median_of_its_bucket(press):
    for index, seconds in enumerate((10, 11, 600)):
        CycleFactory(
            machine=press,
            ended_at=MONDAY + timedelta(seconds=5 + index),
            duration=timedelta(seconds=seconds),
        )
    drawn = timeline(press, Span(MONDAY, MONDAY + timedelta(hours=1)), now=MONDAY + timedelta(hours=12))
    assert drawn.speed == [(MONDAY, timedelta(seconds=11))]


def test_the_timeline_as_json(reader, press):
    pattern = ShiftPatternFactory()
    press.shift_pattern = pattern
    press.save()
    ShiftBreakFactory(shift=ShiftFactory(pattern=pattern, start=time(7), end=time(15)))
    answer = reader.get(f"/machines/PRESS-9/timeline.json?{SHIFT}").json()
    begin = int(MONDAY.timestamp() * 1000)
    assert (answer["start"], answer["end"] - answer["start"]) == (begin, 8 * 3600 * 1000)
    assert [row[3] for row in answer["states"]] == [
        "producing", "stop", "producing", "micro_stop", "producing", "stop", "producing",
    ]  # fmt: skip
    assert answer["states"][1][5] == "Die worn"
    assert [row[2] for row in answer["calendar"]] == ["work", "break", "work"]
    assert answer["reference"] == 10


def test_the_timeline_asks_a_constant_number_of_questions(press, django_assert_num_queries):
    with django_assert_num_queries(10):
        timeline(press, Span(MONDAY, MONDAY + timedelta(hours=8)), now=MONDAY + timedelta(hours=12))
