"""What the simulated plant measures is what the demo's inspection plans ask for."""

from datetime import UTC, datetime

import orjson
import pytest

from mes.runtime.demo_plant.inspection import ATTRIBUTE, MEASURED
from mes.runtime.simulator import measuring
from mes.runtime.simulator.doors import Doors
from mes.runtime.simulator.measuring import WORK, Station, measure
from quality.enums import Sampling

NOON = datetime(2026, 11, 12, 12, tzinfo=UTC)


def look(made, *, first=False, item="MC-HUB", order="FA-1"):
    return measure(
        seed=1, item=item, order=order, operation="0010", made=made, first=first, now=NOON, person="1001"
    )


def test_every_characteristic_of_the_demo_is_answered_as_often_as_asked():
    for item, rows in MEASURED.items():
        answered = {work.characteristic: work for work in WORK[item, "0010"]}
        assert set(answered) == {ATTRIBUTE[item][0], *(row[0] for row in rows)}
        for row in rows:
            code, sampling, every, sample, unit = row[0], row[7], row[8], row[9], row[5]
            station = answered[code]
            assert (station.every, station.sample, station.unit) == (every or 0, sample, unit)
            assert sampling in (Sampling.PIECES, Sampling.SETUP)


@pytest.mark.parametrize("item", ["MC-HUB", "MC-FORK"])
def test_what_is_measured_keeps_its_limits(item):
    limits = {row[0]: (float(row[3]), float(row[4])) for row in MEASURED[item]}
    found = [one for made in range(1, 2000) for one in look(made, first=made % 3 == 0, item=item)]
    values = [(one.characteristic, float(one.value)) for one in found if one.value]
    assert {code for code, _value in values} == set(limits)
    assert all(limits[code][0] <= value <= limits[code][1] for code, value in values)


def test_the_first_piece_is_looked_at_by_a_person_and_every_tenth_by_the_station(monkeypatch):
    monkeypatch.setattr(measuring, "FORGOTTEN_SHARE", 0)
    assert [(one.characteristic, one.person) for one in look(1, first=True)] == [
        ("BURR", "1001"),
        ("LENGTH", "1001"),
    ]
    assert [(one.characteristic, one.person) for one in look(20)] == [("BORE", "")] * 3
    assert look(19) == []
    assert look(1, first=True, item="FO-HUB") == []


def test_a_few_first_pieces_are_forgotten():
    looked = [look(1, first=True, order=f"FA-{n}") for n in range(300)]
    codes = [one.characteristic for found in looked for one in found]
    assert all(270 < codes.count(code) < 300 for code in ("BURR", "LENGTH"))


def test_the_door_gets_a_value_or_that_it_is_ok(monkeypatch):
    sent = []

    class Transport:
        def post(self, path, body, headers):
            sent.extend(orjson.loads(body))
            return 200, {"results": [{"status": "done"} for _ in orjson.loads(body)]}

    monkeypatch.setattr(measuring, "FORGOTTEN_SHARE", 0)
    doors = Doors(Transport())
    doors.send_measured(look(1, first=True) + look(10))
    burr, length, bore = sent[0], sent[1], sent[2]
    assert (burr["passed"], burr["personnel_number"], "value" in burr) == (True, "1001", False)
    assert (length["unit"], "passed" in length) == ("mm", False)
    assert "personnel_number" not in bore
    assert doors.refusals == []


def test_stations_have_a_spread_that_makes_a_believable_chart():
    bore = next(work for work in WORK["MC-HUB", "0010"] if isinstance(work, Station))
    lower, upper = (float(limit) for limit in MEASURED["MC-HUB"][0][3:5])
    worn = bore.wear / 12**0.5
    spread = (bore.spread**2 + worn**2) ** 0.5
    middle = bore.mean + bore.wear / 2
    assert 1.33 < min(upper - middle, middle - lower) / (3 * spread) < 2
