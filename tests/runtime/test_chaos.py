"""Killing processes and starting them again: what both chaos runs stand on."""

import os
import subprocess
import sys
import threading

import pytest

from mes.runtime.chaos.killer import Killer
from mes.runtime.chaos.processes import MOST_ENDS, Processes
from mes.runtime.failures import CannotStart
from mes.runtime.layout import ROOT

SLEEP = ("-c", "import time; time.sleep(600)")


@pytest.fixture
def run(tmp_path):
    started = []

    def start(**commands):
        processes = Processes(tmp_path, commands, environment={}, break_database=lambda: None)
        started.append(processes)
        processes.start_all()
        return processes

    yield start
    for one in started:
        one.stop()


@pytest.mark.parametrize("module", ["mes.runtime.simulator.chaos", "mes.runtime.erp_chaos.__main__"])
def test_a_run_begins_before_there_is_a_database(module):
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("DJANGO", "MES_"))
    }
    subprocess.run([sys.executable, "-c", f"import {module}"], cwd=ROOT, env=environment, check=True)


def until(condition, seconds=120):
    over = threading.Event()
    for _ in range(seconds * 20):
        if condition():
            return True
        over.wait(0.05)
    return False


def test_what_ended_by_itself_is_started_again(run, tmp_path):
    once = (
        f"import pathlib, sys, time; been = pathlib.Path({str(tmp_path / 'been')!r})\n"
        "been.exists() or sys.exit(been.touch())\ntime.sleep(600)"
    )
    processes = run(once=("-c", once))
    assert until(lambda: processes.tend() or processes.ended["once"] == 1)


def test_what_ends_again_and_again_stops_the_run_with_its_last_words(run):
    processes = run(sound=SLEEP, broken=("-c", "raise SystemExit('No module named mes')"))
    with pytest.raises(CannotStart, match=r"broken ended by itself 5 times .* with 1: No module named mes"):
        until(lambda: processes.tend())
    assert processes.ended == {"sound": 0, "broken": MOST_ENDS}


def test_the_killer_tells_why_it_gave_up(run):
    processes, gave_up = run(broken=("-c", "raise SystemExit(3)")), threading.Event()
    killer = Killer(processes, seed=1, between=(1, 1), done=lambda: (0, 0), failed=gave_up.set)
    killer.start()
    assert gave_up.wait(120)
    assert isinstance(killer.failure, CannotStart)
    killer.finish()


def test_every_part_has_its_turn(run):
    processes, answers = run(one=SLEEP, other=SLEEP), iter(range(10_000))

    def done():
        now = next(answers)
        return now, now

    killer = Killer(processes, seed=1, between=(1, 3), done=done, failed=lambda: None)
    killer.start()
    assert until(lambda: killer.rounds >= 1)
    killer.finish()
    assert killer.failure is None
    assert set(killer.kills) == {"one", "other", "database"}
    assert set(processes.ended.values()) == {0}
