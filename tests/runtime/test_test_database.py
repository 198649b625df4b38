"""The tests' own database comes and goes with the command that needs it."""

import os
import signal
import subprocess
import sys

import psutil

from mes.runtime.layout import ROOT

SAY_AND_WAIT = (
    "import os, psycopg, time; c = psycopg.connect(os.environ['MES_DATABASE_URL']);"
    "print(c.execute('SELECT pg_backend_pid()').fetchone()[0], flush=True)"
)


def start(tmp_path, text):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("MES_")}
    return subprocess.Popen(
        [sys.executable, "-m", "mes.runtime", "test-db", "--", sys.executable, "-c", text],
        env={**clean, "MES_VAR_DIR": str(tmp_path)},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_the_exit_code_is_the_commands(tmp_path):
    process = start(tmp_path, SAY_AND_WAIT + "; raise SystemExit(5)")
    output, _ = process.communicate(timeout=300)
    assert process.returncode == 5
    assert not psutil.pid_exists(int(output.splitlines()[-1]))
    assert not (tmp_path / "test/postgres/postmaster.pid").exists()


def test_a_stop_reaches_the_command_and_then_the_database(tmp_path):
    process = start(tmp_path, SAY_AND_WAIT + "; time.sleep(600)")
    while not (line := process.stdout.readline()).strip().isdigit():
        assert line
    process.send_signal(signal.SIGTERM)
    assert process.wait(240) != 0
    assert not (tmp_path / "test/postgres/postmaster.pid").exists()
