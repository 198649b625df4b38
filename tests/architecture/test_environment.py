"""Every environment variable is documented, and none that isn't read."""

import re

from django.conf import settings

from mes.runtime.layout import DEMO
from mes.runtime.processes import product

DOCUMENT = settings.ROOT / "docs" / "reference" / "environment.md"
NAME = re.compile(r"\bMES_[A-Z_]+[A-Z]\b")


def names_in_code():
    places = [settings.ROOT / "manage.py", *(settings.ROOT / "mes").rglob("*.py")]
    for app in ("machines", "orders", "quality", "integrations"):
        places += (settings.ROOT / app).rglob("*.py")
    return {name for place in places for name in NAME.findall(place.read_text())}


def test_the_list_is_complete():
    assert names_in_code() == set(NAME.findall(DOCUMENT.read_text()))


def test_the_services_to_start_are_listed():
    text = DOCUMENT.read_text()
    for process in product(DEMO):
        by_django = process.arguments[0] == "manage.py"
        assert (f"manage.py {process.part}" if by_django else process.part) in text
