"""What an agent has told so far, and what its next document therefore means. Pure.

The cursor is everything that must survive a restart: where to go on, which faults are active, which items
have no value, and when each device was last heard.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from integrations.signals.base import Batch, Cursor, Link, Observation, Undecoded
from integrations.signals.mtconnect.decode import Header, Seen, Streams
from machines.domain.measure.samples import Quality, Value

_TICK = timedelta(microseconds=1)
_CLOCKS_MAY_DIFFER = timedelta(days=1)
_LIVE = timedelta(minutes=1)
_LONGEST_CODE = 200
UNAVAILABLE, STALE, GAP = "every item is unavailable", "no value for too long", "values were lost"


@dataclass(slots=True)
class Lost:
    """A device whose state is unknown since ``ts``."""

    reason: str
    ts: datetime


@dataclass(slots=True)
class Session:
    """One connection to one agent, over restarts of both.

    ``addresses`` limits what is told to the mapped items (empty: all). ``discrete`` are items of which every
    value is an event. ``stale_after``: a device silent for longer is lost; None: never. What the agent had
    kept for us when we came (up to ``backlog``) is historical.
    """

    addresses: frozenset[str] = frozenset()
    discrete: frozenset[str] = frozenset()
    stale_after: timedelta | None = None
    instance: str = ""
    epoch: str = ""
    next: int = 0
    heard: dict[str, datetime] = field(default_factory=dict)
    lost: dict[str, Lost] = field(default_factory=dict)
    faults: dict[str, tuple[str, ...]] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    backlog: int = -1

    @classmethod
    def resume(
        cls,
        cursor: Cursor,
        *,
        addresses: Collection[str] = (),
        discrete: Collection[str] = (),
        stale_after: timedelta | None = None,
    ) -> Session:
        """Go on from a stored cursor. One that can't be read is as good as none."""
        session = cls(frozenset(addresses), frozenset(discrete), stale_after)
        try:
            session._load(cursor)
        except (AttributeError, KeyError, TypeError, ValueError):
            return cls(frozenset(addresses), frozenset(discrete), stale_after)
        return session

    def _load(self, cursor: Cursor) -> None:
        self.instance, self.epoch, self.next = cursor["instance"], cursor["epoch"], int(cursor["next"])
        self.heard = {device: datetime.fromisoformat(ts) for device, ts in cursor["heard"].items()}
        self.lost = {
            device: Lost(reason, datetime.fromisoformat(ts))
            for device, (reason, ts) in cursor["lost"].items()
        }
        self.faults = {address: tuple(codes) for address, codes in cursor["faults"].items()}
        self.known, self.silent = set(cursor["known"]), set(cursor["silent"])

    @property
    def cursor(self) -> dict[str, Any]:
        return {
            "instance": self.instance,
            "epoch": self.epoch,
            "next": self.next,
            "heard": {device: ts.isoformat() for device, ts in sorted(self.heard.items())},
            "lost": {
                device: [lost.reason, lost.ts.isoformat()] for device, lost in sorted(self.lost.items())
            },
            "faults": {address: list(codes) for address, codes in sorted(self.faults.items())},
            "known": sorted(self.known),
            "silent": sorted(self.silent),
        }

    @property
    def unmet(self) -> frozenset[str]:
        """Items mapped since the last connection: their present value isn't known yet."""
        return self.addresses - self.known if self.epoch else frozenset()

    def is_same_run(self, header: Header) -> bool:
        """False after a restart of the agent or a change of its device model: its numbers begin anew."""
        return self.instance == header.instance

    def resumed(self, now: datetime, since: Streams | None = None) -> Batch:
        """The connection stands again and goes on where it was; what was lost behind the agent still is.

        ``since``: what came in the meantime.
        """
        batch = Batch(cursor=self.cursor) if since is None else self.advance(since)
        still = [self._still_lost(device, now) for device in self.lost]
        return replace(batch, links=[*batch.links, *still], cursor=self.cursor, gapless=True)

    def _still_lost(self, device: str, now: datetime) -> Link:
        """Said again, for the runner has just said that the whole connection is back."""
        lost = self.lost[device]
        lost.ts = max(now, lost.ts + _TICK)
        return Link(lost.ts, up=False, reason=lost.reason, scope=f"{device}/")

    def begin(self, streams: Streams, *, after_gap: bool = False) -> Batch:
        """The state at connect: a baseline and no events.

        ``after_gap``: the buffer moved past us, and this is the state at the place where we go on. Whatever
        was known before, the time from each device's last value to this state is a gap.
        """
        before, header = dict(self.heard) if self.epoch else {}, streams.header
        self.instance, self.next = header.instance, header.next
        self.epoch = f"{header.instance}+{header.next}" if after_gap else header.instance
        self.backlog = header.last
        grouped = _by_device(streams.seen)
        newest = {device: max(seen.ts for seen in some) for device, some in grouped.items()}
        present = max(newest.values(), default=None)
        if not after_gap and header.created is not None:
            present = max(present or header.created, header.created)
        links: list[Link] = []
        observations: list[Observation] = []
        for device, some in grouped.items():
            ts = newest[device]
            if device in before:
                ts = max(ts, before[device] + _TICK)
                if device not in self.lost:
                    links.append(Link(before[device], up=False, reason=GAP, scope=f"{device}/"))
                    self.lost[device] = Lost(GAP, before[device])
            old = present is not None and present - ts > _LIVE
            observations += (replace(one, historical=old) for one in self._baseline(some, ts))
            self.heard[device] = ts
            links += self._back_or_away(device, ts, max(present or ts, ts))
        links += self._stale(header)
        if present is not None and not after_gap:
            links += [self._still_lost(device, present) for device in self.lost]
        return self._batch(observations, links, streams)

    def meet(self, streams: Streams) -> Batch:
        """The present values of the items in ``unmet``, as a baseline."""
        wanted = self.unmet
        observations = [
            one
            for some in _by_device(seen for seen in streams.seen if seen.address in wanted).values()
            for one in self._baseline(some, max(seen.ts for seen in some))
        ]
        self.known |= wanted
        return self._batch(observations, [], streams)

    def advance(self, streams: Streams) -> Batch:
        """News of the same run of the agent. What was told before is left out."""
        links: list[Link] = []
        observations: list[Observation] = []
        if self.backlog < 0:
            self.backlog = streams.header.last
        for seen in streams.seen:
            if seen.sequence < self.next:
                continue
            ts = self._time_of(seen)
            if self._wanted(seen):
                observations += self._news(seen, ts)
            self._hear(seen, streams.header)
            links += self._change_of_link(seen, ts)
        last = streams.seen[-1].sequence + 1 if streams.seen else 0
        self.next = max(self.next, streams.header.next, last)
        links += self._stale(streams.header)
        return self._batch(observations, links, streams)

    def _batch(self, observations: list[Observation], links: list[Link], streams: Streams) -> Batch:
        undecoded = [
            Undecoded(text.encode(), "broken_observation", "no sequence, time or name that can be read")
            for text in streams.broken
        ]
        return Batch(observations, links, undecoded, self.cursor)

    def _wanted(self, seen: Seen) -> bool:
        return not self.addresses or seen.address in self.addresses

    def _baseline(self, some: list[Seen], ts: datetime) -> Iterator[Observation]:
        conditions: dict[str, list[Seen]] = defaultdict(list)
        for seen in some:
            if not self._wanted(seen):
                continue
            self._note_value(seen)
            if seen.level:
                conditions[seen.address].append(seen)
            else:
                yield self._observation(seen, ts, snapshot=True)
        for address, entries in conditions.items():
            yield from self._condition_baseline(address, entries, ts)

    def _condition_baseline(self, address: str, entries: list[Seen], ts: datetime) -> Iterator[Observation]:
        """All faults that are active now, after clearing those that no longer are."""
        active = tuple(dict.fromkeys(_code(entry) for entry in entries if entry.level == "FAULT"))
        gone = [code for code in self.faults.get(address, ()) if code not in active]
        self._set_faults(address, active)
        for sub, code in enumerate(gone, 1):
            yield self._alarm(entries[-1], ts, f"NORMAL|{code}", sub=sub, snapshot=True)
        for entry in entries:
            if entry.level in ("FAULT", "WARNING"):
                yield self._alarm(entry, ts, f"{entry.level}|{_code(entry)}", snapshot=True)

    def _time_of(self, seen: Seen) -> datetime:
        """An adapter that is back repeats old values with old times: they hold from now on, not from then."""
        if seen.address in self.silent and seen.device in self.heard:
            return max(seen.ts, self.heard[seen.device])
        return seen.ts

    def _news(self, seen: Seen, ts: datetime) -> Iterator[Observation]:
        was_silent = seen.address in self.silent
        self._note_value(seen)
        if seen.level:
            yield from self._condition_news(seen, ts)
        else:
            baseline = was_silent and not seen.unavailable and seen.address not in self.discrete
            yield self._observation(seen, ts, snapshot=baseline)

    def _condition_news(self, seen: Seen, ts: datetime) -> Iterator[Observation]:
        """A condition may hold several faults; each is cleared by its code, all by a Normal without one."""
        active, code = self.faults.get(seen.address, ()), _code(seen)
        if seen.level == "FAULT":
            self._set_faults(seen.address, (*(one for one in active if one != code), code))
            yield self._alarm(seen, ts, f"FAULT|{code}")
            return
        cleared = tuple(one for one in active if one == code or (seen.level != "WARNING" and not seen.code))
        self._set_faults(seen.address, tuple(one for one in active if one not in cleared))
        still = self._faults_of(seen.device)
        ended = [f"NORMAL|{one}" for one in cleared if one not in still]
        values = [*ended, *([f"WARNING|{code}"] if seen.level == "WARNING" else ())]
        for sub, value in enumerate(values):
            yield self._alarm(seen, ts, value, sub=sub)

    def _set_faults(self, address: str, codes: tuple[str, ...]) -> None:
        if codes:
            self.faults[address] = codes
        else:
            self.faults.pop(address, None)

    def _faults_of(self, device: str) -> set[str]:
        return {
            code
            for address, codes in self.faults.items()
            if address.startswith(f"{device}/")
            for code in codes
        }

    def _note_value(self, seen: Seen) -> None:
        self.known.add(seen.address)
        if seen.unavailable:
            self.silent.add(seen.address)
        else:
            self.silent.discard(seen.address)

    def _hear(self, seen: Seen, header: Header) -> None:
        """Remember the newest time of a device; one far in the future is a wrong clock and no measure."""
        if header.created is not None and seen.ts > header.created + _CLOCKS_MAY_DIFFER:
            return
        self.heard[seen.device] = max(self.heard.get(seen.device, seen.ts), seen.ts)

    def _change_of_link(self, seen: Seen, ts: datetime) -> Iterator[Link]:
        lost = self.lost.get(seen.device)
        if lost is not None and lost.reason == STALE:
            yield self._back(seen.device, ts)
        elif self._wanted(seen) and (lost is not None or seen.unavailable):
            yield from self._back_or_away(seen.device, ts, ts)

    def _back_or_away(self, device: str, away: datetime, back: datetime) -> Iterator[Link]:
        """Whether a device has any value at all: lost from ``away`` on, or here again since ``back``."""
        mine = {address for address in self.known if address.startswith(f"{device}/")}
        if not mine:
            return
        if mine <= self.silent:
            if device not in self.lost:
                self.lost[device] = Lost(UNAVAILABLE, away)
                yield Link(away, up=False, reason=UNAVAILABLE, scope=f"{device}/")
        elif device in self.lost:
            yield self._back(device, back)

    def _back(self, device: str, ts: datetime) -> Link:
        lost = self.lost.pop(device)
        return Link(max(ts, lost.ts + _TICK), up=True, scope=f"{device}/")

    def _stale(self, header: Header) -> Iterator[Link]:
        """Agents exist that keep old values for days without a word: the age of the newest value tells."""
        if self.stale_after is None or header.created is None:
            return
        for device, heard in self.heard.items():
            if device not in self.lost and header.created - heard > self.stale_after:
                self.lost[device] = Lost(STALE, heard)
                yield Link(heard, up=False, reason=STALE, scope=f"{device}/")

    def _observation(self, seen: Seen, ts: datetime, *, snapshot: bool) -> Observation:
        value = value_of(seen)
        return Observation(
            address=seen.address,
            value=value,
            ts=ts,
            epoch=self.epoch,
            seq=seen.sequence,
            quality=Quality.BAD if value is None else Quality.GOOD,
            snapshot=snapshot,
            historical=seen.sequence <= self.backlog,
            reset=bool(seen.reset) and not snapshot,
            native=seen.text,
        )

    def _alarm(
        self, seen: Seen, ts: datetime, value: str, *, sub: int = 0, snapshot: bool = False
    ) -> Observation:
        return Observation(
            address=seen.address,
            value=value,
            ts=ts,
            epoch=self.epoch,
            seq=seen.sequence,
            sub=sub,
            snapshot=snapshot,
            historical=seen.sequence <= self.backlog,
            native=seen.text,
        )


def value_of(seen: Seen) -> Value:
    """A number where the standard says so, text otherwise, None for no value."""
    if seen.unavailable:
        return None
    if seen.category != "SAMPLE" and not seen.kind.endswith(("_COUNT", "_OVERRIDE")):
        return seen.text
    try:
        number = float(seen.text)
    except ValueError:
        return seen.text
    if not math.isfinite(number):
        return None
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def _code(seen: Seen) -> str:
    """The native code; a condition without one is told apart by its data item."""
    return (seen.code or seen.item)[:_LONGEST_CODE]


def _by_device(some: Iterable[Seen]) -> dict[str, list[Seen]]:
    found: dict[str, list[Seen]] = defaultdict(list)
    for seen in some:
        found[seen.device].append(seen)
    return found
