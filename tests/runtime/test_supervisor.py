"""Processes stop together, whatever happens to one of them, and none is left behind."""

import os
import signal
import subprocess
import sys

import psutil
import pytest

RUN = """
import os
from mes.runtime.processes import Process
from mes.runtime.supervisor import run_together
texts = {texts!r}
processes = [Process(name, ("-c", text), "x", lambda _: True) for name, text in texts.items()]
raise SystemExit(run_together(processes, os.environ))
"""
FOR_EVER = "import time, sys; print('up', flush=True); time.sleep(600)"
WITH_CHILD = (
    "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)']);"
    "print('up', flush=True); time.sleep(600)"
)


def start(**texts):
    return subprocess.Popen(
        [sys.executable, "-c", RUN.format(texts=texts)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def wait_for(process, text, times=1):
    lines = []
    while sum(text in line for line in lines) < times:
        line = process.stdout.readline()
        assert line, f"ended without {text!r}: {lines}"
        lines.append(line)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_all_and_their_children(number):
    process = start(one=FOR_EVER, two=WITH_CHILD)
    wait_for(process, "| up", times=2)
    family = psutil.Process(process.pid).children(recursive=True)
    assert len(family) >= 5
    os.kill(process.pid, number)
    process.communicate(timeout=240)
    assert process.returncode == 0
    assert not psutil.wait_procs(family, timeout=60)[1]


def test_a_signal_during_the_start_leaves_nothing_behind():
    process = start(**{f"p{i}": FOR_EVER for i in range(6)})
    wait_for(process, "started")
    os.kill(process.pid, signal.SIGINT)
    family = psutil.Process(process.pid).children(recursive=True)
    process.communicate(timeout=240)
    assert process.returncode == 0
    assert not psutil.wait_procs(family, timeout=60)[1]


def test_one_that_fails_stops_the_others_and_is_named():
    process = start(well=FOR_EVER, ill="raise SystemExit(3)")
    output, _ = process.communicate(timeout=240)
    assert process.returncode == 3
    assert "ill ended with 3, so everything was stopped." in output
