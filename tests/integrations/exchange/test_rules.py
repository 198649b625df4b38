"""What was agreed about files: when one is complete and whole, its number, its answer."""

import csv
import fcntl
import hashlib
import io

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from integrations.domain.exchange.answers import acknowledgement
from integrations.domain.exchange.folder import Folder
from integrations.domain.exchange.rules import file_number, split_trailer, trailer_problem, with_trailer
from integrations.domain.outbox.relay import send_due
from integrations.enums import FileOutcome, InboundState
from integrations.models import FileRules, InboundMessage, OutboundMessage, ReceivedFile
from integrations.queries.files import missing_numbers
from orders.models import ProductionOrder
from tests.factories.integrations import FileRulesFactory, InboundMessageFactory, ReceivedFileFactory
from tests.integrations.outbox.work import Work
from tests.integrations.plants import csv_partner, idoc_partner
from tests.integrations.test_inbox import loipro

HEADER = "order_number;item;order_quantity\r\n"


@pytest.fixture
def root(tmp_path, settings):
    settings.INBOX_DIR, settings.OUTBOX_DIR = tmp_path / "in", tmp_path / "out"
    return tmp_path


def folder_with(root, partner=None, **rules):
    partner = partner or idoc_partner()
    FileRulesFactory(connection=partner, **rules)
    folder = Folder.of(partner)
    folder.place.path.mkdir(parents=True)
    return folder


def settle(folder, start=0.0):
    return folder.scan(now=start) + folder.scan(now=start + 5)


def put(folder, name, body=b""):
    (folder.place.path / name).write_bytes(body)


def left(folder):
    return sorted(path.name for path in folder.place.path.iterdir() if path.is_file())


def names(folder, where):
    return sorted(path.name for path in (folder.place.path / where).rglob("*") if path.is_file())


def order_rows(*numbers):
    return HEADER + "".join(f"{number};VALVE;5\r\n" for number in numbers)


@pytest.mark.django_db
@pytest.mark.parametrize("trigger", ["a.xml.ok", "a.ok"])
def test_a_trigger_file_says_that_a_file_is_complete(root, trigger):
    folder = folder_with(root, completion="trigger", ready_suffix=".ok")
    put(folder, "a.xml", loipro("1"))
    assert settle(folder) == 0
    put(folder, trigger)
    assert folder.scan(now=100) == 1
    assert left(folder) == []
    assert names(folder, "archive") == ["a.xml"]


@pytest.mark.django_db
def test_a_name_with_the_ready_suffix_says_that_a_file_is_complete(root):
    folder = folder_with(root, completion="renamed")
    put(folder, "a.xml", loipro("1"))
    assert settle(folder) == 0
    (folder.place.path / "a.xml").rename(folder.place.path / "a.xml.ready")
    assert folder.scan(now=100) == 1
    assert names(folder, "archive") == ["a.xml"]
    assert InboundMessage.objects.get().name == "a.xml"


@pytest.mark.django_db
def test_a_file_must_stand_still_as_long_as_agreed(root):
    folder = folder_with(root, settle_seconds=60)
    put(folder, "a.xml", loipro("1"))
    assert [folder.scan(now=0), folder.scan(now=59), folder.scan(now=60)] == [0, 0, 1]


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["md5", "sha256"])
def test_the_hash_beside_a_file_is_checked(root, kind):
    folder = folder_with(root, check_by=kind)
    body = loipro("1")
    put(folder, "a.xml", body)
    assert settle(folder) == 0, "without its hash it isn't complete"
    put(folder, f"a.xml.{kind}", f"{hashlib.new(kind, body).hexdigest().upper()} *a.xml\n".encode())
    assert folder.scan(now=100) == 1
    assert names(folder, "archive") == ["a.xml", f"a.xml.{kind}"]
    assert left(folder) == []


@pytest.mark.django_db
def test_a_file_with_another_hash_is_refused_until_it_comes_whole(root):
    folder = folder_with(root, check_by="md5")
    body = loipro("1")
    put(folder, "a.xml", body)
    put(folder, "a.xml.md5", b"0" * 32)
    settle(folder)
    message = InboundMessage.objects.get()
    assert (message.state, message.problems[0]["code"]) == (InboundState.REFUSED, "wrong_checksum")
    assert names(folder, "error") == ["a.xml", "a.xml.md5", "a.xml.txt"]
    assert not ProductionOrder.objects.exists()
    put(folder, "a.xml", body)
    put(folder, "a.xml.md5", hashlib.md5(body).hexdigest().encode())
    settle(folder, 100)
    assert ProductionOrder.objects.get().number == "1"
    outcomes = ReceivedFile.objects.order_by("pk").values_list("outcome", flat=True)
    assert outcomes[0] == FileOutcome.BROKEN


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("trailer", "code"),
    [("TRAILER;2\r\n", None), ("TRAILER;3", "wrong_row_count"), ("", "trailer_missing")],
)
def test_the_row_count_of_the_trailer_is_checked(root, trailer, code):
    folder = folder_with(root, csv_partner(), check_by="trailer")
    put(folder, "a.csv", (order_rows("1", "2") + trailer).encode())
    settle(folder)
    message = InboundMessage.objects.get()
    assert [problem["code"] for problem in message.problems] == ([code] if code else [])
    assert ProductionOrder.objects.count() == (0 if code else 2)
    assert bytes(message.body).decode().endswith(trailer), "kept as it came"


@given(rows=st.integers(0, 30), header=st.integers(0, 2), end=st.sampled_from(["", "\r\n", "\n"]))
def test_our_trailer_is_one_that_we_would_accept(rows, header, end):
    rules = FileRules(check_by="trailer", header_rows=header)
    body = end.join(["x;y"] * (rows + header)) if end == "" else f"x;y{end}" * (rows + header)
    rows_of_body = len([line for line in body.splitlines() if line])
    if rows_of_body < header:
        return
    ours = with_trailer(body.encode(), rules)
    assert trailer_problem(ours, rules) is None
    assert split_trailer(ours, rules)[0].strip() == body.encode().strip()


@pytest.mark.parametrize(
    ("pattern", "name", "number"),
    [
        ("ORDERS_{n}_*.csv", "ORDERS_000017_20260102.csv", 17),
        ("ORDERS_{n}_*.csv", "ORDERS_x_20260102.csv", None),
        ("{n}.xml", "9.xml", 9),
        ("{n}.xml", "9xxml", None),
        ("*{n}", "a" * 250 + "7", 7),
        ("", "7", None),
    ],
)
def test_the_number_in_a_name(pattern, name, number):
    assert file_number(name, FileRules(number_pattern=pattern)) == number


@pytest.mark.django_db
def test_numbered_files_are_taken_by_number_and_a_gap_is_seen_but_refuses_nothing(root):
    folder = folder_with(root, csv_partner(), number_pattern="O_{n}.csv")
    for number in (10, 9, 12):
        put(folder, f"O_{number}.csv", order_rows(number).encode())
    assert settle(folder) == 3
    assert list(ProductionOrder.objects.order_by("pk").values_list("number", flat=True)) == ["9", "10", "12"]
    assert missing_numbers(folder.connection) == [(11, 11)]
    put(folder, "O_11.csv", order_rows(11).encode())
    settle(folder, 100)
    assert missing_numbers(folder.connection) == []


@pytest.mark.django_db
def test_gaps_are_told_as_ranges_and_settled_ones_no_more():
    rules = FileRulesFactory(number_pattern="{n}")
    message = InboundMessageFactory(connection=rules.connection)
    for number in (1, 2, 7, 9):
        ReceivedFileFactory(message=message, number=number)
    assert missing_numbers(rules.connection) == [(3, 6), (8, 8)]
    rules.numbers_from = 7
    rules.save()
    assert missing_numbers(rules.connection) == [(8, 8)]


@pytest.mark.django_db
def test_the_same_content_is_skipped_and_another_of_the_same_name_is_a_version(root):
    folder = folder_with(root)
    for start, body in ((0, loipro("1")), (100, loipro("1")), (200, loipro("2"))):
        put(folder, "a.xml", body)
        settle(folder, start)
    files = ReceivedFile.objects.order_by("pk")
    assert [file.outcome for file in files] == ["new", "skipped", "version"]
    assert "received before" in files[1].remark
    assert "new version" in files[2].remark
    assert InboundMessage.objects.count() == 2


@pytest.mark.django_db
def test_an_acknowledgement_says_what_became_of_a_file(root):
    folder = folder_with(root, csv_partner(), acknowledge=True)
    put(folder, "good.csv", order_rows("1").encode())
    put(folder, "bad.csv", (HEADER + "2;VALVE;=1+1\r\n").encode())
    settle(folder)
    answers = {}
    for path in (folder.place.path / "ack").iterdir():
        (row,) = csv.DictReader(io.StringIO(path.read_text("utf-8-sig")), delimiter=";")
        answers[row["file"]] = row
    assert (answers["good.csv"]["state"], answers["good.csv"]["applied"]) == ("applied", "1")
    assert (answers["bad.csv"]["state"], answers["bad.csv"]["row"]) == ("refused", "2")
    assert answers["bad.csv"]["field"] == "order_quantity"


def test_nothing_in_an_acknowledgement_runs_as_a_formula():
    problem = {"row": 1, "field": "@x", "value": "", "message": "=cmd|' /C calc'!A0"}
    message = InboundMessageFactory.build(connection=None, problems=[problem], results=[], state="refused")
    (row,) = csv.DictReader(
        io.StringIO(acknowledgement(message, "+a.csv", FileOutcome.NEW, "").decode("utf-8-sig")),
        delimiter=";",
    )
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row.values())


@pytest.mark.django_db
def test_an_appended_file_is_copied_emptied_and_kept(root):
    folder = folder_with(root, csv_partner(), appended="orders.csv")
    path = folder.place.path / "orders.csv"
    for start, number in ((0, "1"), (100, "2")):
        with path.open("ab") as file:
            file.write(order_rows(number).encode())
        settle(folder, start)
        assert path.read_bytes() == b""
    assert sorted(ProductionOrder.objects.values_list("number", flat=True)) == ["1", "2"]


@pytest.mark.django_db
def test_an_appended_file_that_is_locked_waits(root):
    folder = folder_with(root, csv_partner(), appended="orders.csv")
    put(folder, "orders.csv", order_rows("1").encode())
    with (folder.place.path / "orders.csv").open("r+b") as partner:
        fcntl.flock(partner, fcntl.LOCK_EX)
        assert settle(folder) == 0
    assert settle(folder, 100) == 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("rules", "expected"),
    [
        ({"check_by": "sha256"}, {".xml", ".sha256"}),
        ({"completion": "trigger", "ready_suffix": ".go"}, {".xml", ".go"}),
        ({"completion": "renamed"}, {".ready"}),
    ],
)
def test_our_files_follow_the_same_rules(root, rules, expected):
    partner = idoc_partner(confirm_every_seconds=0)
    FileRulesFactory(connection=partner, **rules)
    work = Work(partner)
    work.start()
    work.report(10)
    work.tell()
    while send_due():
        pass
    out = root / "out" / partner.outbox_folder
    shown = [path for path in out.iterdir() if path.is_file()]
    assert {path.suffix for path in shown} == expected
    assert set(OutboundMessage.objects.values_list("state", flat=True)) == {"delivered"}
    if rules.get("check_by"):
        (data,) = (path for path in shown if path.suffix == ".xml")
        digest = hashlib.sha256(data.read_bytes()).hexdigest()
        assert data.with_name(data.name + ".sha256").read_text() == f"{digest}  {data.name}\n"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "values",
    [
        {"number_pattern": "orders_*.csv"},
        {"ready_suffix": ""},
        {"check_by": "trailer", "trailer_mark": ""},
        {"appended": "a.csv", "completion": "trigger"},
        {"appended": "a.csv", "check_by": "md5"},
    ],
)
def test_rules_that_make_no_sense_are_refused(values):
    rules = FileRulesFactory()
    for name, value in values.items():
        setattr(rules, name, value)
    with pytest.raises(ValidationError):
        rules.full_clean()
