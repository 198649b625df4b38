"""States as shares of equal buckets, where they are too many to be seen one by one."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db import connection

from machines.domain.stops import STANDING
from machines.models import Machine
from mes.lib.spans import Span
from quality.enums import ShownState
from quality.queries.timeline.picture import Share

MICROSECOND = timedelta(microseconds=1)

_SHARES = """
    WITH piece AS (
        SELECT s.slot, b.start AS bucket, s.state, greatest(b.start, s.started_at) AS begin,
            least(b.start + %(width)s, coalesce(s.ended_at, %(end)s), %(end)s) AS until
        FROM generate_series(%(start)s::timestamptz, %(last)s::timestamptz, %(width)s) AS b(start)
        JOIN machines_stateinterval s ON s.machine_id = %(machine)s
            AND tstzrange(s.started_at, s.ended_at) && tstzrange(b.start, least(b.start + %(width)s, %(end)s))
            AND (s.ended_at IS NULL OR s.ended_at > s.started_at)
    )
    SELECT slot, bucket, shown, sum(extract(epoch FROM seconds))
    FROM (
        SELECT p.slot, p.bucket, part.*
        FROM piece p, LATERAL (
            SELECT
                coalesce(sum(least(p.until, r.ended_at) - greatest(p.begin, r.started_at)), '0') AS ordered,
                coalesce(sum(greatest(
                    least(p.until, r.production_at, r.ended_at) - greatest(p.begin, r.started_at), '0'
                )), '0') AS setup
            FROM orders_run r
            WHERE r.machine_id = %(machine)s AND r.slot = p.slot
                AND tstzrange(r.started_at, r.ended_at) && tstzrange(p.begin, p.until)
        ) o, LATERAL (
            VALUES (%(setup)s, o.setup), (p.state, o.ordered - o.setup),
                (CASE WHEN p.state = ANY(%(standing)s) THEN %(no_order)s ELSE p.state END,
                    p.until - p.begin - o.ordered)
        ) AS part (shown, seconds)
    ) AS of_orders
    GROUP BY 1, 2, 3 HAVING sum(seconds) > '0' ORDER BY 1, 2, 3
"""


def shares_by_slot(machine: Machine, past: Span, buckets: int) -> dict[int, list[Share]]:
    width = past.duration / max(buckets, 1)
    wanted: dict[str, Any] = {
        "machine": machine.pk,
        "start": past.start,
        "end": past.end,
        "last": past.end - MICROSECOND,
        "width": width,
        "standing": list(STANDING),
        "no_order": ShownState.NO_ORDER,
        "setup": ShownState.SETUP,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SHARES, wanted)
        rows = cursor.fetchall()
    found: dict[int, list[Share]] = defaultdict(list)
    for (slot, start), states in groupby(rows, key=itemgetter(0, 1)):
        span, low = Span(start, min(start + width, past.end)), 0.0
        for _slot, _start, state, seconds in states:
            high = low + float(seconds) / span.duration.total_seconds()
            found[slot].append(Share(span, state, round(low, 4), round(min(high, 1.0), 4)))
            low = high
    return found
