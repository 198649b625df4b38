"""Samples that are packed, given back as they came."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from machines.domain.arrivals import microseconds
from machines.domain.packs.pack import Row, unpack
from mes.lib import bulk

HOUR = timedelta(hours=1)

Columns = Sequence[Sequence[int]]

_OVERLAP = """
    SELECT w.machine_id, w.source_id, w.boot, w.payload,
        CASE WHEN w.upto >= %(limit)s THEN w.next END
    FROM (
        SELECT p.machine_id, e.source_id, e.boot, p.hour, p.payload,
            sum(p.samples) OVER hours - p.samples AS before, lead(p.hour) OVER hours AS next,
            sum(p.samples) OVER hours AS upto
        FROM unnest(%(ids)s::int8[], %(after)s::timestamptz[], %(until)s::timestamptz[])
            AS f(machine_id, after, until)
        JOIN machines_samplepack p ON p.machine_id = f.machine_id AND p.hour > f.after - interval '1 hour'
            AND p.until > f.after AND p.hour > %(earliest)s AND p.hour <= f.until
        JOIN machines_sourceepoch e ON e.id = p.epoch_id
        WINDOW hours AS (PARTITION BY p.machine_id, p.epoch_id ORDER BY p.hour)
    ) w WHERE w.before < %(limit)s ORDER BY w.machine_id, w.hour
"""


class Packed(NamedTuple):
    """The samples of one machine, hour and epoch. ``next``: the hour from which on others were left out."""

    machine: int
    source: int
    boot: str
    rows: list[Row]
    next: datetime | None


def packs_after(
    after: Mapping[int, datetime], until: Mapping[int, datetime], *, limit: int
) -> Iterator[Packed]:
    """The packs of machines (by id) that hold anything between the given times; one query.

    Of each epoch packs are read, the oldest first, until they hold ``limit`` samples.
    """
    with bulk.cursor() as cursor:
        cursor.execute(
            _OVERLAP,
            {
                "ids": list(after),
                "after": list(after.values()),
                "until": [until[machine] for machine in after],
                "earliest": min(after.values()) - HOUR,
                "limit": limit,
            },
        )
        for machine, source, boot, payload, following in cursor.fetchall():
            yield Packed(machine, source, boot, unpack(payload), following)


def packed_between(machine: int, start: datetime, end: datetime) -> Iterator[Packed]:
    """The packs of a machine (id) in hours that touch [start, end] (UTC), in order."""
    with bulk.cursor() as cursor:
        cursor.execute(
            """
            SELECT p.machine_id, e.source_id, e.boot, p.payload
            FROM machines_samplepack p JOIN machines_sourceepoch e ON e.id = p.epoch_id
            WHERE p.machine_id = %s AND p.hour > %s AND p.hour <= %s ORDER BY p.hour
            """,
            [machine, start - HOUR, end],
        )
        for id, source, boot, payload in cursor.fetchall():
            yield Packed(id, source, boot, unpack(payload), None)


def packed_numbers(wanted: Columns, start: datetime, end: datetime) -> Iterator[tuple[int, Row]]:
    """(epoch, row) of the packs in [start, end] that hold any of the sequence numbers asked for.

    ``wanted``: machines, epochs and numbers, as columns of the same length.
    """
    with bulk.cursor() as cursor:
        cursor.execute(
            """
            SELECT DISTINCT p.epoch_id, p.hour, p.payload
            FROM unnest(%s::int8[], %s::int8[], %s::int8[]) AS w(machine_id, epoch_id, seq)
            JOIN machines_samplepack p ON p.machine_id = w.machine_id AND p.epoch_id = w.epoch_id
                AND p.numbers @> w.seq
            WHERE p.hour BETWEEN %s AND %s
            """,
            [*wanted, start - HOUR, end],
        )
        for epoch, _hour, payload in cursor.fetchall():
            for row in unpack(payload):
                yield epoch, row


def latest_text(machine: int, item: str, slots: Collection[int], since: datetime) -> str | None:
    """The text an item of a machine (id) told last since ``since`` (UTC), as far as it is packed."""
    with bulk.cursor() as cursor:
        cursor.execute(
            "SELECT payload FROM machines_samplepack WHERE machine_id = %s AND hour > %s ORDER BY hour DESC",
            [machine, since - HOUR],
        )
        for (payload,) in cursor:
            told = [row for row in unpack(payload) if row.item == item and row.slot in slots]
            if told and told[-1].ts >= microseconds(since):
                return told[-1].text
    return None
