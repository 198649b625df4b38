"""Shops for tests of the planning core: random small ones, and one like a make-to-order plant of any size."""

import math
import random

from hypothesis import strategies as st

from orders.planning.engine.shop import Alternative, Earlier, Fixed, Job, Resource, Shared, Shop, Task, Window

HOUR = 3600
DAY = 24 * HOUR


@st.composite
def windows(draw):
    """Up to six stretches of working time with breaks between them, then an endless one."""
    found, moment = [], draw(st.integers(0, 20))
    for _ in range(draw(st.integers(0, 6))):
        length = draw(st.integers(1, 40))
        found.append(Window(moment, moment + length))
        moment += length + draw(st.integers(1, 30))
    return (*found, Window(moment, moment + 100_000))


@st.composite
def shops(draw, *, special=False):
    """Up to four machines and twelve tasks: alternatives, waits, families, whole and outside tasks, fixed
    ones; ``special``: also such that are handed on early or should wait only so long, and machines that do
    several together."""
    families, items = ["", "a", "b"], ["", "i", "j"]
    resources = tuple(
        Resource(
            f"M{number}",
            draw(windows()),
            0,
            draw(st.sampled_from(families)),
            draw(st.sampled_from(items)),
            draw(st.integers(1, 3)) if special else 1,
        )
        for number in range(draw(st.integers(1, 4)))
    )
    shared = tuple(Shared(f"T{number}", draw(st.integers(1, 2))) for number in range(draw(st.integers(0, 2))))
    table = draw(st.dictionaries(st.tuples(st.sampled_from("ab"), st.sampled_from("ab")), st.integers(0, 30)))
    jobs, tasks, occupied = [], [], {}
    for job in range(draw(st.integers(1, 5))):
        jobs.append(
            Job(f"J{job}", draw(st.none() | st.integers(0, 300)), draw(st.sampled_from([1.0, 2.0, 4.0])))
        )
        first = len(tasks)
        for _ in range(draw(st.integers(1, 4))):
            before = (
                tuple(draw(st.sets(st.sampled_from(range(first, len(tasks)))))) if len(tasks) > first else ()
            )
            common = {
                "job": job,
                "after": before,
                "wait": draw(st.integers(0, 10)),
                "earliest": draw(st.integers(0, 80)),
            }
            if special:
                common["hands_on"] = draw(st.sampled_from([100, 50, 1]))
                common["longest_wait"] = draw(st.none() | st.integers(0, 40))
            if draw(st.integers(0, 5)) == 0:
                tasks.append(Task(**common, outside_seconds=draw(st.integers(0, 90))))
                continue
            able = draw(st.sets(st.sampled_from(range(len(resources))), min_size=1))
            fixed = earlier = None
            if draw(st.integers(0, 2)) == 0:
                earlier = Earlier(draw(st.integers(0, len(resources) - 1)), draw(st.integers(0, 200)))
            if not before and draw(st.integers(0, 4)) == 0:
                resource = min(able)
                start = occupied.get(resource, 0)
                fixed = Fixed(resource, start, start + draw(st.integers(0, 60)))
                occupied[resource] = fixed.end
            tasks.append(
                Task(
                    **common,
                    alternatives=tuple(Alternative(one, draw(st.integers(0, 60))) for one in sorted(able)),
                    setup_seconds=draw(st.integers(0, 40)),
                    family=draw(st.sampled_from(families)),
                    item=draw(st.sampled_from(items)),
                    interruptible=draw(st.booleans()),
                    fixed=fixed,
                    earlier=earlier,
                    needs=tuple(sorted(draw(st.sets(st.sampled_from(range(len(shared))))))) if shared else (),
                )
            )
    return Shop(resources, tuple(jobs), tuple(tasks), (table,), shared=shared)


def plant(tasks, machines, *, seed=1, days=400, interruptible=True, allowance=0.85):
    """A make-to-order plant: unequal machines in groups, setup families with a matrix, two shifts or day and
    night. Between a fifth and a quarter of its jobs are late by rule; ``allowance`` makes due dates later."""
    chance = random.Random(seed)
    groups, resources, tables, speeds = [], [], [], []
    while len(resources) < machines:
        number = len(groups)
        families = [f"{number}-{family}" for family in range(6)]
        tables.append(
            {
                (one, to): 300 if one == to else chance.randint(600, 3600)
                for one in families
                for to in families
            }
        )
        groups.append([])
        for _ in range(min(chance.randint(1, 3), machines - len(resources))):
            groups[-1].append(len(resources))
            hours = (0, 24) if chance.random() < 1 / 3 else (6, 22)
            shifts = tuple(
                Window(day * DAY + hours[0] * HOUR, day * DAY + hours[1] * HOUR)
                for day in range(days)
                if day % 7 < 5
            )
            resources.append(Resource(f"M{len(resources)}", shifts, number, families[0]))
            speeds.append(chance.uniform(0.8, 1.25))
    jobs, found = [], []
    while len(found) < tasks:
        release = 0 if chance.random() < 0.6 else chance.randint(0, int(tasks / machines * 2.2 * HOUR))
        work, before = 0, ()
        for step in range(chance.randint(2, 10)):
            # By machine, not by group: no plant has half the work on one machine of three.
            group = int(resources[chance.randrange(machines)].table)
            seconds = min(max(math.exp(chance.gauss(math.log(90), 0.7)), 10), 480) * 60
            found.append(
                Task(
                    job=len(jobs),
                    alternatives=tuple(Alternative(one, int(seconds / speeds[one])) for one in groups[group]),
                    setup_seconds=1800,
                    family=f"{group}-{chance.randrange(6)}",
                    after=before,
                    earliest=0 if step else release,
                    interruptible=interruptible,
                )
            )
            before, work = (len(found) - 1,), work + seconds
        allowed = work * chance.uniform(3, 12) + tasks / machines * 2.6 * HOUR * chance.random()
        due = release + allowance * allowed
        jobs.append(Job(f"J{len(jobs)}", int(due), chance.choice([1.0, 1.0, 2.0, 4.0])))
    return Shop(tuple(resources), tuple(jobs), tuple(found), tuple(tables))
