"""The simulated plant is the same again, in whatever steps and in whatever process."""

import hashlib
import os
import subprocess
import sys
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from mes.runtime.simulator.park import Park
from mes.runtime.simulator.physics import Settings, World
from mes.runtime.simulator.plant import opening_stock
from mes.runtime.simulator.selling import ENOUGH

START = datetime(2026, 11, 12, 4, tzinfo=UTC)
HOURS = timedelta(hours=1)
FEW = Settings(only=frozenset({"PRESS-2", "MOULD-1", "MOULD-3", "CNC-1", "ASSY-1", "INSP-1"}))
ROOT = Path(__file__).resolve().parent.parent.parent
PRINT_FINGERPRINT = """
import django
django.setup()
from tests.simulator.test_physics import fingerprint
print(fingerprint())
"""


def everything(out):
    return (out.signals, out.commands, out.orders, out.reasons, out.inspections, out.help, out.shipments)


def fingerprint():
    out = World(START, FEW).advance(START + 4 * HOURS)
    return hashlib.sha256(repr(everything(out)).encode()).hexdigest()


@pytest.fixture(scope="module")
def world():
    world = World(START, FEW)
    world.out = world.advance(START + 12 * HOURS)
    return world


def test_nobody_assembles_what_is_not_there():
    world, items = World(START), {}
    for hour in range(6, 54, 6):
        out = world.advance(START + hour * HOURS)
        items |= {order.body["number"]: order.body["item"] for order in out.orders}
        there, used = defaultdict(float, opening_stock()), defaultdict(float)
        for (order, number), true in world.truth.operations.items():
            product = world.products[items[order]]
            if number == product.steps[0].number:
                for code, per in product.needs:
                    used[code] += per * (true.good + true.scrap + true.proving)
            if number == product.steps[-1].number:
                there[product.code] += true.good
        assert not [code for code in world.products if there[code] < used[code]]
    assert used["MC-HUB"] > 200
    assert used["MP-LEVER"] > 20


def test_what_customers_ordered_leaves_and_stock_neither_dies_nor_grows_for_ever():
    world, ordered, left = World(START), {}, []
    for hour in range(6, 78, 6):
        out = world.advance(START + hour * HOURS)
        ordered |= {
            order.body["customer_order"]: order.body["item"]
            for order in out.orders
            if "customer_order" in order.body
        }
        ordered |= {call.number: call.item for call in out.calls}
        left += [one.customer_order for one in out.shipments]
        assert all(world.stores.beyond(code, -1) > 0 for code in world.products), "more left than there was"
    assert len(left) == len(set(left))
    sent = {ordered[number] for number in left}
    assert sent >= {"FO-HUB", "GB-10", "MC-PLATE"}
    presses, pieces, cycle = 2, 2, 6
    assert world.stores.beyond("FO-HUB", ENOUGH) < presses * pieces * 86_400 / cycle
    assert world.stores.beyond("MP-CAP", 3 * ENOUGH) == 0, "no more is ordered, some was under way"


def test_steps_make_no_difference(world):
    other = World(START, FEW)
    parts = [other.advance(START + n * timedelta(minutes=7)) for n in range(1, 103)]
    parts.append(other.advance(START + 12 * HOURS))
    for whole, pieces in zip(everything(world.out), zip(*map(everything, parts), strict=True), strict=True):
        assert whole == [one for piece in pieces for one in piece]
    assert other.states() == world.states()


def test_another_process_with_another_hash_seed_computes_the_same():
    found = {
        subprocess.run(
            [sys.executable, "-c", PRINT_FINGERPRINT],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.split()[-1]
        for seed in ("1", "2")
    }
    assert found == {fingerprint()}


def test_another_seed_is_another_plant(world):
    other = World(START, Settings(seed=8, only=FEW.only)).advance(START + HOURS)
    assert other.signals != [one for one in world.out.signals if one.ts < START + HOURS]


def test_a_machines_numbers_have_no_hole(world):
    numbers = defaultdict(list)
    for signal in world.out.signals:
        numbers[signal.machine].append(signal.seq)
    assert len(numbers) == 5, "the measuring room has no signals"
    assert all(seen == list(range(1, len(seen) + 1)) for seen in numbers.values())


def test_people_tell_each_order_and_each_machine_in_the_order_it_happened(world):
    by_place = defaultdict(list)
    for command in world.out.commands:
        assert command.told > command.at
        by_place[command.body["order"]].append(command)
        if "machine" in command.body:
            by_place[command.body["machine"]].append(command)
    for commands in by_place.values():
        told = sorted(commands, key=lambda one: one.told)
        assert [one.at for one in told] == sorted(one.at for one in told)


def test_states_cover_each_slot_without_overlap(world):
    by_slot = defaultdict(list)
    for state in world.states():
        by_slot[state.machine, state.slot].append(state)
    assert len(by_slot) == 6
    for states in by_slot.values():
        assert states[0].start == START
        assert states[-1].end == START + 12 * HOURS
        assert all(one.end == following.start for one, following in pairwise(states))


def test_a_cycle_is_made_by_the_run_that_holds_it(world):
    runs = defaultdict(list)
    for run in world.truth.runs:
        runs[run.order, run.operation].append(run)
    for cycle in world.truth.cycles:
        run = next(one for one in runs[cycle.order, cycle.operation] if one.start <= cycle.start)
        assert cycle.machine == run.machine
        assert cycle.proving == (run.production is None or cycle.start < run.production)


def test_a_second_version_comes_before_the_work_begins():
    settings = Settings(only=FEW.only, raised_share=0.5, cancelled_share=0.3)
    world = World(START, settings)
    out = world.advance(START + 12 * HOURS)
    seconds = {order.number: order for order in out.orders if order.version == 2}
    raised = [order for order in seconds.values() if not order.body.get("cancel")]
    cancelled = seconds.keys() - {order.number for order in raised}
    assert raised
    assert cancelled
    started = {run.order: run.start for run in world.truth.runs}
    assert not cancelled & started.keys()
    assert all(order.at < started.get(order.number, START + 99 * HOURS) for order in raised)
    made = world.truth.operations
    for order in raised:
        first = next(one for one in out.orders if one.number == order.number)
        assert order.body["version"] > first.body["version"]
        done = made[order.number, "0010"]
        if done.finished:
            assert done.good + done.scrap >= order.body["quantity"] > first.body["quantity"]


def test_a_restarted_park_goes_on_where_it_was():
    first, second = Park(START, FEW), Park(START, FEW)
    for minutes in range(1, 121):
        first.advance(START + timedelta(minutes=minutes))
    second.advance(START + 2 * HOURS)
    assert first.advance(START + 3 * HOURS) == second.advance(START + 3 * HOURS)
