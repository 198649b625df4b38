"""Signal connections and gateways as people see them: how they fare now, judged by the clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.enums import LinkState, SignalRole
from integrations.models import (
    Gateway,
    GatewayNow,
    SignalConnection,
    SignalConnectionNow,
    SignalMapping,
    SignalValues,
)
from machines.models import MachineNow

SILENT_AFTER = timedelta(seconds=15)
"""A gateway says every 5 s that it runs; after three times nothing it counts as not running."""
UNRUN_AFTER = timedelta(seconds=20)

TONES = {
    LinkState.OFF: ("", "pause-circle"),
    LinkState.CONNECTING: ("warn", "hourglass-split"),
    LinkState.CONNECTED: ("right", "plug-fill"),
    LinkState.LOST: ("wrong", "exclamation-octagon-fill"),
}


@dataclass(frozen=True, slots=True)
class Fare:
    """How something fares: a word, a tone (``right``, ``warn``, ``wrong``, none), since when, why."""

    word: str
    tone: str
    icon: str
    since: datetime | None = None
    problem: str = ""


def fare_of_gateway(gateway: Gateway, now: datetime) -> Fare:
    if not gateway.active:
        return Fare(_("switched off"), "", "pause-circle")
    told: GatewayNow | None = getattr(gateway, "now", None)
    if told is not None and told.refused_at is not None and told.refused_at >= told.seen_at:
        problem = _("It came with a key that is revoked or expired. Its values wait in it.")
        return Fare(_("refused"), "wrong", "shield-x", told.refused_at, problem)
    if told is None:
        return Fare(_("never heard of"), "warn", "question-circle")
    if told.seen_at < now - SILENT_AFTER:
        return Fare(_("does not run"), "wrong", "exclamation-octagon-fill", told.seen_at)
    return Fare(_("runs"), "right", "check-circle-fill", told.started_at)


def fare_of_connection(connection: SignalConnection, now: datetime) -> Fare:
    """By what was told last, unless nobody has been there to tell."""
    if not connection.active:
        return Fare(str(LinkState.OFF.label), *TONES[LinkState.OFF])
    told: SignalConnectionNow | None = getattr(connection, "now", None)
    if connection.gateway is not None:
        gateway = fare_of_gateway(connection.gateway, now)
        if gateway.tone != "right":
            word = _("gateway: %s") % gateway.word
            return Fare(word, gateway.tone or "warn", gateway.icon, gateway.since, gateway.problem)
    elif told is None or told.held_until is None or told.held_until < now:
        problem = _("The gateway process of this server (manage.py gateway) does not run it.")
        return Fare(
            _("nobody runs it"),
            "wrong",
            "exclamation-octagon-fill",
            told.held_until if told else None,
            problem,
        )
    state = LinkState(told.state) if told else LinkState.CONNECTING
    if state == LinkState.OFF:
        state = LinkState.CONNECTING
    tone, icon = TONES[state]
    return Fare(str(state.label), tone, icon, told.since if told else None, told.problem if told else "")


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    """One line of the list."""

    connection: SignalConnection
    fare: Fare
    machines: int
    items: int

    @property
    def now(self) -> SignalConnectionNow | None:
        return getattr(self.connection, "now", None)


def connections() -> QuerySet[SignalConnection]:
    return SignalConnection.objects.select_related("plant", "gateway__now", "now").order_by("code")


def connection_rows(now: datetime | None = None) -> list[ConnectionRow]:
    """All connections. Two queries."""
    now = now or timezone.now()
    counts: dict[int, Any] = {
        row["connection"]: row
        for row in SignalMapping.objects.values("connection")
        .annotate(items=Count("pk"), machines=Count("machine", distinct=True))
        .order_by()
    }
    return [
        ConnectionRow(
            connection,
            fare_of_connection(connection, now),
            counts.get(connection.pk, {}).get("machines", 0),
            counts.get(connection.pk, {}).get("items", 0),
        )
        for connection in connections()
    ]


@dataclass(frozen=True, slots=True)
class GatewayRow:
    gateway: Gateway
    fare: Fare

    @property
    def now(self) -> GatewayNow | None:
        return getattr(self.gateway, "now", None)

    @property
    def oldest_seconds(self) -> float | None:
        if self.now is None or self.now.oldest_at is None:
            return None
        return max(0.0, (self.now.seen_at - self.now.oldest_at).total_seconds())


def gateway_rows(now: datetime | None = None) -> list[GatewayRow]:
    """All gateways. One query."""
    now = now or timezone.now()
    rows = Gateway.objects.select_related("now", "plant", "api_key").annotate(sources=Count("connections"))
    return [GatewayRow(gateway, fare_of_gateway(gateway, now)) for gateway in rows.order_by("code")]


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something between the machines and us that doesn't work, for the strip on the wall."""

    name: str
    fare: Fare


def troubles(now: datetime | None = None) -> list[Trouble]:
    """Gateways that don't run, and switched-on connections without their sender. Two queries."""
    now = now or timezone.now()
    in_use = SignalConnection.objects.filter(gateway=OuterRef("pk"), active=True)
    gateways = Gateway.objects.filter(Exists(in_use), active=True).select_related("now").order_by("code")
    found = [Trouble(gateway.name, fare_of_gateway(gateway, now)) for gateway in gateways]
    silent = {row.name for row in found if row.fare.tone != "right"}
    for connection in connections().filter(active=True):
        if connection.gateway is not None and connection.gateway.name in silent:
            continue
        found.append(Trouble(connection.name, fare_of_connection(connection, now)))
    return [row for row in found if row.fare.tone == "wrong"]


@dataclass(frozen=True, slots=True)
class MappedItem:
    """A mapped item with its last value, and what became of it."""

    mapping: SignalMapping
    raw: Any
    value: Any
    received: datetime | None
    count: int
    unknown: Sequence[tuple[str, int]]
    machine_now: MachineNow | None

    @property
    def role(self) -> str:
        return str(SignalRole(self.mapping.role).label)

    @property
    def counts(self) -> bool:
        return self.mapping.role.endswith(("_count", "_event")) or self.mapping.role == SignalRole.PULSE


def mapped_items(connection: SignalConnection, translate: Any) -> list[MappedItem]:
    """The mapping of a connection with last values. Three queries. ``translate`` takes value and mapping."""
    mappings = list(
        connection.mappings.select_related("machine").order_by("machine__code", "role", "address")
    )
    seen = SignalValues.objects.filter(pk=connection.pk).first()
    values: Mapping[str, Any] = seen.values if seen else {}
    now = {
        (row.machine_id, row.slot): row
        for row in MachineNow.objects.filter(machine__in={mapping.machine_id for mapping in mappings})
    }
    return [_item(mapping, values.get(mapping.address), now, translate) for mapping in mappings]


def _item(
    mapping: SignalMapping, last: Mapping[str, Any] | None, now: Mapping[Any, MachineNow], translate: Any
) -> MappedItem:
    machine_now = now.get((mapping.machine_id, mapping.slot or 1))
    if last is None:
        return MappedItem(mapping, None, None, None, 0, (), machine_now)
    return MappedItem(
        mapping,
        last["value"],
        translate(last["value"], mapping),
        datetime.fromisoformat(last["received"]),
        int(last["count"]),
        _still_unknown(last.get("unknown", {}), mapping.values),
        machine_now,
    )


def _still_unknown(words: Mapping[str, int], table: Mapping[str, str]) -> Sequence[tuple[str, int]]:
    return sorted(
        ((word, count) for word, count in words.items() if word not in table), key=lambda one: -one[1]
    )


def machines_of(rows: Iterable[MappedItem]) -> list[Any]:
    """The machines of mapped items, each once, in order."""
    return list({row.mapping.machine_id: row.mapping.machine for row in rows}.values())
