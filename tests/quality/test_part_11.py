"""Every row of the checklist names tests that exist, or says that it is organisational."""

import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.ROOT)
ROWS = [
    line
    for line in (ROOT / "docs" / "reference" / "part-11.md").read_text(encoding="utf-8").splitlines()
    if re.match(r"\| R\d+ \|", line)
]


def test_the_checklist_is_complete():
    assert [row.split(" | ")[0].strip("| ") for row in ROWS] == [f"R{number}" for number in range(1, 17)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split(" | ")[0].strip("| "))
def test_a_row_names_tests_that_exist_or_says_who_must_do_it(row):
    named = re.findall(r"`(tests/[\w/.]+?)(?:::(\w+))?`", row)
    assert named or "*Organisational*" in row
    for path, test in named:
        text = (ROOT / path).read_text(encoding="utf-8")
        assert not test or f"def {test}(" in text, f"{path} has no {test}"
