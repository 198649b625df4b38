"""The verifier that the documentation shows partners accepts what we send and nothing else."""

import importlib.util
from pathlib import Path

import pytest

from integrations.domain.outbox.webhook import signature

PATH = Path(__file__).resolve().parents[3] / "docs/reference/webhook_verifier.py"
SECRET, BODY, NOW = b"s3cret", b'{"identity": "A"}', 1_800_000_000


@pytest.fixture
def shown():
    spec = importlib.util.spec_from_file_location("webhook_verifier", PATH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def sent(body=BODY, at=NOW, secret=SECRET, **more):
    stamp = str(at)
    return {
        "x-mes-timestamp": stamp,
        "X-MES-Signature": signature(secret, stamp, body),
        "Idempotency-Key": "A",
        **more,
    }


def test_ours_is_booked_once(shown):
    verifier = shown.Verifier(SECRET)
    assert verifier.check(sent(), BODY, now=NOW + 5) is True
    assert verifier.check(sent(at=NOW + 30), BODY, now=NOW + 31) is False


@pytest.mark.parametrize(
    ("headers", "body", "now"),
    [
        (sent(), BODY + b" ", NOW),
        (sent(secret=b"another"), BODY, NOW),
        (sent(), BODY, NOW + 301),
        (sent(), BODY, NOW - 301),
        ({**sent(), "x-mes-timestamp": str(NOW + 1)}, BODY, NOW),
        ({**sent(), "x-mes-timestamp": "soon"}, BODY, NOW),
        (sent(**{"Idempotency-Key": ""}), BODY, NOW),
        ({}, BODY, NOW),
    ],
)
def test_anything_else_is_refused(shown, headers, body, now):
    with pytest.raises(shown.Refused):
        shown.Verifier(SECRET).check(headers, body, now=now)


def test_the_edge_of_the_window_is_inside(shown):
    assert shown.Verifier(SECRET).check(sent(), BODY, now=NOW + 300)
