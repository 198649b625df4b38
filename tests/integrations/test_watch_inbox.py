"""The watched folder: only complete files, nothing lost, nothing taken twice."""

import os
from datetime import UTC, datetime

import pytest

from integrations.domain import inbox
from integrations.domain.exchange import folder as folders_module
from integrations.domain.exchange import places
from integrations.domain.exchange.folder import Folder
from integrations.domain.exchange.places import LocalPlace
from integrations.domain.exchange.rules import Look
from integrations.enums import InboundState
from integrations.management.commands.watch_inbox import look
from integrations.models import InboundMessage
from mes.lib.errors import MesError
from orders.models import ProductionOrder
from tests.factories.orders import ItemFactory
from tests.integrations.plants import csv_partner, idoc_partner
from tests.integrations.test_inbox import loipro

pytestmark = pytest.mark.django_db


@pytest.fixture
def root(tmp_path, settings):
    settings.INBOX_DIR = tmp_path / "inbox"
    return settings.INBOX_DIR


@pytest.fixture
def folder(root):
    folder = Folder.of(idoc_partner())
    folder.place.path.mkdir(parents=True)
    return folder


def settle(folder, start=0.0):
    """Look twice, with the settling time between."""
    return folder.scan(now=start) + folder.scan(now=start + 2.5)


def archived(folder):
    return sorted(path.name for path in folder.place.path.glob("archive/*/*/*/*"))


def refused(folder):
    return sorted(path.name for path in folder.place.path.glob("error/*"))


def test_a_file_is_taken_and_archived_by_day(folder):
    (folder.place.path / "a.xml").write_bytes(loipro("1"))
    assert settle(folder) == 1
    assert ProductionOrder.objects.get().number == "1"
    today = datetime.now(UTC)
    assert (folder.place.path / f"archive/{today:%Y/%m/%d}/a.xml").is_file()
    assert list(folder.place.path.glob("*.xml")) == []


def test_a_file_that_still_grows_is_left_alone(folder):
    file = folder.place.path / "a.xml"
    body = loipro("1")
    file.write_bytes(body[:100])
    folder.scan(now=0)
    file.write_bytes(body)
    assert folder.scan(now=2.5) == 0
    assert folder.scan(now=4.0) == 0
    assert folder.scan(now=5.0) == 1
    assert InboundMessage.objects.get().state == InboundState.APPLIED


@pytest.mark.parametrize("name", ["a.xml.tmp", "a.part", ".hidden", "~lock", "a.FILEPART", "x.swp"])
def test_unfinished_names_are_left_alone(folder, name):
    (folder.place.path / name).write_bytes(loipro("1"))
    assert settle(folder) == 0
    assert (folder.place.path / name).exists()


def test_a_renamed_file_is_taken(folder):
    (folder.place.path / "a.tmp").write_bytes(loipro("1"))
    folder.scan(now=0)
    (folder.place.path / "a.tmp").rename(folder.place.path / "a.xml")
    assert settle(folder, start=10) == 1


def test_a_refused_file_gets_a_text_beside_it(folder):
    (folder.place.path / "a.xml").write_bytes(loipro("1", GAMNG="3.000-"))
    settle(folder)
    assert refused(folder) == ["a.xml", "a.xml.txt"]
    lines = (folder.place.path / "error/a.xml.txt").read_text().splitlines()
    assert lines[0].split("\t") == ["file", "row", "field", "value", "reason"]
    name, row, field, value, reason = lines[1].split("\t")
    assert (name, row, field, value) == ("a.xml", "1", "E1AFKOL/GAMNG", "3.000-")
    assert "negative" in reason


def test_a_partly_applied_file_lies_with_the_errors(folder):
    body = loipro("1", "2").replace(b"<AUFNR>2</AUFNR>", b"<AUFNR></AUFNR>")
    (folder.place.path / "a.xml").write_bytes(body)
    settle(folder)
    assert refused(folder) == ["a.xml", "a.xml.txt"]
    assert ProductionOrder.objects.get().number == "1"


def test_a_duplicate_is_archived_and_said_so(folder):
    for start, name in ((0, "a.xml"), (10, "b.xml")):
        (folder.place.path / name).write_bytes(loipro("1"))
        settle(folder, start)
    assert archived(folder) == ["a.xml", "b.xml", "b.xml.txt"]
    note = next(folder.place.path.glob("archive/*/*/*/b.xml.txt")).read_text()
    assert "received before" in note
    assert ProductionOrder.objects.get().events.count() == 1


def test_the_same_name_with_other_content_is_another_message(folder):
    for start, number in ((0, "1"), (10, "2")):
        (folder.place.path / "a.xml").write_bytes(loipro(number))
        settle(folder, start)
    assert archived(folder) == ["a.2.xml", "a.2.xml.txt", "a.xml"]
    assert ProductionOrder.objects.count() == 2


def test_a_file_that_waits_may_be_dropped_again_after_a_fix(folder):
    for start in (0, 10):
        (folder.place.path / "a.xml").write_bytes(loipro("1", MATNR="NEWITEM"))
        settle(folder, start)
        ItemFactory(code="NEWITEM")
    assert ProductionOrder.objects.get().item.code == "NEWITEM"
    assert archived(folder) == ["a.2.xml", "a.2.xml.txt", "a.xml"]


def test_links_and_folders_are_left_alone(folder, tmp_path):
    secret = tmp_path / "secret.xml"
    secret.write_bytes(loipro("1"))
    (folder.place.path / "link.xml").symlink_to(secret)
    (folder.place.path / "dir.xml").mkdir()
    os.mkfifo(folder.place.path / "pipe.xml")
    assert settle(folder) == 0
    assert InboundMessage.objects.count() == 0


def test_a_link_put_in_place_after_the_listing_is_not_followed(folder, tmp_path, monkeypatch):
    secret = tmp_path / "secret.xml"
    secret.write_bytes(loipro("1"))
    file = folder.place.path / "a.xml"
    file.write_bytes(b"x")
    original = LocalPlace.read

    def swapped(self, name):
        (self.path / name).unlink()
        (self.path / name).symlink_to(secret)
        return original(self, name)

    monkeypatch.setattr(LocalPlace, "read", swapped)
    assert settle(folder) == 0
    assert InboundMessage.objects.count() == 0


@pytest.mark.parametrize("name", ["../outside", "/etc", "", ".", "a/../.."])
def test_a_folder_outside_is_refused(root, name):
    with pytest.raises(MesError):
        Folder.of(idoc_partner(inbox_folder=name))


def test_a_name_with_line_breaks_does_not_break_the_note(folder):
    (folder.place.path / "a\nb.xml").write_bytes(b"<broken")
    settle(folder)
    assert len(next(folder.place.path.glob("error/*.txt")).read_text().splitlines()) == 2


def test_a_file_too_large_is_refused_unread_and_remembered(folder, monkeypatch):
    monkeypatch.setattr(places, "LARGEST", 100)
    (folder.place.path / "a.xml").write_bytes(b"x" * 101)
    settle(folder)
    message = InboundMessage.objects.get()
    assert (message.state, message.size, bytes(message.body)) == (InboundState.REFUSED, 101, b"")
    assert "101" in message.problems[0]["message"]
    assert refused(folder) == ["a.xml", "a.xml.txt"]


@pytest.mark.parametrize("step", ["_receive", "process", "_put_away", "rename"])
def test_killed_at_any_step_the_file_is_applied_once(folder, monkeypatch, step):
    (folder.place.path / "a.xml").write_bytes(loipro("1", "2"))

    def die_after(original):
        def dying(*args, **kwargs):
            original(*args, **kwargs)
            raise SystemExit

        return dying

    if step == "process":
        monkeypatch.setattr(inbox, "process", die_after(inbox.process))
    elif step == "rename":
        monkeypatch.setattr(folders_module, "note", die_after(folders_module.note))
    else:
        monkeypatch.setattr(Folder, step, die_after(getattr(Folder, step)))
    with pytest.raises(SystemExit):
        settle(folder)
    monkeypatch.undo()
    look({})
    settle(Folder.of(folder.connection), start=10)
    assert ProductionOrder.objects.count() == 2
    assert all(order.events.count() == 1 for order in ProductionOrder.objects.all())
    assert "a.xml" in archived(folder)
    assert not (folder.place.path / "a.xml").exists()


def test_two_watchers_do_no_harm(folder):
    (folder.place.path / "a.xml").write_bytes(loipro("1"))
    second = Folder.of(folder.connection)
    folder.scan(now=0)
    second.scan(now=0)
    assert folder.scan(now=2.5) + second.scan(now=2.5) == 1
    assert InboundMessage.objects.count() == 1


def test_one_round_serves_every_active_connection(root):
    for partner, body in (
        (idoc_partner(inbox_folder="one"), loipro("1")),
        (csv_partner(inbox_folder="two"), b"order_number;item;order_quantity\r\n2;VALVE;5\r\n"),
        (idoc_partner(inbox_folder="three", active=False), loipro("3")),
        (idoc_partner(inbox_folder="../outside"), loipro("4")),
    ):
        place = root / partner.inbox_folder
        place.mkdir(parents=True, exist_ok=True)
        (place / "file").write_bytes(body)
    folders = {}
    look(folders)
    for folder in folders.values():
        folder.seen = {name: Look(one.size, one.changed, one.since - 10) for name, one in folder.seen.items()}
    look(folders)
    assert sorted(ProductionOrder.objects.values_list("number", flat=True)) == ["1", "2"]
