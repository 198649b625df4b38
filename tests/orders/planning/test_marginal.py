"""What an hour of a machine is worth."""

import pytest

from orders.planning.engine.arrays import to_arrays
from orders.planning.engine.marginal import hour_values
from orders.planning.engine.shop import Alternative, Job, Resource, Shop, Task, Window
from orders.planning.engine.standing import timed

HOUR = 3600
ALWAYS = (Window(0, 365 * 24 * HOUR),)


def days(count, hours):
    return tuple(Window(day * 24 * HOUR, day * 24 * HOUR + hours * HOUR) for day in range(count))


def values(shop, queues, machines, **asked):
    return hour_values(shop, timed(to_arrays(shop), queues), machines, jobs=len(shop.jobs), **asked)


def task(job, resource, hours, **more):
    return Task(job=job, alternatives=(Alternative(resource, hours * HOUR),), **more)


def test_an_hour_more_a_week_takes_away_the_hour_a_full_week_is_late():
    """169 hours of work due after a week around the clock: weight 2, an hour late."""
    shop = Shop(
        resources=(Resource("A", ALWAYS), Resource("B", ALWAYS)),
        jobs=(Job("late", 168 * HOUR, 2.0), Job("easy", 400 * HOUR)),
        tasks=(task(0, 0, 169), task(1, 1, 20)),
    )
    first, second = values(shop, [[0], [1]], [[0], [1]])
    assert first.late_hours == pytest.approx(2, abs=0.01)
    assert first.late_jobs == 1
    assert (second.late_hours, second.late_jobs) == (0, 0)
    assert first.queue_seconds == 169 * HOUR
    assert first.queue_days == pytest.approx(169 / 24)
    assert second.utilisation == pytest.approx(20 / (14 * 24))


def test_hours_of_shifts_count_as_working_time():
    """Eight hours a day: 20 hours of work are two and a half days, until the third day's noon."""
    shop = Shop(
        resources=(Resource("A", days(60, 8)),),
        jobs=(Job("late", 2 * 24 * HOUR),),
        tasks=(task(0, 0, 20),),
    )
    (found,) = values(shop, [[0]], [[0]])
    assert found.weekly_seconds == 56 * HOUR
    assert found.queue_seconds == 20 * HOUR
    assert found.queue_days == pytest.approx(2.5)
    assert found.utilisation == pytest.approx(20 / 112)
    assert found.late_hours == pytest.approx(20 - 20 * 56 / 57, abs=0.01)


def test_a_machine_without_shift_or_work_is_worth_nothing():
    shop = Shop(
        resources=(Resource("A", ()), Resource("B", ALWAYS), Resource("C", ALWAYS)),
        jobs=(Job("late", 0),),
        tasks=(task(0, 2, 5),),
    )
    closed, idle, busy = values(shop, [[], [], [0]], [[0], [1], [2]])
    assert (closed.late_hours, closed.utilisation, closed.queue_days) == (0, None, None)
    assert (idle.late_hours, idle.utilisation) == (0, 0)
    assert busy.late_hours > 0


def test_slots_of_one_machine_get_their_hour_together():
    shop = Shop(
        resources=(Resource("A/1", ALWAYS), Resource("A/2", ALWAYS)),
        jobs=(Job("one", 168 * HOUR), Job("two", 168 * HOUR)),
        tasks=(task(0, 0, 169), task(1, 1, 169)),
    )
    (both,) = values(shop, [[0], [1]], [[0, 1]])
    assert both.late_hours == pytest.approx(2, abs=0.01)
    assert both.late_jobs == 2
    assert both.queue_seconds == 169 * HOUR
