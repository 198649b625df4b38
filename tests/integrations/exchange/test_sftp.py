"""Files over a real SSH server: the pinned key, whole files only, a server that dies."""

import uuid

import pytest

from integrations.domain.exchange.places import LocalPlace
from integrations.domain.exchange.servers import look_at_servers
from integrations.domain.exchange.sftp import host_key, session
from integrations.domain.outbox.relay import send_due
from integrations.enums import InboundState, OutboundState
from integrations.models import InboundMessage, OutboundMessage, SftpServer
from mes.lib.errors import MesError
from orders.models import ProductionOrder
from tests.factories.integrations import FileRulesFactory, SftpServerFactory
from tests.integrations.outbox.work import Work
from tests.integrations.plants import idoc_partner
from tests.integrations.test_inbox import loipro
from tests.support.sftp_server import SftpProcess

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    with SftpProcess(tmp_path_factory.mktemp("sftp")) as process:
        yield process


@pytest.fixture
def server(running, monkeypatch):
    """A connection whose folders lie on the running server, in a corner of their own."""
    monkeypatch.setenv("TEST_SFTP_SECRET", "s3cret")
    corner = f"/{uuid.uuid4().hex}"
    partner = idoc_partner(
        inbox_folder=f"{corner}/in", outbox_folder=f"{corner}/out", confirm_every_seconds=0
    )
    place = running.root / corner[1:] / "in"
    place.mkdir(parents=True)
    server = SftpServerFactory(connection=partner, port=running.port, host_key=running.host_key)
    FileRulesFactory(connection=partner, completion="trigger", acknowledge=True)
    server.inbox, server.outbox = place, place.parent / "out"
    return server


def put(server, name, body):
    (server.inbox / name).write_bytes(body)
    (server.inbox / f"{name}.ready").touch()


def names(folder):
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


def look():
    SftpServer.objects.update(looked_at=None)
    return look_at_servers({})


def problem_of(server):
    return SftpServer.objects.get(pk=server.pk).problem


def test_files_are_taken_in_order_archived_and_acknowledged(server):
    put(server, "b.xml", loipro("2"))
    put(server, "a.xml", loipro("1"))
    (server.inbox / "c.xml").write_bytes(b"without its trigger")
    assert look() == 2
    assert list(ProductionOrder.objects.order_by("pk").values_list("number", flat=True)) == ["1", "2"]
    assert names(server.inbox / "archive") == ["a.xml", "b.xml"]
    assert [path.name for path in server.inbox.iterdir() if path.is_file()] == ["c.xml"]
    answer = next((server.inbox / "ack").glob("a.xml.*.csv")).read_text("utf-8-sig")
    assert ";applied;" in answer
    assert problem_of(server) == ""


def test_a_refused_file_gets_its_reasons_on_the_server(server):
    put(server, "a.xml", loipro("1", GAMNG="3.000-"))
    assert look() == 1
    assert names(server.inbox / "error") == ["a.xml", "a.xml.txt"]
    assert "E1AFKOL/GAMNG" in (server.inbox / "error/a.xml.txt").read_text()


def test_links_are_not_followed(server, tmp_path):
    (tmp_path / "secret.xml").write_bytes(loipro("1"))
    (server.inbox / "a.xml").symlink_to(tmp_path / "secret.xml")
    (server.inbox / "a.xml.ready").touch()
    assert look() == 0


def test_it_is_asked_no_more_often_than_agreed(server):
    look_at_servers({})
    put(server, "a.xml", loipro("1"))
    assert look_at_servers({}) == 0
    assert look() == 1


def test_another_host_key_is_refused(server):
    other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGyFGyP4lSgEXpwx5OBdRC9s0bL2nqBUJrQqWWQQc4T4"
    SftpServer.objects.update(host_key=other)
    put(server, "a.xml", loipro("1"))
    assert look() == 0
    assert "host key" in problem_of(server)
    assert InboundMessage.objects.count() == 0


def test_a_wrong_password_is_a_problem_not_a_crash(server, monkeypatch):
    monkeypatch.setenv("TEST_SFTP_SECRET", "guessed")
    assert look() == 0
    assert "uthentication" in problem_of(server)


def test_confirmations_appear_under_their_final_name_with_a_trigger(server):
    work = Work(server.connection)
    work.start()
    work.report(10)
    work.tell()
    while send_due():
        pass
    (message,) = OutboundMessage.objects.filter(canonical__good="10.000")
    assert message.state == OutboundState.DELIVERED
    assert {message.answer, f"{message.answer}.ready"} <= set(names(server.outbox))
    assert not list((server.outbox / ".spool").iterdir())


def test_what_was_published_before_the_line_broke_is_not_sent_twice(server, monkeypatch):
    """The rename was done, its answer lost, and the partner has taken the file away since."""
    from integrations.domain.outbox import drop

    work = Work(server.connection)
    work.start()
    work.report(10)
    (message,) = (one for one in work.tell() if one.canonical["good"] == "10.000")
    published = drop.publish

    def broken(*args):
        published(*args)
        raise OSError("the line broke")

    monkeypatch.setattr(drop, "publish", broken)
    send_due()
    monkeypatch.undo()
    monkeypatch.setenv("TEST_SFTP_SECRET", "s3cret")
    message.refresh_from_db()
    assert message.state == OutboundState.QUEUED
    taken = [path for path in server.outbox.iterdir() if path.is_file()]
    assert taken
    for path in taken:
        path.unlink()
    OutboundMessage.objects.update(next_try_at=message.created_at)
    while send_due():
        pass
    message.refresh_from_db()
    assert message.state == OutboundState.DELIVERED
    assert not (server.outbox / message.answer).exists()


def test_a_killed_server_lets_everything_wait(tmp_path, monkeypatch):
    monkeypatch.setenv("TEST_SFTP_SECRET", "s3cret")
    partner = idoc_partner(inbox_folder="/in", outbox_folder="/out", confirm_every_seconds=0)
    with SftpProcess(tmp_path) as process:
        server = SftpServerFactory(connection=partner, port=process.port, host_key=process.host_key)
        with session(server, "/in") as place:
            place.write("a.xml", loipro("1"))
            process.kill()
            with pytest.raises(OSError, match=r"\w"):
                place.read("a.xml")
    assert look() == 0
    assert problem_of(server)
    works = [Work(partner, order__number=str(7000 + n)) for n in range(2)]
    for work in works:
        work.start()
        work.report(3)
        work.tell()
    send_due()
    assert set(OutboundMessage.objects.values_list("state", flat=True)) == {OutboundState.QUEUED}
    assert all("reached" in problem for problem in OutboundMessage.objects.values_list("problem", flat=True))


def test_both_places_behave_alike(server, tmp_path):
    local = LocalPlace(tmp_path / "place")
    with session(server, server.connection.outbox_folder) as remote:
        for place in (local, remote):
            place.write("deep/er/a.txt", b"one")
            place.write("deep/er/a.txt", b"two")
            place.move("deep/er/a.txt", "a.txt")
            place.write("b.txt", b"")
            assert [(one.name, one.size) for one in place.entries()] == [("a.txt", 3), ("b.txt", 0)]
            assert place.read("a.txt").body == b"two"
            assert place.exists("a.txt")
            assert not place.exists("deep/er/a.txt")
            with pytest.raises(FileNotFoundError):
                place.move("deep/er/a.txt", "c.txt")
            with pytest.raises(FileNotFoundError):
                place.read("c.txt")
            for bad in ("../a.txt", "..", "a\x00b"):
                with pytest.raises(OSError, match="not a file name"):
                    place.read(bad)
            place.remove("a.txt")
            place.remove("a.txt")
            assert not place.exists("a.txt")


@pytest.mark.parametrize("text", ["", "ssh-ed25519", "ssh-ed25519 not base64", "AAAAC3NzaC1l", "x y z"])
def test_what_is_no_host_key_is_said(text):
    with pytest.raises(MesError):
        host_key(text)


def test_an_inbox_message_of_a_server_can_be_replayed(server):
    put(server, "a.xml", loipro("1"))
    look()
    assert InboundMessage.objects.get().state == InboundState.APPLIED
