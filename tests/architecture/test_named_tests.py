"""The reference names tests as proof: each of them exists."""

import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.ROOT)
PAGES = [
    page
    for page in sorted((ROOT / "docs").rglob("*.md"))
    if re.search(r"`tests/[\w/.]+?\.py::", page.read_text(encoding="utf-8"))
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_names_as_proof_exists(page):
    for path, test in re.findall(r"`(tests/[\w/.]+?\.py)::(\w+)`", page.read_text(encoding="utf-8")):
        text = (ROOT / path).read_text(encoding="utf-8")
        assert f"def {test}(" in text, f"{page.name}: {path} has no {test}"


def test_there_are_such_pages():
    assert {"bad-input", "part-11"} <= {page.stem for page in PAGES}
