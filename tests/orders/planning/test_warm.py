"""What is compiled ahead is all that a search needs, whatever the shop."""

import subprocess
import sys

from mes.runtime.layout import ROOT


def test_no_search_waits_for_a_compiler_after_it():
    """In a process of its own: others have searched before in this one."""
    command = [sys.executable, "-m", "tests.orders.planning.late_compiled"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines() == ["none"]
