"""Late samples: only the stretch they can change is read again, and the rows are those of one fold."""

import json
import os
import random
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from machines.domain import memory, replay, stretch
from machines.domain.arrivals import request_interpretation
from machines.domain.checkpoints import Fence
from machines.domain.facts import cycle_rows, interval_rows
from machines.domain.interpret import interpret_dirty, interpret_some
from machines.domain.measure import FoldState, Sample, cycles, fold, tail
from machines.domain.measure.fold import flush, fold_at_pace
from machines.domain.measure.pace import Pace
from machines.domain.memory import Memory
from machines.domain.parameters import load_rules
from machines.domain.rebuild import rebuild
from machines.domain.replay import BEGINNING, Start, load_samples
from machines.domain.stretch import Span, read_stretch
from machines.models import (
    Arrival,
    Checkpoint,
    Cycle,
    MachineNow,
    Projection,
    Shard,
    ShardWorker,
    SourceEpoch,
    StateInterval,
)
from machines.models import Sample as StoredSample
from tests.factories.machines import MeasuredMachineFactory, PlannedCycleFactory
from tests.machines.measure.test_properties import RULES, samples
from tests.machines.signals.sending import T0, Gateway, at, interpret, send

EXAMPLES = int(os.environ.get("MES_STRETCH_EXAMPLES", "40"))
MICROSECOND = timedelta(microseconds=1)


@pytest.fixture
def short(monkeypatch):
    """A checkpoint every half a minute and a short memory of durations, so that short streams have fences."""
    monkeypatch.setattr(replay, "ANCHOR", timedelta(seconds=30))
    monkeypatch.setattr(cycles, "LEARN_FROM", 3)
    monkeypatch.setattr(cycles, "LEARN_LAST", 5)
    monkeypatch.setattr(memory, "BASE_SAMPLES", 2)
    monkeypatch.setattr(memory, "BASE_BEHIND", timedelta(seconds=1))


def as_stored(state):
    return json.loads(json.dumps(state.as_json()))


class Folded:
    """All that one fold says of samples, with the checkpoints on its way."""

    def __init__(self, told, rules, now, cuts=()):
        state, pace, self.kept, self.cycles, self.intervals = FoldState(), Pace(rules), [], [], []
        for index, one in enumerate(told):
            out = (
                fold_at_pace(state, [one], rules, pace)
                if self._alone(told, index)
                else fold(state, [one], rules)
            )
            if index + 1 == len(told) or told[index + 1].ts != one.ts:
                rest = flush(state, rules)
                out.cycles += rest.cycles
                out.intervals += rest.intervals
                if not cuts or one.ts in cuts:
                    self.kept.append((one.ts, state.clone()))
            self.cycles += out.cycles
            self.intervals += out.intervals
        self.state = state
        view = tail(state, rules, now)
        self.rows = cycle_rows(1, self.cycles + view.cycles)
        self.spans = interval_rows(1, self.intervals + view.intervals + view.open)

    @staticmethod
    def _alone(told, index):
        near = told[max(index - 1, 0) : index] + told[index + 1 : index + 2]
        return all(one.ts != told[index].ts for one in near)


@pytest.mark.usefixtures("short")
@given(
    head=samples(least=1, most=15),
    steady=st.integers(0, 12),
    middle=samples(least=1, most=15),
    rest=st.integers(0, 25),
    rules=RULES,
    seed=st.integers(0, 9999),
    by=st.sampled_from([0.5, 50, 500]),
)
@settings(max_examples=max(EXAMPLES * 5, 200), deadline=None, suppress_health_check=list(HealthCheck))
def test_a_stretch_and_what_was_stored_after_it_are_the_rows_of_one_fold(
    head, steady, middle, rest, rules, seed, by
):
    chance, told, last = random.Random(seed), [], at(0)
    for part in (head, _at_work(rules, steady), middle, _at_work(rules, rest)):
        begin = last
        for one in part:
            one.ts += begin - T0
            one.seq += len(told)
            last = one.ts
            told.append(one)
        last += timedelta(seconds=chance.choice([0.5, 5, 10, 40]))
    for number, one in enumerate(told):
        one.seq = number
    told.sort(key=lambda one: one.position)
    now = told[-1].ts + timedelta(seconds=by)
    first = chance.randrange(len(told))
    late = [one for one in told[first : first + chance.randint(1, 8)] if chance.random() < 0.7]
    if not late or len(late) == len(told):
        return
    known = [one for one in told if not any(one is other for other in late)]
    cuts = {one.ts for one in known if chance.random() < 0.5}
    before, full = Folded(known, rules, now, cuts), Folded(told, rules, now)
    starts = [(when, state) for when, state in before.kept if when < late[0].ts]
    start = (
        Start(starts[-1][1], starts[-1][0], last=False) if starts else Start(FoldState(), BEGINNING, False)
    )
    fences = [Fence(when, json.dumps(state.as_json())) for when, state in before.kept if when > late[-1].ts]
    span = Span(1, 1, late[0].ts, late[-1].ts, now)
    after = [one for one in told if one.ts > start.at]
    found = read_stretch(span, start, after, rules, fences)
    event("reached" if found else "not reached")
    if found is None:
        return
    facts = found.facts
    window = {key for key, row in before.rows.items() if facts.cycles_after < row[-1] <= facts.cycles_until}
    window |= {key for key, row in before.rows.items() if key in facts.cycles and row[-1] <= start.at}
    changed = {key for key in window | facts.cycles.keys() if before.rows.get(key) != facts.cycles.get(key)}
    for slot in {key[1] for key in changed}:
        ends = [key[2] for key in changed if key[1] == slot]
        if any(
            key[1] == slot and min(ends) <= key[2] <= max(ends) and row[-1] > facts.cycles_until
            for key, row in before.rows.items()
        ):
            event("entangled")
            return
    event("settled, something changed" if changed else "settled")
    rows = {key: row for key, row in before.rows.items() if key not in window} | facts.cycles
    assert rows == full.rows
    spans = {
        key: row
        for key, row in before.spans.items()
        if not (
            key[1] in facts.intervals_from
            and facts.intervals_from[key[1]] <= key[2] < facts.intervals_until[key[1]]
        )
    }
    assert spans | facts.intervals == full.spans
    kept = dict(full.kept)
    for when, state in found.anchors:
        assert as_stored(state) == as_stored(kept[when])
    assert as_stored(before.state) == as_stored(full.state)


def _at_work(rules, count):

    item = "cycle_event" if rules.count_item == "execution" else rules.count_item
    return [
        Sample(at(10 * n), item, n if "count" in item else True, source=1, epoch="a", seq=n, slot=0)
        for n in range(1, count + 1)
    ]


WORDS = {
    "cycle_event": [True] * 6,
    "state": ["ACTIVE", "READY", "INTERRUPTED", "UNAVAILABLE", "ACTIVE", "SETUP"],
    "program": ["A", "B", "A", "A", "B", "A"],
    "setup": [True, False, "A", False, True, False],
    "cycle_time": [5, 9.5, 10, 10, 10, 30],
}
CYCLES = (
    *("slot", "ended_at", "nth", "credit_at", "duration", "quantity", "bad", "waiting", "program", "since"),
    *("flags", "seen_at"),
)
INTERVALS = ("slot", "started_at", "ended_at", "state", "alarm", "flags")
NOW = ("slot", "state", "since", "alarm", "program", "last_cycle_at", "reference_seconds", "last_sample_at")


def everything():
    return (
        list(Cycle.objects.order_by("slot", "ended_at", "nth").values_list(*CYCLES)),
        list(StateInterval.objects.order_by("slot", "started_at").values_list(*INTERVALS)),
        list(MachineNow.objects.order_by("slot").values_list(*NOW)),
    )


def empty():
    for model in (Cycle, StateInterval, MachineNow, Checkpoint, Projection, Arrival, Shard, ShardWorker):
        model.objects.all().delete()
    StoredSample.objects.filter(ts__gte=T0 - timedelta(days=1)).delete()
    SourceEpoch.objects.all().delete()


class Press:
    """A machine that counts in one of several ways, with a steady rhythm and things that come between."""

    def __init__(self, gateway, item):
        self.gateway, self.item, self.ts, self.count, self.bad = gateway, item, 0.0, 95, 0

    def cycle(self, step, by=1):
        self.ts += step
        self.count += by
        value = True if self.item in ("cycle_event", "pulse") else self.count % 100
        return self.gateway.sample(self.ts, self.item, value, historical=True)

    def other(self, step, kind, choice):
        """Anything of the vocabulary, a counter's jump, reset or correction, a bad piece, another boot."""
        self.ts += step
        if kind == "boot":
            self.gateway.boot = f"b{choice}"
            return self.cycle(0)
        if kind == "bad":
            self.bad += choice % 3
            return self.gateway.sample(self.ts, "bad_count", self.bad, historical=True)
        if kind == "jump":
            if choice < 2:
                self.count = -1
            return self.cycle(0, by=[1, 2, 3, -2, 40, 1][choice])
        item = self.item if kind == "cycle_event" else kind
        if item == self.item:
            return self.cycle(0)
        return self.gateway.sample(self.ts, item, WORDS[item][choice], historical=True)


PARTS = st.lists(
    st.one_of(
        st.tuples(st.just("steady"), st.sampled_from([5, 10, 10]), st.integers(3, 25)),
        st.tuples(st.just("steady"), st.sampled_from([5, 10, 10]), st.integers(3, 25)),
        st.tuples(
            st.sampled_from([*WORDS, "bad", "jump", "boot", "cycle_event"]),
            st.sampled_from([0, 0.4, 1, 9, 10, 11, 30, 45, 200, 400]),
            st.integers(0, 5),
        ),
    ),
    min_size=4,
    max_size=20,
)


@pytest.mark.usefixtures("short")
@given(
    parts=PARTS,
    item=st.sampled_from(["cycle_event", "cycle_event", "part_count", "cycle_count", "pulse"]),
    trust=st.sampled_from(["cycles", "state"]),
    silent=st.sampled_from([0, 60]),
    planned=st.booleans(),
    seed=st.integers(0, 99999),
)
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
def test_live_with_late_doubled_and_reordered_samples_is_the_same_as_rebuilt(
    db, parts, item, trust, silent, planned, seed
):
    """Each checkpoint kept on the way is the state of one fold of all samples until then, too."""
    empty()
    settled = []
    machine = MeasuredMachineFactory(
        silence_seconds=silent, trust=trust, counting_item=item, counter_modulus=100
    )
    if planned:
        PlannedCycleFactory(machine=machine, seconds=Decimal(10), pieces_per_cycle=2, valid_from=at(30))
    chance, press, told = random.Random(seed), Press(Gateway(machine), item), []
    for kind, step, size in parts:
        if kind == "steady":
            told += [press.cycle(step) for _ in range(size)]
        else:
            told.append(press.other(step, kind, size))
    with pytest.MonkeyPatch.context() as watch:
        read = stretch.read_stretches

        def count(*args, **rest):
            found = read(*args, **rest)
            settled.extend(found)
            return found

        watch.setattr("machines.domain.interpret.read_stretches", count)
        _play(told, chance, machine, press.ts)
    event("stretches settled" if settled else "none settled")
    live = everything()
    _check_checkpoints(machine)
    rebuild(since=None, now=at(press.ts + 300))
    again = everything()
    assert again[:2] == live[:2]
    assert again[2] == live[2]


def _play(told, chance, machine, end):
    """Deliver in some order, with windows kept back, repeats, requests and interpreters in between."""
    remembering, waiting, kept, last = Memory(), [], [], 0.0
    begins = [chance.uniform(0, end * chance.choice([0.4, 0.9])) for _ in range(chance.randint(1, 2))]
    windows = [(begin, begin + chance.choice([5, 40, 150])) for begin in begins]
    patience = chance.choice([0.005, 0.02, 0.1])
    batches = []
    for one in told:
        ts = (_moment(one) - T0).total_seconds()
        if any(first <= ts <= last for first, last in windows) and chance.random() < 0.8:
            kept.append(one)
        else:
            waiting.append(one)
        if chance.random() < 0.25:
            batches.append(waiting)
            waiting = []
        if kept and chance.random() < patience:
            batches.append(kept)
            kept = []
    batches += [waiting, kept]
    for batch in batches:
        if not batch:
            continue
        if chance.random() < 0.3:
            chance.shuffle(batch)
        if chance.random() < 0.2:
            batch = batch + batch[:2]
        last = max(last, *((_moment(one) - T0).total_seconds() for one in batch))
        send(batch, last + 1)
        what = chance.random()
        remembering.looked = 0.0
        if what < 0.8:
            interpret_dirty(at(last + chance.uniform(0, 20)), memory=remembering)
        elif what < 0.88:
            interpret_some(at(last + 1), limit=0, memory=remembering)
        elif what < 0.91:
            request_interpretation({machine.pk: at(chance.uniform(0, last))})
        elif what < 0.94:
            spans = sorted(chance.uniform(0, last) for _ in range(2))
            rebuild(since=at(spans[0]), until=at(spans[1]), now=at(last + 1))
        elif what < 0.97:
            interpret_dirty(at(last + 1))
    remembering.looked = 0.0
    interpret_dirty(at(end + 300), memory=remembering)


def _moment(one):
    from datetime import datetime

    return datetime.fromisoformat(one["ts"])


def _check_checkpoints(machine):
    rules = load_rules([machine.pk], since=BEGINNING)[machine.pk]
    loaded, more = load_samples({machine.pk: BEGINNING}, limit=10_000)
    assert not more
    kept = dict(Checkpoint.objects.values_list("at", "state"))
    state, seen = FoldState(), set()
    told = loaded.get(machine.pk, [])
    for index, one in enumerate(told):
        fold(state, [one], rules)
        if index + 1 == len(told) or told[index + 1].ts != one.ts:
            flush(state, rules)
            if one.ts in kept:
                seen.add(one.ts)
                assert as_stored(state) == kept[one.ts]
    assert seen == set(kept)


def late_stretch(gateway, *, until=3000, hole=(600, 900)):
    """A machine told of live that stands for a while, but for what it made in the hole; returns that and the
    memory."""
    remembering, kept = Memory(), []
    for ts in (*range(0, 1000, 10), *range(1200, until, 10)):
        if hole[0] < ts < hole[1]:
            kept += gateway.cycles(ts)
            continue
        send(gateway.cycles(ts))
        remembering.looked = 0.0
        interpret_dirty(at(ts + 0.1), memory=remembering)
    return kept, remembering


@pytest.fixture
def gateway(db):
    return Gateway(MeasuredMachineFactory(silence_seconds=0))


def read_of(queries, table="machines_sample s"):
    return [one["sql"] for one in queries if f"FROM {table}" in one["sql"] and "unnest" in one["sql"]]


def test_no_more_is_read_again_than_late_samples_can_change(gateway, monkeypatch):
    kept, remembering = late_stretch(gateway)
    far = Cycle.objects.filter(ended_at=at(2500))
    far.update(quantity=9)
    send(kept, 3000)
    remembering.looked = 0.0
    interpret_dirty(at(3001), memory=remembering)
    assert far.get().quantity == 9, "what came much later is not looked at"
    far.update(quantity=1)
    assert Cycle.objects.count() == 280
    send(gateway.cycles(3000))
    with CaptureQueriesContext(connection) as queries:
        interpret_dirty(at(3000.2), memory=remembering)
    assert not read_of(queries), "the machine is still remembered"
    live = everything()
    _check_checkpoints(gateway.machine)
    rebuild(since=None, now=at(3001))
    assert everything()[:2] == live[:2]


def test_what_waits_for_its_turn_is_read_no_further_either(gateway):
    kept, remembering = late_stretch(gateway)
    far = Cycle.objects.filter(ended_at=at(2500))
    far.update(quantity=9)
    send(kept[:10], 3000)
    send([*kept[10:], *gateway.cycles(3000)], 3000)
    interpret_some(at(3000.2), limit=0, memory=remembering)
    assert MachineNow.objects.get().last_sample_at == at(3000), "live data goes on"
    assert Projection.objects.get().dirty_from == at(610)
    remembering.looked = 0.0
    interpret_dirty(at(3001), memory=remembering)
    assert far.get().quantity == 9
    assert Projection.objects.get().dirty_from is None
    far.update(quantity=1)
    live = everything()
    assert len(live[0]) == 281
    rebuild(since=None, now=at(3001))
    assert everything()[:2] == live[:2]


@pytest.mark.parametrize("before", [True, False])
def test_what_somebody_asked_for_is_read_to_the_end_although_late_samples_wait(gateway, before):
    kept, remembering = late_stretch(gateway)
    far = Cycle.objects.filter(ended_at=at(2500))
    far.update(quantity=9)
    if before:
        request_interpretation({gateway.machine.pk: at(2000)})
    send(kept, 3000)
    interpret_some(at(3000.2), limit=0, memory=remembering)
    if not before:
        request_interpretation({gateway.machine.pk: at(2000)})
    remembering.looked = 0.0
    interpret_dirty(at(3001), memory=remembering)
    assert far.get().quantity == 1
    assert Projection.objects.get().dirty_from is None


def test_a_sample_of_the_very_instant_of_a_checkpoint_is_after_none_of_it(gateway):
    """A fence lies strictly after the last sample that came late, and a start strictly before the first."""
    _kept, remembering = late_stretch(gateway, hole=(0, 0))
    border = Checkpoint.objects.order_by("at")[3].at
    seconds = (border - T0).total_seconds()
    send([gateway.sample(seconds, "bad_count", 1), gateway.sample(seconds, "program", "B")], 3000)
    remembering.looked = 0.0
    interpret_dirty(at(3001), memory=remembering)
    live = everything()
    _check_checkpoints(gateway.machine)
    rebuild(since=None, now=at(3001))
    assert everything()[:2] == live[:2]


@pytest.mark.usefixtures("short")
def test_a_rebuilt_stretch_begins_where_raw_samples_are_kept(gateway):
    send(gateway.cycles(*range(0, 600, 10)))
    interpret(600)
    Projection.objects.update(floor_at=Checkpoint.objects.order_by("at")[5].at)
    floor = Projection.objects.get().floor_at
    StoredSample.objects.filter(ts__lte=floor, ts__gte=T0 - timedelta(days=1)).delete()
    live = everything()
    rebuild(since=None, until=at(450), now=at(600))
    assert everything() == live
