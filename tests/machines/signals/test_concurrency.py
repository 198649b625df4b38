"""Several doors at once: each sample is taken by one of them, nobody waits for ever."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from django.db import connections

from machines.domain.ingest import append
from machines.domain.interpret import interpret_dirty
from machines.models import Cycle, Sample
from tests.factories.machines import MeasuredMachineFactory

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


def together(count, work):
    def one(number):
        try:
            return work(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def batch(codes, numbers):
    return [
        {
            "machine": code,
            "source": "plc",
            "boot": "b",
            "seq": number,
            "ts": (NOW + timedelta(seconds=number)).isoformat(),
            "item": "cycle_event",
            "value": True,
        }
        for number in numbers
        for code in codes
    ]


def test_eight_doors_with_the_same_batch_in_other_orders(transactional_db):
    codes = [MeasuredMachineFactory().code for _ in range(5)]
    rows = batch(codes, range(20))

    def send(number):
        mine = rows[number:] + rows[:number] if number % 2 else rows[::-1]
        return [answer.outcome for answer in append(mine, NOW + timedelta(seconds=20))]

    outcomes = [outcome for answers in together(8, send) for outcome in answers]
    assert (outcomes.count("accepted"), outcomes.count("duplicate")) == (100, 700)
    assert Sample.objects.filter(ts__gte=NOW).count() == 100


def test_doors_and_interpreters_at_once_end_in_the_same_cycles(transactional_db):
    codes = [MeasuredMachineFactory(silence_seconds=0).code for _ in range(3)]
    rows = batch(codes, range(120))

    def work(number):
        if number % 2:
            for _ in range(10):
                interpret_dirty(NOW + timedelta(seconds=200))
            return
        for start in range(number * 15, len(rows), 60):
            append(rows[start : start + 15], NOW + timedelta(seconds=200))

    together(8, work)
    append(rows, NOW + timedelta(seconds=200))
    interpret_dirty(NOW + timedelta(seconds=200))
    assert Cycle.objects.count() == 360
