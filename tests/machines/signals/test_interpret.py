"""From stored samples to cycles, intervals, now, followers and notices."""

import json
import random
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from machines.domain import arrivals
from machines.domain import interpret as interpreting
from machines.domain.arrivals import SHARDS
from machines.domain.followers import finish, follow_all, take
from machines.domain.interpret import forget, interpret_dirty, interpret_some
from machines.domain.measure import FoldState, fold, tail
from machines.domain.measure.fold import flush
from machines.domain.memory import LOOK_SECONDS, Memory
from machines.domain.parameters import load_rules
from machines.domain.rebuild import rebuild
from machines.domain.replay import BEGINNING, load_samples
from machines.domain.rules_watch import RulesWatch
from machines.domain.shards import GIVEN_AT_ONCE, lease_shards
from machines.domain.thresholds import change_thresholds
from machines.enums import CycleFlag
from machines.models import (
    Arrival,
    Checkpoint,
    Cycle,
    Follower,
    Machine,
    MachineNow,
    ProgramRole,
    Projection,
    Sample,
    Shard,
    ShardWorker,
    SourceEpoch,
    StateInterval,
)
from tests.factories.machines import MeasuredMachineFactory, PlannedCycleFactory
from tests.machines.signals.sending import T0, Gateway, at, interpret, newest, send

pytestmark = pytest.mark.django_db

CYCLES = (
    *("slot", "ended_at", "nth", "credit_at", "duration", "quantity", "bad", "waiting", "program", "since"),
    *("flags", "seen_at"),
)
INTERVALS = ("slot", "started_at", "ended_at", "state", "alarm", "flags")


@pytest.fixture
def machine():
    return MeasuredMachineFactory(silence_seconds=0)


@pytest.fixture
def gateway(machine):
    return Gateway(machine)


def cycles():
    return list(Cycle.objects.order_by("slot", "ended_at", "nth").values_list(*CYCLES))


def intervals():
    return list(StateInterval.objects.order_by("slot", "started_at").values_list(*INTERVALS))


def line():
    """(start, end, state) in seconds."""
    return [
        (
            (start - T0).total_seconds(),
            None if end is None else (end - T0).total_seconds(),
            state,
        )
        for _, start, end, state, _, _ in intervals()
    ]


def test_samples_become_cycles_intervals_and_now(machine, gateway):
    send(gateway.cycles(0, 10, 20, 120))
    assert interpret(121) == 1
    assert [row[1] for row in cycles()] == [at(0), at(10), at(20), at(120)]
    assert line() == [(0, 20, "producing"), (20, 110, "micro_stop"), (110, None, "producing")]
    now = MachineNow.objects.get()
    assert (now.state, now.since, now.last_cycle_at) == ("producing", at(110), at(120))
    assert now.reference_seconds == 10
    assert now.due_at == at(150) + timedelta(microseconds=1)
    assert now.last_sample_at == at(120)
    assert (Projection.objects.get().dirty_from, Arrival.objects.count()) == (None, 0)


def test_nothing_to_do_is_nothing(gateway):
    assert interpret(0) == 0
    send(gateway.cycles(0))
    interpret(1)
    assert interpret(2) == 0


def test_the_credit_instant_is_the_start_of_the_cycle(gateway):
    send([*gateway.cycles(0), gateway.sample(30, "cycle_time", 8.5), gateway.sample(30, "cycle_event")])
    interpret(31)
    assert [row[3] for row in cycles()] == [at(0), at(21.5)]


def test_an_open_standstill_becomes_a_stop_when_it_is_due(gateway):
    send(gateway.cycles(0, 10))
    interpret(11)
    for _ in range(5):
        due = MachineNow.objects.get().due_at
        if due is None:
            break
        assert interpret((due - T0).total_seconds() - 0.01) == 0
        assert interpret((due - T0).total_seconds()) == 1
    now = MachineNow.objects.get()
    assert (now.state, now.since) == ("stop", at(10))
    assert line() == [(0, 10, "producing"), (10, None, "stop")]


def test_followers_are_told_from_where_on_to_read_again(machine, gateway):
    follow_all("attribution")
    send(gateway.cycles(0, 10, 20))
    interpret(21)
    follower = Follower.objects.get()
    take(follower)
    finish(follower, dirty_from=None)
    send(gateway.cycles(30))
    interpret(31)
    assert Follower.objects.get().dirty_from == at(20), "the cycle began there"
    assert take(follower) == at(20)
    finish(follower, dirty_from=None)
    interpret(35)
    assert Follower.objects.get().unread_from is None


def test_one_notice_per_changed_machine(gateway, machine):
    other = Gateway(MeasuredMachineFactory(plant=machine.plant))
    send([*gateway.cycles(0, 10), *other.cycles(0, 10)])
    with CaptureQueriesContext(connection) as queries:
        interpret(11)
    notices = [one["sql"] for one in queries if "pg_notify" in one["sql"]]
    assert len(notices) == 1
    assert f"machine:{machine.pk}" in notices[0]


def test_the_number_of_queries_does_not_depend_on_machines_or_samples(machine):
    gateways = [Gateway(machine)] + [
        Gateway(MeasuredMachineFactory(plant=machine.plant, silence_seconds=0)) for _ in range(4)
    ]
    counts = []
    for some, base in ((gateways[:1], 0), (gateways, 1000)):
        send([one for gateway in some for one in gateway.cycles(base, base + 10, base + 200)])
        with CaptureQueriesContext(connection) as queries:
            interpret_some(at(base + 201))
        counts.append(len(queries))
    assert abs(counts[0] - counts[1]) <= 2
    assert max(counts) <= 34


def test_a_late_sample_is_folded_in_from_a_checkpoint_before_it(gateway):
    batch = gateway.cycles(*range(0, 2000, 10))
    late = batch.pop(100)
    send(batch)
    interpret(2000)
    assert Checkpoint.objects.count() >= 6
    assert [row for row in cycles() if row[1] == at(1000)] == []
    send([late], 2001)
    interpret(2002)
    assert len(cycles()) == 200
    assert line() == [(0, None, "producing")]


def test_a_late_sample_before_everything_known(gateway):
    first, *rest = gateway.cycles(0, 300, 310)
    send(rest)
    interpret(311)
    send([first], 320)
    interpret(321)
    assert line() == [(0, 290, "micro_stop"), (290, None, "producing")]
    assert len(cycles()) == 3


def test_more_samples_than_one_pass_takes(gateway, monkeypatch):
    from machines.domain import interpret as module

    monkeypatch.setattr(module, "AT_ONCE", 7)
    send(gateway.cycles(*range(0, 500, 10)))
    passes = interpret_dirty(at(500))
    assert passes > 5
    assert len(cycles()) == 50
    assert line() == [(0, None, "producing")]


def test_doubtful_counts_wait(machine, gateway):
    machine.counting_item = "part_count"
    machine.save()
    send([gateway.sample(0, "part_count", 500), gateway.sample(10, "part_count", 40)])
    interpret(11)
    row = Cycle.objects.get()
    assert (row.quantity, row.waiting, row.flags) == (0, 40, CycleFlag.SUSPICIOUS)


def test_production_over_a_gap_has_its_span(machine, gateway):
    machine.counting_item, machine.silence_seconds = "part_count", 30
    machine.save()
    send([gateway.sample(ts, "part_count", value) for ts, value in ((0, 0), (10, 1), (600, 50), (610, 51))])
    interpret(611)
    row = Cycle.objects.get(since__isnull=False)
    assert (row.since, row.ended_at, row.quantity) == (at(10), at(600), 49)
    assert line()[1:] == [(10, 600, "unknown"), (600, None, "producing")]


def test_silence_is_seen_without_any_sample(machine, gateway):
    machine.silence_seconds = 30
    machine.save()
    send(gateway.cycles(0, 10))
    interpret(12)
    assert interpret(41) >= 1
    assert MachineNow.objects.get().state == "unknown"


@pytest.mark.parametrize("remembering", [False, True])
def test_while_late_data_come_the_machine_stands_as_the_last_of_them_says(machine, gateway, remembering):
    """A gateway that was cut off tells an hour piece by piece: between two pieces is no standstill."""
    machine.silence_seconds = 30
    machine.save()
    memory = Memory() if remembering else None
    send(gateway.cycles(*range(0, 600, 10)), received=3600)
    interpret_dirty(at(3601), memory=memory)
    send(gateway.cycles(*range(600, 900, 10)), received=3603)
    interpret_dirty(at(3604), memory=memory)
    assert line() == [(0, None, "producing")]
    now = MachineNow.objects.get()
    assert (now.state, now.last_sample_at) == ("producing", at(890))
    assert now.due_at == at(3608) + timedelta(microseconds=1)
    live = [*StateInterval.objects.values_list(*INTERVALS)]
    rebuild(since=None, now=at(3604))
    assert [*StateInterval.objects.values_list(*INTERVALS)] == live
    interpret_dirty(at(3609), memory=memory)
    assert line() == [(0, 890, "producing"), (890, None, "unknown")]
    assert MachineNow.objects.get().state == "unknown"


def test_who_is_behind_says_nothing_of_the_time_it_hasnt_read(gateway, monkeypatch):
    """Cycles that came in time and wait to be read are no standstill, and nobody is asked for its reason."""
    memory = Memory()
    monkeypatch.setattr(interpreting, "SAMPLES_AT_ONCE", 10)
    monkeypatch.setattr(arrivals, "SAMPLES_AT_ONCE", 10)
    for first in range(0, 900, 100):
        send(gateway.cycles(*range(first, first + 100, 10)))
        if first < 200:
            interpret_dirty(at(first + 91), memory=memory)
    for last in range(290, 890, 100):
        interpret_dirty(at(900), memory=memory, passes=1)
        assert MachineNow.objects.get().last_sample_at == at(last)
        assert {state for *_, state in line()} == {"producing"}
    interpret_dirty(at(2000), memory=memory)
    assert line() == [(0, 890, "producing"), (890, None, "stop")]


def test_planned_cycles_and_cavities_hold_from_their_time_on(machine, gateway):
    PlannedCycleFactory(machine=machine, seconds=Decimal(60), pieces_per_cycle=4, valid_from=at(100))
    send(gateway.cycles(0, 10, 160, 230))
    interpret(231)
    assert [int(row[5]) for row in cycles()] == [1, 1, 4, 4]
    assert line() == [(0, None, "producing")]


def test_bad_pieces_by_counter(machine, gateway):
    machine.counting_item = "part_count"
    machine.save()
    send(
        [
            gateway.sample(0, "part_count", 0),
            gateway.sample(0, "bad_count", 0),
            gateway.sample(10, "part_count", 1),
            gateway.sample(10, "bad_count", 1),
        ]
    )
    interpret(11)
    assert sorted((int(row[5]), int(row[6])) for row in cycles()) == [(0, 1), (1, 0)]


def test_set_up_pieces_held_back_are_amended_once_the_run_is_good(gateway):
    samples = [gateway.sample(0, "setup", True)]
    for ts in (40, 100, 110, 120):
        duration = 10 if ts > 40 else 30
        samples += [gateway.sample(ts, "cycle_time", duration), gateway.sample(ts, "cycle_event")]
    for one in samples:
        send([one])
        interpret_dirty(newest([one]))
    assert [bool(row[10] & CycleFlag.SETUP) for row in cycles()] == [True, False, False, False]
    assert line() == [(0, 90, "setup"), (90, None, "producing")]


WORDS = {
    "cycle_event": [True] * 6,
    "state": ["ACTIVE", "READY", "INTERRUPTED", "UNAVAILABLE", "ACTIVE", "SETUP"],
    "program": ["A", "B", "A", "A", "B", "A"],
    "setup": [True, False, "A", False, True, False],
    "cycle_time": [5, 9.5, 10, 10, 10, 30],
}
MIXED = st.lists(
    st.tuples(
        st.sampled_from([0, 0.4, 1, 9, 10, 10, 11, 30, 45, 200, 400]),
        st.sampled_from(["cycle_event", "cycle_event", *WORDS]),
        st.integers(0, 5),
    ),
    min_size=1,
    max_size=25,
)


@example(
    steady=12,
    steps=[(0, "setup", 0), (9, "cycle_event", 0), (0, "cycle_event", 0)],
    seed=1,
    silent=0,
    trust="cycles",
    remembering=True,
)
@given(
    steady=st.sampled_from([0, 12]),
    steps=MIXED,
    seed=st.integers(0, 9999),
    silent=st.sampled_from([0, 60]),
    trust=st.sampled_from(["cycles", "state"]),
    remembering=st.booleans(),
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_p1_p3_live_in_any_order_and_batches_is_the_same_as_the_pure_fold(
    db, steady, steps, seed, silent, trust, remembering
):
    """Random batches, shuffled arrival, an interpretation between any two: the rows are those of one fold.

    By an interpreter that remembers as by one that reads everything back.
    """
    for model in (Cycle, StateInterval, MachineNow, Checkpoint, Projection, Arrival, Shard, ShardWorker):
        model.objects.all().delete()
    memory = Memory() if remembering else None
    machine = MeasuredMachineFactory(silence_seconds=silent, trust=trust)
    gateway, ts, samples = Gateway(machine), 0.0, []
    for step, item, choice in [(10, "cycle_event", 0)] * steady + steps:
        ts += step
        samples.append(gateway.sample(ts, item, WORDS[item][choice], historical=True))
    shuffled, chance = list(samples), random.Random(seed)
    if chance.random() < 0.5:
        chance.shuffle(shuffled)
    end = ts + chance.choice([0.5, 20, 100, 1000])
    while shuffled:
        size = chance.randint(1, 6)
        send(shuffled[:size], ts + 1)
        shuffled = shuffled[size:]
        if chance.random() < 0.7:
            _interpret(at(chance.uniform(0, end)), memory)
    send([gateway.sample(ts, "override", 1, historical=True)], ts + 1)
    _interpret(at(end), memory)
    live = (cycles(), intervals())

    rules = load_rules([machine.pk], since=BEGINNING)[machine.pk]
    loaded, more = load_samples({machine.pk: BEGINNING})
    assert not more
    state = FoldState()
    out = fold(state, loaded[machine.pk], rules)
    rest = flush(state, rules)
    view = tail(state, rules, at(end))
    pure_cycles = sorted(
        (one.slot, one.end, one.quantity, one.flags and tuple(sorted(one.flags)))
        for one in out.cycles + rest.cycles + view.cycles
    )
    assert [(row[0], row[1], row[5]) for row in live[0]] == [row[:3] for row in pure_cycles]
    pure = sorted(
        out.intervals + rest.intervals + view.intervals + view.open, key=lambda one: (one.slot, one.start)
    )
    assert [row[1:4] for row in live[1]] == [(one.start, one.end, one.state.value) for one in pure]

    rebuild(since=None, now=at(end))
    assert (cycles(), intervals()) == live
    rebuild(since=at(ts / 2), now=at(end))
    assert (cycles(), intervals()) == live
    Sample.objects.filter(ts__gte=T0 - timedelta(days=1)).delete()
    SourceEpoch.objects.all().delete()


def _interpret(now, memory):
    if memory is not None:
        memory.looked = 0.0
    interpret_dirty(now, memory=memory)


def test_rebuild_gives_the_rows_of_the_live_path(gateway, machine):
    batch = gateway.cycles(*range(0, 600, 10), *range(1000, 1500, 10), *range(2000, 2100, 10))
    for index in range(0, len(batch), 9):
        send(batch[index : index + 9])
        interpret(2200)
    live = (cycles(), intervals())
    Cycle.objects.all().delete()
    StateInterval.objects.all().delete()
    assert rebuild(since=None, now=at(2200)) == 1
    assert (cycles(), intervals()) == live


def test_checkpoints_are_plain_json(gateway):
    send(gateway.cycles(0, 10, 20))
    interpret(21)
    state = Checkpoint.objects.order_by("-at").first().state
    assert FoldState.from_json(json.loads(json.dumps(state))).heard == at(10), "two seconds behind the newest"


def test_two_interpreters_share_the_work(transactional_db, gateway, machine):
    """A machine that one holds is skipped by the other."""
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connections, transaction

    send(gateway.cycles(0, 10))
    with transaction.atomic():
        Shard.objects.select_for_update().get()

        def other():
            try:
                return interpret_dirty(at(11))
            finally:
                connections.close_all()

        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(other).result() == 0
    assert interpret_dirty(at(11)) == 1


@pytest.mark.parametrize("remembering", [False, True])
@pytest.mark.parametrize("behind", [0, 0.001, 0.5, 1, 1.999, 2, 2.001, 2.5, 3])
def test_a_sample_a_little_late_is_counted_whatever_the_interpreter_has_kept(gateway, remembering, behind):
    """Around the border between what is folded for good and what may still be joined."""
    memory = Memory() if remembering else None
    numbers = gateway.cycles(*range(0, 100, 2))
    late = gateway.sample(98 - behind, "cycle_event")
    for index in range(0, len(numbers), 5):
        send(numbers[index : index + 5])
        _interpret(at(98.1), memory)
    send([late], 98.2)
    _interpret(at(99), memory)
    live = (cycles(), intervals())
    assert len(live[0]) == 51
    assert sorted({row[1] for row in live[0]}) == sorted(
        {at(98 - behind), *(at(ts) for ts in range(0, 100, 2))}
    )
    rebuild(since=None, now=at(99))
    assert (cycles(), intervals()) == live


def test_an_interpreter_goes_on_from_memory_without_reading_back(gateway):
    memory = Memory()
    send(gateway.cycles(*range(0, 60, 2)))
    _interpret(at(60), memory)
    with CaptureQueriesContext(connection) as queries:
        for ts in range(60, 120, 2):
            send(gateway.cycles(ts))
            _interpret(at(ts + 0.1), memory)
    assert not [one for one in queries if "FROM machines_sample s" in one["sql"] and "epoch" in one["sql"]]
    live = (cycles(), intervals())
    assert len(live[0]) == 60
    rebuild(since=None, now=at(118.1))
    assert (cycles(), intervals()) == live


@pytest.mark.parametrize(
    ("item", "value"), [("program", "B"), ("override", 1), ("cycle_event", True), ("state", "READY")]
)
def test_samples_of_one_instant_are_one_moment_for_a_machine_at_work_too(gateway, item, value):
    memory = Memory()
    send(gateway.cycles(*range(0, 60, 2)))
    _interpret(at(60), memory)
    send([*gateway.cycles(60, 62), gateway.sample(62, item, value), *gateway.cycles(64)])
    _interpret(at(64.1), memory)
    live = (cycles(), intervals())
    assert {row[1] for row in live[0]} == {at(ts) for ts in range(0, 66, 2)}
    rebuild(since=None, now=at(64.1))
    assert (cycles(), intervals()) == live


@pytest.mark.parametrize("remembering", [False, True])
@pytest.mark.parametrize("again", [(), (70,), (31, 70), (70, 71.5, 31)])
def test_a_counter_step_may_end_cycles_where_another_counter_ended_them_long_ago(remembering, again):
    """Numbered together: the older one isn't in memory any more, and not told after the last checkpoint."""
    machine = MeasuredMachineFactory(silence_seconds=0, counting_item="cycle_count")
    lane, other = Gateway(machine, "lane-1"), Gateway(machine, "lane-2")
    memory = Memory() if remembering else None
    send([other.sample(0, "cycle_count", 0)])
    for ts in range(0, 60, 2):
        send([lane.sample(ts, "cycle_count", ts // 2)])
        _interpret(at(ts + 0.1), memory)
    if remembering:
        forget(memory)
    send([other.sample(60, "cycle_count", 30)])
    _interpret(at(60.1), memory)
    for place, ts in enumerate(again):
        send([lane.sample(ts, "cycle_count", 30 + place)], 72)
        _interpret(at(72), memory)
    live = (cycles(), intervals())
    ends = [row[1] for row in live[0]]
    assert len(ends) - len(set(ends)) >= 20
    rebuild(since=None, now=at(72 if again else 60.1))
    assert (cycles(), intervals()) == live


def test_a_backlog_of_some_machines_does_not_hold_up_live_data(gateway):
    other = Gateway(MeasuredMachineFactory(silence_seconds=0))
    memory = Memory()
    late = [*gateway.cycles(*range(0, 20, 2)), *other.cycles(*range(0, 20, 2))]
    send([*gateway.cycles(*range(1000, 1020, 2)), *other.cycles(*range(1000, 1020, 2))])
    _interpret(at(1020), memory)
    send(late, 1021)
    send([*gateway.cycles(1022), *other.cycles(1022)])
    memory.looked = 0.0
    assert interpret_some(at(1022.2), limit=1, memory=memory) == 1
    assert Projection.objects.filter(dirty_from__isnull=False).count() == 1
    send([*gateway.cycles(1024), *other.cycles(1024)])
    waiting = Projection.objects.get(dirty_from__isnull=False).machine
    interpret_some(at(1024.2), limit=0, memory=memory)
    assert MachineNow.objects.get(machine=waiting).last_sample_at == at(1024)
    assert Cycle.objects.filter(machine=waiting, ended_at__lt=at(1000)).count() == 0
    _interpret(at(1025), memory)
    live = (cycles(), intervals())
    assert len(live[0]) == 44
    rebuild(since=None, now=at(1025))
    assert (cycles(), intervals()) == live


def test_news_of_a_machine_that_is_read_later_anyway_cost_nothing(gateway):
    """Of a whole plant of unknown machines only some are read in a pass: the others must not slow it down."""
    others = [Gateway(MeasuredMachineFactory(silence_seconds=0)) for _ in range(3)]
    memory = Memory()
    send([row for one in (gateway, *others) for row in one.cycles(0, 2)])
    assert interpret_some(at(3), limit=1, memory=memory) == 1
    asked = set(Projection.objects.filter(dirty_from__isnull=False).values_list("machine", "asked"))
    assert len(asked) == 3
    send([row for one in (gateway, *others) for row in one.cycles(4, 6)])
    interpret_some(at(7), limit=0, memory=memory)
    assert set(Projection.objects.filter(dirty_from__isnull=False).values_list("machine", "asked")) == asked
    assert not Arrival.objects.exists()
    send(others[0].cycles(-5), 8)
    interpret_some(at(8), limit=0, memory=memory)
    assert Projection.objects.get(machine=others[0].machine).dirty_from == at(-5)
    _interpret(at(9), memory)
    live = (cycles(), intervals())
    assert len(live[0]) == 17
    rebuild(since=None, now=at(9))
    assert (cycles(), intervals()) == live


def test_a_pass_that_takes_long_is_followed_by_a_smaller_one():
    """No lease is renewed within a pass."""
    memory = Memory()
    most = memory.at_once
    memory.keep_pace(3.0)
    assert memory.at_once == most // 2
    for _ in range(9):
        memory.keep_pace(9.0)
    assert 0 < memory.at_once < most // 10
    for _ in range(9):
        memory.keep_pace(0.1)
    assert memory.at_once == most


@given(
    steps=st.lists(
        st.tuples(st.integers(0, 2), st.sampled_from([1.0, 2.0, 2.0, 40.0]), st.booleans()),
        min_size=4,
        max_size=40,
    ),
    seed=st.integers(0, 9999),
)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_backlog_read_machine_by_machine_ends_in_the_rows_of_one_fold(db, steps, seed):
    for model in (Cycle, StateInterval, MachineNow, Checkpoint, Projection, Arrival, Shard, ShardWorker):
        model.objects.all().delete()
    chance, memory, ts = random.Random(seed), Memory(), 0.0
    gateways = [Gateway(MeasuredMachineFactory(silence_seconds=0)) for _ in range(3)]
    kept = []
    for place, step, late in steps:
        ts += step
        sample = gateways[place].cycles(ts)
        if late:
            kept += sample
        else:
            send(sample)
        if kept and chance.random() < 0.3:
            send(kept, ts + 0.1)
            kept = []
        memory.looked = 0.0
        interpret_some(at(ts + 0.2), limit=chance.choice([0, 1, 5]), memory=memory)
    if kept:
        send(kept, ts + 0.1)
    _interpret(at(ts + 1), memory)
    live = (cycles(), intervals())
    assert len(live[0]) == len(steps)
    rebuild(since=None, now=at(ts + 1))
    assert (cycles(), intervals()) == live
    Sample.objects.filter(ts__gte=T0 - timedelta(days=1)).delete()
    SourceEpoch.objects.all().delete()


@pytest.mark.parametrize("spoil", ["rebuild", "rules", "other interpreter"])
def test_what_is_remembered_is_dropped_when_it_is_out_of_date(gateway, machine, spoil):
    memory = Memory()
    send(gateway.cycles(*range(0, 60, 10)))
    _interpret(at(60), memory)
    if spoil == "rebuild":
        Cycle.objects.all().delete()
        rebuild(since=None, now=at(60))
    elif spoil == "rules":
        names = ("gap_factor", "gap_floor_seconds", "minimum_cycle_seconds")
        others = {name: getattr(machine, name) for name in names}
        change_thresholds(machine=machine, valid_from=at(0), micro_stop_seconds=Decimal(5), by=None, **others)
    else:
        memory.release()
        other = Memory()
        send(gateway.cycles(65))
        _interpret(at(66), other)
        other.release()
        memory.leased = 0.0
    send(gateway.cycles(70, 150))
    _interpret(at(151), memory)
    live = (cycles(), intervals())
    assert len(live[0]) == 8 + (spoil == "other interpreter")
    rebuild(since=None, now=at(151))
    assert (cycles(), intervals()) == live


def test_marks_are_compared_only_where_something_may_have_changed(gateway, machine, monkeypatch):
    memory = Memory()
    send(gateway.cycles(*range(0, 60, 10)))
    _interpret(at(60), memory)
    send(gateway.cycles(70))
    _interpret(at(70), memory)

    def compares(ts):
        send(gateway.cycles(ts))
        with CaptureQueriesContext(connection) as queries:
            _interpret(at(ts + 1), memory)
        return any("hash_record_extended(m" in one["sql"] for one in queries)

    with monkeypatch.context() as quiet:
        quiet.setattr(RulesWatch, "look", lambda watch: watch.looked)
        assert not compares(80)
        Shard.objects.update(derived=F("derived") + 1)
        assert compares(90)
        assert not compares(100)
    before = memory.rules.looked
    ProgramRole.objects.create(machine=machine, pattern="*", role="setup")
    assert compares(110)
    assert memory.rules.looked > before
    assert Cycle.objects.filter(ended_at__gt=at(105)).get().quantity == 0


def test_a_machine_that_cannot_be_understood_is_set_aside_and_the_others_go_on(gateway, machine, monkeypatch):
    other = Gateway(MeasuredMachineFactory(silence_seconds=0))
    understand = interpreting.replay

    def fail_for_one(start, samples, rules, more):
        if any(one.value == "poison" for one in samples):
            raise ValueError("not understood")
        return understand(start, samples, rules, more)

    monkeypatch.setattr(interpreting, "replay", fail_for_one)
    memory = Memory()
    send([gateway.sample(1, "program", "poison"), *gateway.cycles(10, 20)])
    send(other.cycles(10, 20))
    _interpret(at(30), memory)
    assert set(Cycle.objects.values_list("machine", flat=True)) == {other.machine.pk}

    # what comes meanwhile waits with the rest
    send([*gateway.cycles(30), *other.cycles(30)])
    _interpret(at(40), memory)
    assert Cycle.objects.filter(machine=other.machine).count() == 3
    assert Projection.objects.get(machine=machine).dirty_from == at(1)

    monkeypatch.setattr(interpreting, "replay", understand)
    memory.aside.clear()
    _interpret(at(50), memory)
    assert Cycle.objects.filter(machine=machine).count() == 3
    assert Projection.objects.get(machine=machine).dirty_from is None


def test_two_interpreters_share_the_shards_and_one_takes_over():
    first, second = Memory(), Memory()
    assert lease_shards(first.worker) == SHARDS
    assert lease_shards(second.worker) == 0, "the first one gives its half back when it looks next"
    for left in range(GIVEN_AT_ONCE, SHARDS // 2 + 1, GIVEN_AT_ONCE):
        first.leased = second.leased = 0.0
        _interpret(at(0), first)
        assert lease_shards(first.worker) == SHARDS - left
        assert lease_shards(second.worker) == left
    first.leased = 0.0
    _interpret(at(0), first)
    assert (lease_shards(first.worker), lease_shards(second.worker)) == (SHARDS // 2, SHARDS // 2)
    first.release()
    assert lease_shards(second.worker) == SHARDS


def test_who_takes_a_shard_begins_where_the_other_one_ended():
    gateway = Gateway(MeasuredMachineFactory(pk=100 * SHARDS - 1, silence_seconds=0))
    first, second = Memory(), Memory()
    for start in range(0, 200, 2):
        send(gateway.cycles(start))
        _interpret(at(start + 0.1), first)
    lease_shards(second.worker)
    for _ in range(SHARDS // 2):
        first.leased = 0.0
        _interpret(at(201), first)
    assert not first.knows(gateway.machine.pk)
    assert Checkpoint.objects.order_by("-at").first().at >= at(150)
    send(gateway.cycles(202))
    _interpret(at(203), second)
    assert second.knows(gateway.machine.pk)
    live = (cycles(), intervals())
    assert len(live[0]) == 101
    rebuild(since=None, now=at(203))
    assert (cycles(), intervals()) == live


def test_an_interpreter_that_leaves_writes_down_what_it_remembers(gateway):
    memory = Memory()
    for start in range(0, 200, 2):
        send(gateway.cycles(start))
        _interpret(at(start + 0.1), memory)
    forget(memory)
    assert Checkpoint.objects.order_by("-at").first().at >= at(150)
    send(gateway.cycles(200))
    _interpret(at(201), Memory())
    assert len(cycles()) == 101


def test_a_stretch_is_rebuilt_up_to_where_nothing_can_differ(gateway, machine):
    send(gateway.cycles(*range(0, 900, 10), *range(1000, 3000, 10)))
    interpret(3000)
    live = (cycles(), intervals())
    Cycle.objects.filter(ended_at__range=(at(500), at(700))).delete()
    Cycle.objects.filter(ended_at=at(1010)).update(quantity=7)
    StateInterval.objects.filter(started_at=at(880)).delete()
    far = Cycle.objects.filter(ended_at=at(2900))
    far.update(quantity=9)
    with CaptureQueriesContext(connection) as queries:
        assert rebuild(since=at(500), until=at(1200), now=at(3000), machines=[machine.pk]) == 1
    assert not [one for one in queries if "INTO machines_projection" in one["sql"]], "not asked to be read on"
    assert far.get().quantity == 9, "beyond the end nothing is touched"
    far.update(quantity=1)
    assert (cycles(), intervals()) == live


def test_where_later_rows_can_differ_a_stretch_is_read_to_the_end(gateway, machine):
    send(gateway.cycles(*range(0, 2000, 10)))
    interpret(2000)
    Machine.objects.filter(pk=machine.pk).update(counting_item="part_count")
    assert rebuild(since=at(100), until=at(200), now=at(2000)) == 1
    assert Cycle.objects.filter(ended_at__gt=at(1000)).count() == 0


@given(
    steps=MIXED,
    trust=st.sampled_from(["cycles", "state"]),
    stretch=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    seed=st.integers(0, 9999),
)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_stretch_rebuilt_gives_the_rows_of_the_live_path(db, steps, trust, stretch, seed):
    for model in (Cycle, StateInterval, MachineNow, Checkpoint, Projection, Arrival, Shard, ShardWorker):
        model.objects.all().delete()
    machine = MeasuredMachineFactory(silence_seconds=0, trust=trust)
    gateway, ts, samples = Gateway(machine), 0.0, []
    for step, item, choice in steps * 3:
        ts += step
        samples.append(gateway.sample(ts, item, WORDS[item][choice], historical=True))
    random.Random(seed).shuffle(samples)
    for start in range(0, len(samples), 5):
        send(samples[start : start + 5] + samples[:2], ts + 1)
        interpret(ts + 1)
    live = (cycles(), intervals())
    first, last = sorted(part * ts for part in stretch)
    Cycle.objects.filter(seen_at__range=(at(first), at(last))).update(quantity=77)
    rebuild(since=at(first), until=at(last), now=at(ts + 1))
    assert (cycles(), intervals()) == live
    Sample.objects.filter(ts__gte=T0 - timedelta(days=1)).delete()
    SourceEpoch.objects.all().delete()


def test_what_passing_time_changes_is_done_when_it_is_due_and_not_when_somebody_looks_next(gateway):
    memory = Memory()
    send([gateway.sample(0, "state", "ACTIVE"), gateway.sample(1, "state", "MAINTENANCE")])
    interpret_dirty(at(1.2), memory=memory)
    assert MachineNow.objects.get().state == "producing"
    assert memory.next_due == at(2)
    assert memory.seconds_to_wait(at(1.2)) == pytest.approx(0.8)
    assert interpret_some(at(1.9), memory=memory) == 0
    assert interpret_some(at(2), memory=memory) == 1
    assert MachineNow.objects.get().state == "maintenance"


def test_what_another_worker_has_to_do_wakes_nobody_else(gateway):
    mine, other = Memory(), Memory()
    mine.lease()
    send([gateway.sample(0, "state", "ACTIVE"), gateway.sample(1, "state", "MAINTENANCE")])
    interpret_dirty(at(1.2), memory=mine)
    interpret_dirty(at(1.2), memory=other)
    assert (mine.next_due, other.next_due) == (at(2), None)
    assert other.seconds_to_wait(at(1.2)) == LOOK_SECONDS
    assert mine.seconds_to_wait(at(3)) == 0
