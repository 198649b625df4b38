"""A file keeps its name whatever characters it has, and no name breaks the answer's head."""

import pytest

from mes.lib.downloads import download


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("plan.pdf", 'attachment; filename="plan.pdf"'),
        ('5" pipe.pdf', 'attachment; filename="5\\" pipe.pdf"'),
        ("Prüfplan.pdf", "attachment; filename*=utf-8''Pr%C3%BCfplan.pdf"),
    ],
)
def test_a_name_is_said_as_browsers_read_it(name, header):
    answer = download(name, "application/pdf", b"x")
    assert answer["Content-Disposition"] == header
    assert (answer["Content-Type"], answer.content) == ("application/pdf", b"x")
    assert not answer.has_header("Cache-Control")


def test_what_is_private_is_kept_by_no_cache():
    assert download("a", "text/plain", b"", private=True)["Cache-Control"] == "private, no-store"
