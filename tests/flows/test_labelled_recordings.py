"""What `make truth` says of the labelled recordings: the product's count beside the machine's own."""

import pytest

from machines.models import Machine
from mes.runtime.truth.recorded import measure_recordings
from tests.support.shared_data import SHARED

FOLDER = SHARED / "machines" / "nist-mtc-box-assembly"


@pytest.mark.django_db
def test_program_roles_and_setup_find_the_units_that_the_counter_hides():
    if not FOLDER.is_dir():
        pytest.skip("../shared/data is absent: the recordings are not part of the repository")
    rows = measure_recordings(FOLDER)
    day = rows[0]
    assert (day.units, day.booked, day.setup, day.unresolved) == (3, 3, 2, 0)
    assert (day.counter_steps, day.counter_error) == (8, 5)
    units = {row.title.split(",")[0]: row for row in rows[2:]}
    assert {name: row.units for name, row in units.items()} == {
        "Box OP1": 20,
        "Box OP2": 20,
        "Box OP3": 20,
        "Box OP4": 4,
        "Cover OP1": 20,
        "Cover OP2": 20,
    }
    assert sum(abs(row.error) for row in rows) < sum(abs(row.counter_error) for row in rows)
    assert units["Cover OP1"].error == 0, "the slot was milled twice more for the same unit"
    assert not Machine.objects.exists(), "nothing of the measurement stays"
