"""Edge gateways: what they are to do, what they say about themselves, what they had to drop."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from django.db import transaction
from django.utils import timezone

from integrations.domain import browsing
from integrations.domain.signals import lost_at
from integrations.enums import LinkState
from integrations.models import Gateway, GatewayGap, GatewayNow, SignalConnection, SignalConnectionNow
from machines.domain.ingest import append, record_undecodable
from mes.accounts.models import keyed_hash
from mes.lib.live import announce_all


@dataclass(frozen=True, slots=True)
class Beat:
    """What a gateway says about itself every few seconds. ``buffered`` and ``dropped`` count samples."""

    version: str
    started_at: datetime
    buffered: int
    oldest_at: datetime | None
    dropped: int
    connections: Sequence[ConnectionBeat] = ()


@dataclass(frozen=True, slots=True)
class ConnectionBeat:
    """How one of its connections fares; ``values`` are its last values while somebody looks."""

    code: str
    state: LinkState
    since: datetime
    problem: str
    heard_at: datetime | None
    received: int
    values: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Gap:
    """Samples of one machine that were dropped. ``up``: the connection stood at the end of it."""

    key: uuid.UUID
    connection: str
    machine: str
    since: datetime
    until: datetime
    samples: int
    up: bool


def configuration_of(gateway: Gateway) -> dict[str, Any]:
    """All connections of a gateway as JSON, with a ``version`` that changes when anything of it does.

    Secrets are named, never sent. Three queries.
    """
    rows = (
        SignalConnection.objects.filter(gateway=gateway)
        .select_related("now")
        .prefetch_related("mappings__machine")
        .order_by("code")
    )
    connections = [_configured(row) for row in rows] if gateway.active else []
    version = hashlib.sha256(orjson.dumps(connections, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]
    for row, configured in zip(rows, connections, strict=False):
        stood = lost_at(row.now) if hasattr(row, "now") else None
        configured["lost_at"] = stood.isoformat() if stood else None
    return {"gateway": gateway.code, "version": version, "connections": connections}


def _configured(connection: SignalConnection) -> dict[str, Any]:
    return {
        "code": connection.code,
        "protocol": connection.protocol,
        "address": connection.address,
        "secret_name": connection.secret_name,
        "options": connection.options,
        "active": connection.active,
        "mappings": [
            {
                "address": row.address,
                "machine": row.machine.code,
                "role": row.role,
                "slot": row.slot,
                "values": row.values,
                "factor": None if row.factor is None else str(row.factor),
            }
            for row in connection.mappings.all()
        ],
    }


@transaction.atomic
def beat(*, gateway: Gateway, told: Beat, now: datetime | None = None) -> None:
    """Note that a gateway runs and how its connections fare."""
    now = now or timezone.now()
    GatewayNow.objects.update_or_create(
        gateway=gateway,
        defaults={
            "seen_at": now,
            "started_at": told.started_at,
            "version": told.version,
            "buffered": told.buffered,
            "oldest_at": told.oldest_at,
            "dropped": told.dropped,
        },
    )
    keys = dict(SignalConnection.objects.filter(gateway=gateway).values_list("code", "pk"))
    mine = {keys[one.code]: one for one in told.connections if one.code in keys}
    SignalConnectionNow.objects.bulk_create(
        [
            SignalConnectionNow(
                connection_id=pk,
                state=one.state,
                since=one.since,
                problem=one.problem,
                heard_at=one.heard_at,
                received=one.received,
                stood_at=now if one.state == LinkState.CONNECTED else None,
            )
            for pk, one in sorted(mine.items())
        ],
        update_conflicts=True,
        unique_fields=["connection"],
        update_fields=["state", "since", "problem", "heard_at", "received", "stood_at"],
    )
    values = {pk: one.values for pk, one in mine.items() if one.values is not None}
    if values:
        browsing.write_values(values)
    announce_all([f"gateway:{gateway.pk}", *(f"signal-connection:{pk}" for pk in mine)])


def note_refusal(*, key_text: str, now: datetime | None = None) -> None:
    """A gateway came with a key that is revoked or expired: remember it, so that people see why."""
    gateway = Gateway.objects.filter(api_key__key_hash=keyed_hash(key_text)).first() if key_text else None
    if gateway is None:
        return
    now = now or timezone.now()
    GatewayNow.objects.get_or_create(
        gateway=gateway, defaults={"seen_at": now - timedelta(microseconds=1), "refused_at": now}
    )
    GatewayNow.objects.filter(gateway=gateway).update(refused_at=now)
    announce_all([f"gateway:{gateway.pk}"])


@transaction.atomic
def keep_gaps(*, gateway: Gateway, gaps: Sequence[Gap], now: datetime | None = None) -> int:
    """Keep what a gateway had to drop, and make the machines' states of that time unknown.

    A gap that is known already has no effect. Returns how many were new.
    """
    now = now or timezone.now()
    known = set(GatewayGap.objects.filter(key__in=[gap.key for gap in gaps]).values_list("key", flat=True))
    fresh = [gap for gap in gaps if gap.key not in known]
    GatewayGap.objects.bulk_create(
        GatewayGap(
            gateway=gateway,
            key=gap.key,
            source=gap.connection[:80],
            machine_code=gap.machine[:40],
            since=gap.since,
            until=gap.until,
            samples=gap.samples,
            reported_at=now,
        )
        for gap in fresh
    )
    unknown = [sample for gap in fresh for sample in _unknown(gap)]
    if unknown:
        append(unknown, now, channel=f"gateway {gateway.code}")
    announce_all([f"gateway:{gateway.pk}"])
    return len(fresh)


def _unknown(gap: Gap) -> list[dict[str, Any]]:
    ends = [(gap.since, False)]
    if gap.up:
        ends.append((gap.until + timedelta(microseconds=1), True))
    return [
        {
            "machine": gap.machine,
            "source": f"{gap.connection}/dropped"[:80],
            "boot": "dropped",
            "seq": round(at.timestamp() * 1_000_000),
            "ts": at.astimezone(UTC).isoformat(),
            "item": "available",
            "value": value,
            "historical": True,
        }
        for at, value in ends
    ]


def keep_problems(*, gateway: Gateway, problems: Sequence[tuple[str, str, str, str]]) -> None:
    """Keep what a gateway's senders sent and nobody could read: (connection, code, reason, raw text)."""
    now = timezone.now()
    for connection, code, reason, raw in problems:
        record_undecodable(
            raw.encode(), reason, now, channel=f"signals {connection} via {gateway.code}", code=code[:40]
        )
