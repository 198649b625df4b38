"""Real documents that are not part of the repository: they lie in ``../shared/data`` beside it."""

from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


def shared_bytes(path: str) -> bytes:
    """The content of a shared document; the test is skipped when the folder is absent."""
    if not SHARED.is_dir():
        pytest.skip("../shared/data is absent: real documents are not part of the repository")
    return (SHARED / path).read_bytes()
