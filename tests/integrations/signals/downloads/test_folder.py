"""A program in the DNC folder: whole or not at all, proved by its bytes."""

import hashlib
from dataclasses import replace
from decimal import Decimal

import orjson
import pytest

from integrations.signals.downloads.base import CannotSend, Load
from integrations.signals.downloads.folder import send_to_folder

CONTENT = b"%\nO1234\nM30\n%\n"
LOAD = Load(
    id="a" * 32,
    machine="P1",
    order="4711",
    operation="0010",
    item="RING",
    quantity=Decimal(100),
    program="O1234",
    revision="B",
    sha256=hashlib.sha256(CONTENT).hexdigest(),
    file_name="O1234.NC",
    content=CONTENT,
    parameters={"force": "200"},
)


@pytest.fixture
def place(tmp_path):
    (tmp_path / "press").mkdir()
    return tmp_path


def test_the_file_lies_there_whole_and_reads_back(place):
    sent = send_to_folder(LOAD, root=place, folder="press")
    assert sent.read_back == {"sha256": LOAD.sha256}
    assert sent.old == {"sha256": ""}
    assert [file.name for file in (place / "press").iterdir()] == ["O1234.NC"]
    assert (place / "press" / "O1234.NC").read_bytes() == CONTENT


def test_what_was_there_is_noted_and_replaced_by_rename(place):
    target = place / "press" / "O1234.NC"
    target.write_bytes(b"old")
    with target.open("rb") as reading:
        sent = send_to_folder(LOAD, root=place, folder="press")
        assert reading.read() == b"old", "who reads the old file still has all of it"
    assert sent.old == {"sha256": hashlib.sha256(b"old").hexdigest()}
    assert target.read_bytes() == CONTENT


def test_the_same_file_is_not_written_again(place):
    send_to_folder(LOAD, root=place, folder="press")
    target = place / "press" / "O1234.NC"
    before = target.stat()
    assert send_to_folder(LOAD, root=place, folder="press").read_back == {"sha256": LOAD.sha256}
    assert target.stat().st_ino == before.st_ino


def test_the_parameters_can_lie_beside_it(place):
    send_to_folder(LOAD, root=place, folder="press", parameters_file=True)
    beside = orjson.loads((place / "press" / "O1234.NC.json").read_bytes())
    assert (beside["parameters"], beside["revision"]) == ({"force": "200"}, "B")


@pytest.mark.parametrize(
    ("folder", "changes", "words", "again"),
    [
        ("press", {"content": None}, "no file for program O1234 B", False),
        ("gone", {}, "isn't there", True),
        ("../outside", {}, "doesn't lie below", False),
        ("", {}, "doesn't lie below", False),
        ("press", {"file_name": "../x"}, "no file name", False),
        ("press", {"file_name": ".hidden"}, "no file name", False),
    ],
)
def test_what_can_not_be_sent_says_why(place, folder, changes, words, again):
    with pytest.raises(CannotSend, match=words) as refused:
        send_to_folder(replace(LOAD, **changes), root=place, folder=folder)
    assert refused.value.again is again
    assert list((place / "press").iterdir()) == []


def test_a_share_that_takes_nothing_is_tried_again(place):
    (place / "press" / "O1234.NC").mkdir()
    with pytest.raises(CannotSend, match="can't be written") as refused:
        send_to_folder(LOAD, root=place, folder="press")
    assert refused.value.again
