"""The interpreter as it runs in a plant: woken by samples, seeing what time alone changes."""

import threading
import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import OperationalError, connections

from machines.domain import service
from machines.domain.ingest import append
from machines.domain.service import Interpreter
from machines.models import MachineNow
from tests.factories.machines import MeasuredMachineFactory


@pytest.fixture
def interpreter(transactional_db):
    stop = threading.Event()

    def work():
        try:
            Interpreter(stop).run()
        finally:
            connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    yield thread
    stop.set()
    thread.join(90)
    assert not thread.is_alive(), "it stops when told to"


def sample(machine, seq, ts, item="cycle_event", value=True):
    return {
        "machine": machine.code,
        "source": "plc",
        "boot": "b",
        "seq": seq,
        "ts": ts.isoformat(),
        "item": item,
        "value": value,
    }


def wait_for(condition, seconds=120):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.02)


def state():
    now = MachineNow.objects.first()
    return now.state if now else None


def test_a_sample_shows_at_once_and_a_standstill_soon_after_it_is_due(interpreter):
    machine = MeasuredMachineFactory(
        reference_cycle_seconds=Decimal("0.5"), gap_floor_seconds=Decimal(1), micro_stop_seconds=Decimal(3)
    )
    now = datetime.now(UTC)
    append([sample(machine, 1, now - timedelta(seconds=0.5)), sample(machine, 2, now)], now)
    wait_for(state)
    wait_for(lambda: state() == "stop")
    assert MachineNow.objects.get().since == now
    assert (datetime.now(UTC) - now).total_seconds() >= 3


@pytest.mark.parametrize("error", [OperationalError("gone"), ValueError("not understood")])
def test_it_begins_again_after_any_error(interpreter, monkeypatch, error):
    monkeypatch.setattr(service, "PAUSES", (0.1,))
    real, failures = service.interpret_dirty, []

    def lost(*args, **kwargs):
        failures.append(1)
        raise error

    monkeypatch.setattr(service, "interpret_dirty", lost)
    wait_for(lambda: len(failures) > 2)
    monkeypatch.setattr(service, "interpret_dirty", real)
    machine = MeasuredMachineFactory()
    now = datetime.now(UTC)
    append([sample(machine, 1, now)], now)
    wait_for(lambda: state() == "producing" or state() == "unknown")


def test_housekeeping_makes_partitions_and_reports_strays(transactional_db):
    from machines.domain.retention import sample_days

    Interpreter(threading.Event()).look()
    today = datetime.now(UTC).date()
    assert {today + timedelta(days=ahead) for ahead in range(4)} <= set(sample_days())
