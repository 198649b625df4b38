"""The recorded golden session, and short words for Sparkplug messages."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

from integrations.signals.sparkplug.decode import Metric, Payload
from integrations.signals.sparkplug.encode import write
from tests.support.shared_data import shared_bytes

T0 = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def golden() -> list[dict]:
    """topic, payload (bytes), decoded (by an independent library), note."""
    lines = shared_bytes("machines/sparkplug/golden-session.jsonl").decode().splitlines()
    return [{**(one := json.loads(line)), "payload": bytes.fromhex(one["payload_hex"])} for line in lines]


def payload(seq: int | None, *metrics: Metric, ts: float = 0) -> bytes:
    return write(Payload(at(ts), seq, metrics))
