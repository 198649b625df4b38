"""What stops a start is said in one sentence."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from mes.runtime.failures import CannotStart
from mes.runtime.layout import LONGEST_SOCKET_PATH, WEB, Layout
from mes.runtime.machine import check_ports, check_python, only_one


@pytest.fixture
def taken_port(monkeypatch):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        number = listener.getsockname()[1]
        monkeypatch.setenv("MES_WEB_PORT", str(number))
        yield number


def test_a_taken_port_is_named_with_the_variable_that_moves_it(taken_port):
    with pytest.raises(CannotStart) as refusal:
        check_ports([WEB])
    assert str(refusal.value) == (
        f"Port {taken_port} (web pages) is taken. Stop what uses it, or choose another: "
        f"MES_WEB_PORT={taken_port + 1} make demo"
    )


def test_a_free_port_passes(taken_port, monkeypatch):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free = probe.getsockname()[1]
    monkeypatch.setenv("MES_WEB_PORT", str(free))
    check_ports([WEB])


def test_an_old_python_is_refused():
    with pytest.raises(CannotStart, match=r"Python 3\.10 is too old: install Python 3\.11"):
        check_python((3, 10))
    check_python((3, 11))


def test_only_one_demo_at_a_time(tmp_path):
    hold = "import sys; from pathlib import Path; from mes.runtime.machine import only_one\n"
    hold += "with only_one(Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout.readline() == "held\n"
        refusal = pytest.raises(CannotStart, match=rf"running already \(process {other.pid}\)")
        with refusal, only_one(tmp_path):
            pass
        other.stdin.close()
    with only_one(tmp_path):
        pass


def test_a_deep_folder_gets_its_socket_under_tmp():
    deep = Layout(Path("/" + "deep/" * 30))
    assert len(str(deep.sockets / ".s.PGSQL.5432")) <= LONGEST_SOCKET_PATH
    assert deep.sockets != Layout(Path("/" + "deep/" * 31)).sockets
    assert Layout(Path("/srv/mes")).sockets == Path("/srv/mes/run")
