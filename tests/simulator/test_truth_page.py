"""The truth as a page and as a file that is read again."""

from datetime import UTC, datetime

from mes.runtime.simulator.chaos import Outcome
from mes.runtime.simulator.report import Comparison, Report
from mes.runtime.truth import page
from mes.runtime.truth.recorded import Recorded

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def outcome(**changes):
    row = Comparison("PRESS-1", true_pieces=100, counted=100, right=100, stops=4, stops_seen=4)
    row.micro_stops = row.micro_stops_seen = 9
    row.oee, row.true_oee = 0.701, 0.700
    for name, value in changes.items():
        setattr(row, name, value)
    total = Comparison(**{**{name: getattr(row, name) for name in Comparison.__slots__}, "machine": "total"})
    return Outcome(Report(NOON, NOON.replace(hour=18), [row], total), {"web": 3}, 1)


def test_goals_hold_only_when_each_does():
    assert outcome().holds
    assert not outcome(counted=99).holds
    assert not outcome(stops_seen=3).holds
    assert not outcome(micro_stops_seen=8).holds
    assert not outcome(right=90, wrong=10).holds
    assert not outcome(oee=0.71).holds
    dirty = outcome()
    dirty.books = "K1 differs"
    assert not dirty.holds


def test_a_day_of_chaos_is_kept_and_shown(tmp_path, monkeypatch):
    monkeypatch.setattr(page, "FOLDER", tmp_path)
    monkeypatch.setattr(page, "CHAOS", tmp_path / "chaos.json")
    assert page.last_chaos() is None
    page.keep_chaos(outcome())
    kept = page.last_chaos()
    assert kept == outcome()
    written = page.write_page(
        [("A day of chaos", kept.report)], [Recorded("Box OP1", 3, 3, 2, 0, 8, 8)]
    ).read_text()
    for text in ("A day of chaos", "PRESS-1", "100.0 %", "0.10", "Box OP1", '<td class="bad">5</td>'):
        assert text in written
