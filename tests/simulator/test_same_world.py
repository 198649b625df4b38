"""A demo goes on only with the plant whose past it holds."""

import json
from datetime import UTC, datetime

import pytest

from mes.runtime.failures import CannotStart
from mes.runtime.simulator import same_world
from mes.runtime.simulator.dirt import Dirt
from mes.runtime.simulator.player import Memory
from mes.runtime.simulator.same_world import check_same_world


@pytest.fixture
def park(tmp_path):
    path = tmp_path / "park.json"
    origin = datetime(2026, 3, 2, 6, tzinfo=UTC)
    Memory(path, origin, 7, Dirt(), origin).save()
    return path


def test_a_first_start_and_the_same_plant_go_on(park, tmp_path):
    check_same_world(tmp_path / "nothing.json")
    check_same_world(park)


@pytest.mark.parametrize("world", ["another", None])
def test_another_plants_past_is_refused_with_what_to_do(park, world):
    kept = json.loads(park.read_text()) | {"world": world}
    park.write_text(json.dumps(kept))
    with pytest.raises(CannotStart, match="make demo-fresh"):
        check_same_world(park)


def test_all_code_that_decides_what_happens_is_looked_at():
    looked_at = same_world._with_imports(same_world.FIRST)
    assert {"physics", "plant", "selling", "dirt", "measuring", "truth"} <= {
        name.rsplit(".", 1)[1] for name in looked_at
    }
    assert "mes.runtime.demo_plant.materials" in looked_at
    assert "mes.runtime.simulator.doors" not in looked_at
