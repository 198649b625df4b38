"""Agents made from recordings, and the words that tests of MTConnect share."""

from __future__ import annotations

import gzip
import io
import tarfile
from datetime import UTC, datetime, timedelta

from lxml import etree

from integrations.signals.base import Settings
from mes.runtime.simulator.mtconnect_agent import UNAVAILABLE, Agent, Item
from tests.support.shared_data import shared_bytes


def items_of(model: bytes, device: str) -> list[Item]:
    """The data items of one device of a recorded device model."""
    root = etree.fromstring(model)
    return [
        Item(
            device,
            item.get("id"),
            item.get("type").rpartition(":")[2],
            item.get("category"),
            item.get("name") or "",
            (item.get("subType") or "").rpartition(":")[2],
            item.get("representation") == "DISCRETE",
        )
        for one in root.iter("{*}Device")
        if one.get("name") == device
        for item in one.iter("{*}DataItem")
    ]


def moment(text: str) -> datetime:
    """UTC time of an adapter line, cut to microseconds."""
    head, _, fraction = text.rstrip("Z").partition(".")
    micros = int(fraction[:6].ljust(6, "0")) if fraction else 0
    return datetime.strptime(head, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=UTC, microsecond=micros)


def lines_of(path: str) -> list[str]:
    """The lines of a recorded day, or of all files of an archive, in their order."""
    body = shared_bytes(path)
    if path.endswith(".tar.gz"):
        with tarfile.open(fileobj=io.BytesIO(body)) as archive:
            names = sorted(member.name for member in archive.getmembers() if member.isfile())
            body = b"\n".join(archive.extractfile(name).read() for name in names)
    else:
        body = gzip.decompress(body)
    return body.decode("utf-8", "replace").splitlines()


def whole_days_since(lines: list[str]) -> timedelta:
    """How far to move lines so that they end within the last day."""
    last = max(moment(line.partition("|")[0]) for line in lines if line[4:5] == "-")
    return timedelta(days=(datetime.now(UTC) - last).days)


class Adapter:
    """Feeds an agent with adapter lines (``ts|key|value|key|value``), moved by ``shift``."""

    def __init__(self, agent: Agent, shift: timedelta) -> None:
        self.agent, self.shift, self.damaged = agent, shift, []
        self.keys = {name: item for item in agent.items.values() for name in (item.name, item.id) if name}

    def feed(self, line: str) -> None:
        parts = line.split("|")
        try:
            ts = moment(parts[0]) + self.shift
        except ValueError:
            self.damaged.append(line)
            return
        item = self.keys.get(parts[1]) if len(parts) > 1 else None
        if item is not None and item.category == "CONDITION":
            level, code, severity, qualifier, text = [*parts[2:], "", "", "", "", ""][:5]
            known = {"nativeCode": code, "nativeSeverity": severity, "qualifier": qualifier, "message": text}
            self.agent.put(item, ts, level.upper(), **{key: value for key, value in known.items() if value})
            return
        for key, value in zip(parts[1::2], parts[2::2], strict=False):
            if key in self.keys and self.keys[key].category != "CONDITION":
                self.agent.put(self.keys[key], ts, value.strip() or UNAVAILABLE)


def settings(url: str, *addresses: str, **options) -> Settings:
    fast = {"heartbeat_seconds": 30, "interval_seconds": 0.02, "stale_hours": 0}
    return Settings(code="agent", address=url, options=fast | options, addresses=addresses)
