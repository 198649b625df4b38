"""A moment of a person is paid once, however many machines they look after."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mes.lib.spans import Span, union
from orders.queries.attendance import Attended, Work, attended_hours, shared
from tests.factories.accounts import UserFactory
from tests.factories.machines import MONDAY
from tests.factories.orders import OperationFactory, RunFactory, RunPersonFactory

HOUR = timedelta(hours=1)
moments = st.integers(0, 40).map(lambda minutes: MONDAY + timedelta(minutes=minutes))
works = st.lists(
    st.builds(
        lambda task, one, other: Work(task, min(one, other), max(one, other)),
        st.sampled_from("abc"),
        moments,
        moments,
    ),
    max_size=8,
)


@given(works)
def test_shares_add_up_to_the_time_that_passed(done):
    pieces = list(shared(done))
    charged = sum(
        (Fraction((piece.end - piece.start) // HOUR.resolution, parts) for piece, parts in pieces),
        Fraction(0),
    )
    passed = sum((span.duration for span in union(Span(work.start, work.end) for work in done)), timedelta())
    assert charged == passed // HOUR.resolution


@given(works)
def test_the_pieces_of_a_task_make_up_its_time(done):
    for task in "abc":
        pieces = sum(
            (piece.end - piece.start for piece, _parts in shared(done) if piece.task == task), timedelta()
        )
        assert pieces == sum((work.end - work.start for work in done if work.task == task), timedelta())


@pytest.mark.django_db
def test_someone_on_two_machines_is_charged_once():
    person, colleague = UserFactory(), UserFactory()
    first, second = OperationFactory(), OperationFactory()
    for operation, people in ((first, [person, colleague]), (second, [person])):
        run = RunFactory(operation=operation, started_at=MONDAY, ended_at=MONDAY + 2 * HOUR)
        for one in people:
            RunPersonFactory(run=run, person=one, started_at=MONDAY, ended_at=MONDAY + 2 * HOUR)

    both = attended_hours([first.pk, second.pk], until=MONDAY + 8 * HOUR)
    assert {key: found.labour for key, found in both.items()} == {first.pk: Decimal(3), second.pk: Decimal(1)}
    alone = attended_hours([second.pk], until=MONDAY + 8 * HOUR)
    assert alone[second.pk].labour == Decimal(1)
    assert attended_hours([second.pk], until=MONDAY) == {}


@pytest.mark.django_db
def test_who_still_works_counts_up_to_now():
    run = RunFactory(started_at=MONDAY, ended_at=None)
    RunPersonFactory(run=run, started_at=MONDAY, ended_at=None)
    found = attended_hours([run.operation_id], until=MONDAY + 3 * HOUR)
    assert found == {run.operation_id: Attended(labour=Decimal(3), overtime=found[run.operation_id].overtime)}
