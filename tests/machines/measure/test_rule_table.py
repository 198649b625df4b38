"""The table of counting rules names tests that exist."""

import re
from pathlib import Path

TESTS = Path(__file__).parents[2]
TABLE = TESTS.parent / "docs" / "reference" / "counting-rules.md"


def test_every_test_of_the_table_exists():
    named = set(re.findall(r"`(test_\w+)`", TABLE.read_text(encoding="utf-8")))
    written = {
        name
        for file in (*(TESTS / "machines").rglob("test_*.py"), *(TESTS / "orders").glob("test_*.py"))
        for name in re.findall(r"^def (test_\w+)\(", file.read_text(encoding="utf-8"), re.MULTILINE)
    }
    assert len(named) > 60
    assert named - written == set()
