"""The file drop: whole files only, damaged lines told and the rest taken, once whatever happens."""

import asyncio
from contextlib import aclosing, suppress
from datetime import UTC, datetime

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from integrations.signals.base import ConnectionLost, Settings
from integrations.signals.file import transport
from integrations.signals.file.decode import BadRow, DamagedFile, Form, Row, rows_of, time_of, value_of
from integrations.signals.file.numbers import REMEMBERED, Numbers

T0 = datetime(2026, 3, 2, 12, tzinfo=UTC)
CSV = b"time;state;good\n2026-03-02T12:00:00Z;RUN;1\n2026-03-02 13:00:05;STOP;2,5\n"


def opened(folder, **options):
    return transport(Settings("drop", str(folder), {"stable_seconds": 0.01, **options}))


async def taken(folder, *, files=1, **options):
    """What is observed until so many files were moved away."""
    observations, undecoded = [], []

    async def collect():
        async with aclosing(opened(folder, **options).observe({})) as batches:
            async for batch in batches:
                observations.extend(batch.observations)
                undecoded.extend(batch.undecoded)

    def moved():
        return sum(1 for name in ("done", "error") for p in (folder / name).glob("*") if p.suffix != ".why")

    task = asyncio.create_task(collect())
    try:
        for _ in range(6000):
            if moved() >= files:
                return observations, undecoded
            if task.done():
                task.result()
            await asyncio.sleep(0.01)
        raise AssertionError("nothing was moved")
    finally:
        task.cancel()


async def test_lines_become_values_and_the_file_goes_to_done(tmp_path):
    (tmp_path / "shift.csv").write_bytes(CSV)
    observations, undecoded = await taken(tmp_path, zone="Europe/Berlin")
    assert [(seen.address, seen.value, seen.seq) for seen in observations] == [
        ("state", "RUN", 1),
        ("good", 1, 1),
        ("state", "STOP", 2),
        ("good", 2.5, 2),
    ]
    assert observations[2].ts == datetime(2026, 3, 2, 12, 0, 5, tzinfo=UTC)
    assert undecoded == []
    assert [path.name[9:] for path in (tmp_path / "done").iterdir()] == ["shift.csv"]


async def test_the_same_content_has_the_same_identity_under_any_name(tmp_path):
    (tmp_path / "a.csv").write_bytes(CSV)
    (tmp_path / "b.csv").write_bytes(CSV)
    observations, _ = await taken(tmp_path, files=2)
    identities = {(seen.epoch, seen.seq, seen.sub) for seen in observations}
    assert len(observations) == 8
    assert len(identities) == 4


async def test_one_file_after_the_other_is_one_run_of_numbering(tmp_path):
    """A new run would mean that the connection was lost between two files."""
    for number in range(3):
        (tmp_path / f"{number}.csv").write_bytes(
            f"time;good\n2026-03-02T12:00:0{number}Z;{number}\n".encode()
        )
    observations, _ = await taken(tmp_path, files=3)
    assert len({seen.epoch for seen in observations}) == 1
    assert sorted(seen.seq for seen in observations) == [1, 2, 3]


async def test_a_file_taken_again_after_a_crash_has_the_numbers_it_had(tmp_path):
    (tmp_path / "a.csv").write_bytes(CSV)
    async with aclosing(opened(tmp_path).observe({})) as batches:
        seen = [await anext(batches), await anext(batches)][1]
    assert (tmp_path / "a.csv").exists(), "not moved yet"
    async with aclosing(opened(tmp_path).observe(seen.cursor)) as batches:
        again = [await anext(batches), await anext(batches)][1]
    assert again.observations == seen.observations


def numbered(numbers, data, form):
    rows = list(rows_of(data, form))
    good = [row for row in rows if isinstance(row, Row)]
    return dict(
        zip([row.line for row in good], numbers.of("hash", good, damaged=len(good) < len(rows)), strict=True)
    )


def test_damaged_lines_that_can_be_read_later_get_numbers_of_their_own():
    data = b"time;name\n2026-03-02T12:00:00Z;a\n2026-03-02T12:00:01Z;\xe4\n2026-03-02T12:00:02Z;b\n"
    numbers = Numbers({})
    before = numbered(numbers, data, Form())
    numbers = Numbers(orjson.loads(orjson.dumps(numbers.as_json())))
    after = numbered(numbers, data, Form(encoding="latin-1"))
    assert sorted(before) == [2, 4]
    assert {line: after[line] for line in before} == before
    assert len(set(after.values())) == 3
    assert not set(after.values()) & set(numbers.of("other", [Row(2, "", T0, {})], damaged=False))


def test_machines_that_share_a_folder_are_numbered_each_without_holes():
    rows = [Row(line, "AB"[line % 2], T0, {}) for line in range(2, 8)]
    assert Numbers({}).of("hash", rows, damaged=False) == [1, 1, 2, 2, 3, 3]


def test_only_the_last_files_are_remembered():
    numbers = Numbers({})
    for number in range(REMEMBERED + 1):
        numbers.of(str(number), [Row(2, "", T0, {})], damaged=False)
    assert len(numbers.as_json()["files"]) == REMEMBERED
    assert numbers.of(str(REMEMBERED), [Row(2, "", T0, {})], damaged=False) == [REMEMBERED + 1]


async def test_damaged_lines_are_named_and_the_rest_is_taken(tmp_path):
    bad = b'12:00;RUN;1\n2026-03-02T12:00:01Z;"open;1\n2026-03-02T12:00:02Z;\xff;1\nshort\n'
    (tmp_path / "shift.csv").write_bytes(CSV + bad + b"2026-03-02T12:00:09Z;RUN;9\n")
    observations, undecoded = await taken(tmp_path)
    assert len(observations) == 6
    assert [one.reason.split(":")[0] for one in undecoded] == [f"shift.csv, line {n}" for n in (4, 5, 6, 7)]
    (why,) = (tmp_path / "error").glob("*.why")
    assert why.read_text().count("shift.csv: line") == 4


async def test_a_file_being_written_waits(tmp_path):
    seen = []

    async def collect():
        async with aclosing(opened(tmp_path, stable_seconds=0.4).observe({})) as batches:
            async for batch in batches:
                seen.extend(batch.observations)

    task = asyncio.create_task(collect())
    with (tmp_path / "slow.csv").open("wb", buffering=0) as file:
        for line in CSV.splitlines(keepends=True):
            file.write(line)
            await asyncio.sleep(0.15)
            assert len(seen) in (0, 4), "never a half file"
    for _ in range(6000):
        if seen:
            break
        await asyncio.sleep(0.01)
    task.cancel()
    assert len(seen) == 4


async def test_names_of_unfinished_files_links_and_folders_are_left_alone(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.csv").write_bytes(CSV)
    folder = tmp_path / "drop"
    folder.mkdir()
    for name in (".hidden.csv", "~lock.csv", "a.csv.tmp", "b.part"):
        (folder / name).write_bytes(CSV)
    (folder / "link.csv").symlink_to(outside / "secret.csv")
    (folder / "sub.csv").mkdir()
    (folder / "good.csv").write_bytes(CSV)
    await taken(folder)
    await asyncio.sleep(0.05)
    assert len(list((folder / "done").iterdir())) == 1
    assert (outside / "secret.csv").exists()


async def test_a_missing_folder_is_a_lost_connection(tmp_path):
    with pytest.raises(ConnectionLost, match="no folder"):
        await opened(tmp_path / "nowhere").browse()


async def test_wrong_settings_are_said(tmp_path):
    with pytest.raises(ConnectionLost, match="time zone"):
        await opened(tmp_path, zone="Mars/Olympus").browse()


async def test_columns_are_offered_with_proposals(tmp_path):
    (tmp_path / "shift.csv").write_bytes(b"time;machine;Status;Gutteile\n2026-03-02T12:00:00Z;M7;RUN;4\n")
    items = await opened(tmp_path, device="machine").browse()
    assert [(item.address, item.device, item.role, item.value) for item in items] == [
        ("M7/Gutteile", "M7", "good_count", 4),
        ("M7/Status", "M7", "state", "RUN"),
    ]


def test_xml_elements_are_rows_and_a_broken_file_is_damaged_as_a_whole():
    form = Form(record="event", time="at")
    event = b'<event at="2026-03-02T12:00:00Z"><state>RUN</state></event>'
    first, second = rows_of(b"<log>" + event + b"<event><state>X</state></event></log>", form)
    assert first.values == {"state": "RUN"}
    assert isinstance(second, BadRow)
    bombs = (b"<log>", b'<!DOCTYPE l [<!ENTITY a "b">]><log>&a;</log>', b"\xff\xff")
    for bad in bombs:
        with pytest.raises(DamagedFile):
            list(rows_of(bad, form))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        ("-3,5", -3.5),
        ("1.234,5", "1.234,5"),
        ("true", True),
        ("4_000", "4_000"),
        ("1e400", float("inf")),
    ],
)
def test_values(text, value):
    assert value_of(text) == value


def test_times_of_the_clock_change_are_read():
    assert time_of("25.10.2026 02:30:00", "Europe/Berlin").hour == 0
    assert time_of("02.03.2026 12:00", "UTC") == datetime(2026, 3, 2, 12, tzinfo=UTC)
    with pytest.raises(ValueError, match="no time"):
        time_of("31.02.2026 12:00:00", "UTC")


@given(st.binary(max_size=400))
def test_any_bytes_are_rows_or_reasons(data):
    for row in rows_of(data, Form()):
        assert isinstance(row, Row | BadRow)
    for row in rows_of(b"time;a\n" + data, Form(delimiter=";")):
        assert isinstance(row, Row | BadRow)
    with suppress(DamagedFile):
        list(rows_of(data, Form(record="e")))
