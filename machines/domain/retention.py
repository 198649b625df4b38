"""How long raw samples, typed and packed, and checkpoints are kept. Facts (cycles, state intervals) stay."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from django.db import connection, transaction

from machines.domain.envelope import OLDEST
from machines.domain.packs.write import pack_day
from machines.domain.partitions import forget_known_partitions

DAYS_TYPED = 14
DAYS_KEPT = OLDEST.days
MONTH_OVER = 31


@transaction.atomic
def drop_old_samples(now: datetime, *, days: int = DAYS_KEPT) -> list[date]:
    """Drop the days, and packed months, of raw samples older than ``days`` (at least 7).

    Returns the dropped days (UTC), of a month its first one.

    Interpretation can't go back behind that border: the last checkpoint before it is kept and noted as the
    floor of each machine.
    """
    border = datetime.combine((now.astimezone(UTC) - timedelta(days=days)).date(), datetime.min.time(), UTC)
    old = [day for day in sample_days() if day < border.date()]
    months = [month for month in packed_months() if month + timedelta(days=MONTH_OVER) < border.date()]
    if not old and not months:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE machines_projection p SET floor_at = (
                SELECT max(at) FROM machines_checkpoint c
                WHERE c.machine_id = p.machine_id AND c.at < %(border)s
            )
            WHERE EXISTS (
                SELECT FROM machines_checkpoint c WHERE c.machine_id = p.machine_id AND c.at < %(border)s
            )
            """,
            {"border": border},
        )
        for day in old:
            cursor.execute("SELECT machines_drop_sample_partition(%s)", [day])
        for month in months:
            cursor.execute("SELECT machines_drop_pack_partition(%s)", [month])
    forget_known_partitions()
    return old + months


def pack_next_day(now: datetime, *, days: int = DAYS_TYPED) -> date | None:
    """Pack the oldest day of typed samples that is older than ``days``. Returns it (UTC) once it is packed.

    None where there is no such day, or where another sample came to it meanwhile: the next call takes it.
    """
    border = now.astimezone(UTC).date() - timedelta(days=days)
    day = next((day for day in sample_days() if day < border), None)
    if day is None or not pack_day(day):
        return None
    forget_known_partitions()
    return day


def tighten_closed_days(now: datetime) -> list[date]:
    """Rebuild the indexes of the days that are over for more than a day, each once. Returns these days (UTC).

    A late sample of such a day waits as long as that takes.
    """
    border = now.astimezone(UTC).date() - timedelta(days=1)
    done = []
    for day in sample_days():
        if day < border:
            with connection.cursor() as cursor:
                cursor.execute("SELECT machines_tighten_sample_partition(%s)", [day])
                (did,) = cursor.fetchone()
            if did:
                done.append(day)
    return done


def sample_days() -> list[date]:
    """The days (UTC) that have a partition, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT to_date(right(relname, 8), 'YYYYMMDD') FROM pg_class JOIN pg_inherits ON inhrelid = oid
            WHERE inhparent = 'machines_sample'::regclass AND relname ~ '_[0-9]{8}$' ORDER BY 1
            """
        )
        return [day for (day,) in cursor.fetchall()]


def packed_months() -> list[date]:
    """The first days (UTC) of the months that have packed samples, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT to_date(right(relname, 6), 'YYYYMM') FROM pg_class JOIN pg_inherits ON inhrelid = oid
            WHERE inhparent = 'machines_samplepack'::regclass ORDER BY 1
            """
        )
        return [month for (month,) in cursor.fetchall()]


def thin_checkpoints(now: datetime) -> int:
    """Keep checkpoints of two hours, then one an hour, after three days one a day. Returns how many went.

    The last one of each machine and the one at its floor always stay.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            """
            DELETE FROM machines_checkpoint c USING (
                SELECT machine_id, at, row_number() OVER (
                    PARTITION BY machine_id, date_trunc(
                        CASE WHEN at > %(days)s THEN 'hour' ELSE 'day' END, at, 'UTC') ORDER BY at DESC
                ) AS place, max(at) OVER (PARTITION BY machine_id) AS last
                FROM machines_checkpoint
            ) r LEFT JOIN machines_projection p USING (machine_id)
            WHERE c.machine_id = r.machine_id AND c.at = r.at AND r.place > 1 AND r.at < %(hours)s
                AND r.at <> r.last AND r.at IS DISTINCT FROM p.floor_at
            """,
            {"hours": now - timedelta(hours=2), "days": now - timedelta(days=3)},
        )
        return int(cursor.rowcount)
