"""Joining machine, calendar and order: the rules by example, cover and identity by property."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from machines.domain.calendars.engine import Planned, PlannedSpan
from machines.enums import MachineState as State
from mes.lib.spans import Span, total
from orders.enums import RunPhase
from quality.kpi.elements import (
    Element,
    RunSpan,
    SlotLayers,
    Source,
    StateSpan,
    coverage,
    segments,
    time_elements,
)
from quality.kpi.timemodel import sum_elements

EPOCH = datetime(2026, 3, 2, 6, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = date(2026, 3, 2)


def minutes(start, end):
    return Span(EPOCH + start * MINUTE, EPOCH + end * MINUTE)


HOUR = minutes(0, 60)
WORK = PlannedSpan(HOUR, Planned.WORK, "early", DAY)


def state(kind, span=HOUR, **more):
    return StateSpan(span, kind, **more)


def run(phase, span=HOUR):
    return RunSpan(span, phase, run=7, operation=70)


def judge(states=(), calendar=(WORK,), runs=(), **more):
    """What one hour counts as, when every layer says one thing all the time."""
    (segment,) = segments(SlotLayers(tuple(states), tuple(calendar), tuple(runs), **more), HOUR)
    return segment.element, segment.source


@pytest.mark.parametrize(
    ("kind", "phase", "expected"),
    [
        (State.PRODUCING, RunPhase.PRODUCTION, (Element.PRODUCTION, Source.OBSERVED)),
        (State.MICRO_STOP, RunPhase.PRODUCTION, (Element.MICRO_STOP, Source.OBSERVED)),
        (State.STOP, RunPhase.PRODUCTION, (Element.DELAY, Source.OBSERVED)),
        (State.IDLE, RunPhase.PRODUCTION, (Element.DELAY, Source.OBSERVED)),
        (State.MAINTENANCE, RunPhase.PRODUCTION, (Element.DELAY, Source.OBSERVED)),
        (State.SETUP, RunPhase.PRODUCTION, (Element.SETUP, Source.OBSERVED)),
        (State.UNKNOWN, RunPhase.PRODUCTION, (Element.UNKNOWN, Source.UNKNOWN)),
        (State.PRODUCING, RunPhase.SETUP, (Element.SETUP, Source.OBSERVED)),
        (State.STOP, RunPhase.SETUP, (Element.SETUP, Source.OBSERVED)),
        (State.UNKNOWN, RunPhase.SETUP, (Element.SETUP, Source.MANUAL)),
        (State.PRODUCING, None, (Element.NO_ORDER, Source.OBSERVED)),
        (State.STOP, None, (Element.NO_ORDER, Source.OBSERVED)),
        (State.SETUP, None, (Element.NO_ORDER, Source.OBSERVED)),
        (State.UNKNOWN, None, (Element.UNKNOWN, Source.UNKNOWN)),
    ],
)
def test_measured_machine_in_planned_busy_time(kind, phase, expected):
    assert judge([state(kind)], runs=[run(phase)] if phase else []) == expected


def test_no_state_at_all_is_unknown_and_not_idle():
    assert judge(runs=[run(RunPhase.PRODUCTION)]) == (Element.UNKNOWN, Source.UNKNOWN)
    assert judge() == (Element.UNKNOWN, Source.UNKNOWN)


@pytest.mark.parametrize(
    ("kind", "element"),
    [
        (Planned.BREAK, Element.PLANNED_DOWN),
        (Planned.DOWN, Element.PLANNED_DOWN),
        (Planned.UNPAID, Element.OFF),
        (None, Element.OFF),
    ],
)
def test_the_calendar_comes_first(kind, element):
    calendar = [PlannedSpan(HOUR, kind, "early", DAY)] if kind else []
    for machine in State:
        assert judge([state(machine)], calendar, [run(RunPhase.PRODUCTION)]) == (element, Source.CALENDAR)


def test_production_beyond_the_plan_is_a_figure_of_its_own():
    pause = PlannedSpan(minutes(0, 20), Planned.BREAK, "early", DAY)
    layers = SlotLayers([state(State.PRODUCING)], [pause], [run(RunPhase.PRODUCTION)])
    elements = time_elements(segments(layers, HOUR))
    assert elements.beyond == 60 * MINUTE
    assert elements.pdot == elements.pot == 20 * MINUTE
    assert elements.pbt == timedelta()
    for quiet in (
        SlotLayers([state(State.STOP)], [pause], [run(RunPhase.PRODUCTION)]),
        SlotLayers([state(State.PRODUCING)], [pause], []),
        SlotLayers([], [pause], [run(RunPhase.PRODUCTION)], measured=False),
    ):
        assert time_elements(segments(quiet, HOUR)).beyond == timedelta()


def test_a_reason_may_declare_standstill_planned_or_setup_but_never_production():
    in_run = [run(RunPhase.PRODUCTION)]
    planned, setup = Element.PLANNED_DOWN, Element.SETUP
    assert judge([state(State.STOP, declared=planned)], runs=in_run) == (planned, Source.OBSERVED)
    assert judge([state(State.STOP, declared=planned)]) == (planned, Source.OBSERVED)
    assert judge([state(State.STOP, declared=setup)], runs=in_run) == (setup, Source.OBSERVED)
    assert judge([state(State.STOP, declared=setup)]) == (Element.NO_ORDER, Source.OBSERVED)
    for declared in (planned, setup):
        assert judge([state(State.PRODUCING, declared=declared)], runs=in_run)[0] is Element.PRODUCTION
        assert judge([state(State.UNKNOWN, declared=declared)], runs=in_run)[0] is Element.UNKNOWN


def test_a_machine_without_signals_is_known_by_its_runs_from_the_first_one_on():
    for phase, element in ((RunPhase.SETUP, Element.SETUP), (RunPhase.PRODUCTION, Element.PRODUCTION)):
        assert judge(runs=[run(phase)], measured=False) == (element, Source.MANUAL)
    assert judge(measured=False, manual_since=HOUR.start) == (Element.NO_ORDER, Source.MANUAL)
    assert judge(measured=False, manual_since=HOUR.end) == (Element.UNKNOWN, Source.UNKNOWN)
    assert judge(measured=False) == (Element.UNKNOWN, Source.UNKNOWN)
    found = segments(SlotLayers([], [WORK], [], measured=False, manual_since=EPOCH + 20 * MINUTE), HOUR)
    assert [(s.span, s.element) for s in found] == [
        (minutes(0, 20), Element.UNKNOWN),
        (minutes(20, 60), Element.NO_ORDER),
    ]


def test_a_shift_from_setup_to_stop_with_all_its_causes():
    layers = SlotLayers(
        [
            state(State.IDLE, minutes(0, 15)),
            state(State.PRODUCING, minutes(15, 40)),
            state(State.STOP, minutes(40, 48), reason=3),
            state(State.MICRO_STOP, minutes(48, 50)),
        ],
        [
            PlannedSpan(minutes(0, 30), Planned.WORK, "early", DAY),
            PlannedSpan(minutes(35, 60), Planned.WORK, "late", DAY),
        ],
        [run(RunPhase.SETUP, minutes(5, 15)), run(RunPhase.PRODUCTION, minutes(15, 60))],
    )
    found = segments(layers, minutes(0, 70))
    assert [(s.span, s.element, s.shift, s.operation, s.reason) for s in found] == [
        (minutes(0, 5), Element.NO_ORDER, "early", None, None),
        (minutes(5, 15), Element.SETUP, "early", 70, None),
        (minutes(15, 30), Element.PRODUCTION, "early", 70, None),
        (minutes(30, 35), Element.OFF, "", 70, None),
        (minutes(35, 40), Element.PRODUCTION, "late", 70, None),
        (minutes(40, 48), Element.DELAY, "late", 70, 3),
        (minutes(48, 50), Element.MICRO_STOP, "late", 70, None),
        (minutes(50, 60), Element.UNKNOWN, "late", 70, None),
        (minutes(60, 70), Element.OFF, "", None, None),
    ]
    elements = time_elements(found)
    assert elements.beyond == 5 * MINUTE
    assert elements.pbt == 55 * MINUTE
    assert (elements.adet, elements.micro) == (10 * MINUTE, 2 * MINUTE)


def test_four_slots_of_a_furnace_have_four_hours_in_an_hour():
    slots = [SlotLayers([state(State.PRODUCING)], [WORK], [run(RunPhase.PRODUCTION)])] * 4
    elements = time_elements(segment for slot in slots for segment in segments(slot, HOUR))
    assert elements.apt == elements.pbt == 240 * MINUTE


@st.composite
def rows(draw, make):
    """Some rows of one layer without overlap, in any order."""
    cuts = sorted(draw(st.sets(st.integers(-30, 150), max_size=8)))
    return draw(
        st.permutations([make(draw, minutes(a, b)) for a, b in pairwise(cuts) if draw(st.booleans())])
    )


declarations = st.sampled_from([None, Element.PLANNED_DOWN, Element.SETUP])


def any_state(draw, span):
    return StateSpan(
        span, draw(st.sampled_from(list(State))), draw(st.sampled_from([None, 1])), draw(declarations)
    )


def any_plan(draw, span):
    return PlannedSpan(
        span, draw(st.just(Planned.WORK) | st.sampled_from(list(Planned))), draw(st.sampled_from("AB")), DAY
    )


def any_run(draw, span):
    return RunSpan(
        span,
        draw(st.just(RunPhase.PRODUCTION) | st.sampled_from(list(RunPhase))),
        draw(st.integers(1, 2)),
        70,
    )


slot_layers = st.builds(
    SlotLayers,
    rows(any_state),
    rows(any_plan),
    rows(any_run),
    measured=st.booleans(),
    manual_since=st.none() | st.integers(-30, 150).map(lambda n: EPOCH + n * MINUTE),
)


@given(slot_layers, st.integers(-40, 140), st.integers(0, 60))
@settings(deadline=None)
def test_segments_cover_the_span_without_hole_overlap_or_equal_neighbours(layers, start, length):
    window = minutes(start, start + length)
    found = segments(layers, window)
    if not length:
        assert found == []
        return
    assert found[0].span.start == window.start
    assert found[-1].span.end == window.end
    for left, right in pairwise(found):
        assert left.span.end == right.span.start
        assert left != right.__class__(
            left.span, *(getattr(right, n) for n in right.__slots__ if n != "span")
        )
    assert all(not segment.span.is_empty for segment in found)


@given(slot_layers)
@settings(deadline=None)
def test_planned_time_is_the_calendars_less_what_people_declared_planned(layers):
    window = minutes(-30, 150)
    elements = time_elements(segments(layers, window))
    by_kind = {kind: total(p.span for p in layers.calendar if p.kind is kind) for kind in Planned}
    declared = elements.pdot - by_kind[Planned.BREAK] - by_kind[Planned.DOWN]
    assert (
        timedelta() <= declared <= total(s.span for s in layers.states if s.declared is Element.PLANNED_DOWN)
    )
    assert elements.pbt + declared == by_kind[Planned.WORK]
    assert elements.pot == elements.pbt + elements.pdot


@given(slot_layers)
@settings(deadline=None)
def test_coverage_splits_busy_time_and_its_unknown_part_is_the_unknown_element(layers):
    found = segments(layers, minutes(-30, 150))
    share, elements = coverage(found), time_elements(found)
    assert share.pbt == elements.pbt
    assert share.unknown == elements.unknown
    if not layers.measured:
        assert share.observed == timedelta()


@given(slot_layers, st.lists(st.integers(-29, 149), max_size=5))
@settings(deadline=None)
def test_any_cutting_of_the_interval_gives_the_same_sum(layers, cuts):
    borders = sorted({-30, *cuts, 150})
    parts = [time_elements(segments(layers, minutes(a, b))) for a, b in pairwise(borders)]
    assert sum_elements(parts) == time_elements(segments(layers, minutes(-30, 150)))
