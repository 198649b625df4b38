"""Which inspections the events of the floor ask for: set-based, each trigger once."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.db.models import F

from machines.enums import MachineState
from mes.lib.live import announce_all
from orders.enums import OperationState
from orders.models import Operation
from quality.domain.sampling import Lot, SamplingPlan, sampling_plan, switching
from quality.enums import DemandReason, InspectionLevel, PlanState, Sampling, Severity
from quality.models import (
    Characteristic,
    CorrectiveAction,
    InspectionDemand,
    InspectionPlan,
    InspectionResult,
)
from quality.queries.due import AFTER_THE_END

LOTS_LOOKED_AT = 500
"""So many lots back the switching rules look."""

# What is worked on, or ended lately, with the plan in force: one of the revision before one for all.
_ASKED = """
    WITH asked AS (
        SELECT o.id AS operation, o.plant_id, trunc(o.good) AS good, o.state, o.finished_at, p.released_at,
            c.id AS characteristic, c.sampling, c.every, c.sample_size, c.kind
        FROM orders_operation o
        JOIN orders_productionorder r ON r.id = o.order_id
        JOIN LATERAL (
            SELECT p.id, p.released_at FROM quality_inspectionplan p
            WHERE p.plant_id = o.plant_id AND p.item_id = r.item_id AND p.operation_number = o.number
                AND p.state = 'released' AND p.revision IN ('', r.revision)
            ORDER BY p.revision DESC LIMIT 1
        ) p ON true
        JOIN quality_characteristic c ON c.plan_id = p.id
        WHERE (o.state IN ('setup', 'production', 'interrupted')
                OR o.state = 'finished' AND o.finished_at > %(recent)s)
            AND (%(operation)s::bigint IS NULL OR o.id = %(operation)s)
    ), worked AS (
        SELECT asked.*, u.id AS run, u.machine_id AS machine, u.slot, u.started_at, u.production_at,
            least(coalesce(u.ended_at, %(now)s), %(now)s) AS until
        FROM asked JOIN orders_run u ON u.operation_id = asked.operation
        WHERE u.production_at IS NOT NULL AND (u.ended_at IS NULL OR u.ended_at > u.started_at)
    )
"""
_DUE = """
    SELECT operation, characteristic, plant_id, 'first' AS reason, 'first' AS trigger,
        (array_agg(run ORDER BY production_at))[1] AS run,
        (array_agg(machine ORDER BY production_at))[1] AS machine, sample_size AS wanted,
        min(production_at) AS due
    FROM worked WHERE sampling IN ('first', 'both')
    GROUP BY operation, characteristic, plant_id, sample_size, released_at
    HAVING min(production_at) >= released_at
    UNION ALL
    SELECT operation, characteristic, plant_id, 'setup', 'setup:' || run, run, machine, sample_size,
        production_at
    FROM worked WHERE sampling = 'setup' AND production_at > started_at AND production_at >= released_at
    UNION ALL
    SELECT operation, characteristic, plant_id, 'minutes',
        'minutes:' || run || ':' || every * floor(extract(epoch FROM until - production_at) / 60 / every),
        run, machine, sample_size, production_at
            + every * floor(extract(epoch FROM until - production_at) / 60 / every) * interval '1 minute'
    FROM worked
    WHERE sampling = 'minutes' AND until >= greatest(production_at, released_at) + every * interval '1 minute'
        AND until > %(recent)s
    UNION ALL
    SELECT w.operation, w.characteristic, w.plant_id, 'stop',
        'stop:' || w.run || ':' || to_char(s.ended_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI'),
        w.run, w.machine, w.sample_size, s.ended_at
    FROM worked w JOIN machines_stateinterval s ON s.machine_id = w.machine AND s.slot = w.slot
        AND s.state = %(stop)s AND s.started_at >= w.production_at AND s.ended_at <= w.until
        AND s.ended_at > greatest(w.released_at, %(recent)s)
        AND s.ended_at - s.started_at >= coalesce(w.every, 0) * interval '1 minute'
    WHERE w.sampling = 'stop' AND NOT EXISTS (
        SELECT 1 FROM quality_inspectiondemand d
        WHERE d.operation_id = w.operation AND d.characteristic_id = w.characteristic AND d.reason = 'stop'
            AND d.due_at > s.started_at AND d.due_at <= s.ended_at + interval '1 minute')
    UNION ALL
    SELECT operation, characteristic, plant_id, 'pieces', 'pieces:' || every * trunc(good / every), NULL,
        NULL, sample_size, %(now)s
    FROM asked WHERE sampling = 'pieces' AND good >= every AND state <> 'finished'
    UNION ALL
    SELECT operation, characteristic, plant_id, 'last', 'last', NULL, NULL, sample_size, finished_at
    FROM asked WHERE sampling IN ('last', 'both') AND state = 'finished' AND finished_at >= released_at
"""
_COLLECT = f"""
    {_ASKED}, due AS ({_DUE})
    INSERT INTO quality_inspectiondemand
        (operation_id, characteristic_id, plant_id, reason, trigger, run_id, machine_id, wanted, due_at,
            done, severity)
    SELECT operation, characteristic, plant_id, reason, trigger, run, machine, wanted, due, 0, '' FROM due d
    WHERE NOT EXISTS (SELECT 1 FROM quality_inspectiondemand k WHERE k.operation_id = d.operation
        AND k.characteristic_id = d.characteristic AND k.trigger = d.trigger)
    ON CONFLICT DO NOTHING
    RETURNING operation_id, id
"""  # noqa: S608 (a text of ours)
_COLLECT_ALL = f"""
    {_ASKED}
    INSERT INTO quality_inspectiondemand AS d
        (operation_id, characteristic_id, plant_id, reason, trigger, wanted, due_at, done, severity)
    SELECT operation, characteristic, plant_id, 'all', 'all', good, %(now)s, 0, '' FROM asked
    WHERE sampling = 'all' AND good >= 1 AND NOT EXISTS (
        SELECT 1 FROM quality_inspectiondemand k WHERE k.operation_id = asked.operation
            AND k.characteristic_id = asked.characteristic AND k.trigger = 'all' AND k.wanted >= asked.good)
    ON CONFLICT (operation_id, characteristic_id, trigger) DO UPDATE SET wanted = excluded.wanted
        WHERE d.wanted < excluded.wanted
    RETURNING operation_id, id
"""  # noqa: S608 (a text of ours)

# Whoever measures is often quicker than the counts that ask for it. Found early is what answered no demand
# when it came in: by pieces, since it was asked the last time; else, from the moment that calls for it up to
# the next one.
_COUNT_EARLY = """
    WITH early AS (
        SELECT d.id, sum(r.inspected) AS pieces
        FROM quality_inspectiondemand d
        CROSS JOIN LATERAL (
            SELECT max(k.due_at) FILTER (WHERE k.due_at < d.due_at) AS before,
                min(k.due_at) FILTER (WHERE k.due_at > d.due_at) AS following
            FROM quality_inspectiondemand k
            WHERE k.operation_id = d.operation_id AND k.characteristic_id = d.characteristic_id
        ) k
        JOIN quality_inspectionresult r ON r.operation_id = d.operation_id
            AND r.characteristic_id = d.characteristic_id AND r.trigger = '' AND r.corrects_id IS NULL
            AND CASE WHEN d.reason = 'pieces'
                THEN r.recorded_at > coalesce(k.before, '-infinity')
                ELSE r.at >= d.due_at AND r.at < coalesce(k.following, 'infinity') END
        WHERE d.id = ANY(%s) AND d.reason <> 'all'
        GROUP BY d.id
    )
    UPDATE quality_inspectiondemand d SET done = least(d.wanted, early.pieces)
    FROM early WHERE early.id = d.id AND d.done < d.wanted
"""


@transaction.atomic
def collect_demands(*, now: datetime, operation: Operation | None = None) -> int:
    """Ask for what runs, counts and stops up to ``now`` call for, of one operation or all; how many are new.

    Where several samples by pieces or time came due since it last looked, only the latest is asked for: what
    was made before it is gone. Results that came in before the demand count for it.
    """
    given: dict[str, Any] = {
        "now": now,
        "recent": now - AFTER_THE_END,
        "operation": operation.pk if operation else None,
        "stop": MachineState.STOP.value,
    }
    with connection.cursor() as cursor:
        cursor.execute(_COLLECT, given)
        asked = cursor.fetchall()
        cursor.execute(_COLLECT_ALL, given)
        touched = [operation for operation, _demand in [*asked, *cursor.fetchall()]]
        if asked:
            cursor.execute(_COUNT_EARLY, [[demand for _operation, demand in asked]])
    touched += _collect_lots(now=now, operation=operation)
    if touched:
        announce_all(["inspections", *(f"inspection:{number}" for number in set(touched))])
    return len(touched)


def _collect_lots(*, now: datetime, operation: Operation | None) -> list[int]:
    """Samples by AQL of operations that were finished lately; the switching rules decide how strict."""
    ended = Operation.objects.filter(
        state=OperationState.FINISHED, finished_at__gt=now - AFTER_THE_END, good__gte=1
    ).select_related("order")
    if operation is not None:
        ended = ended.filter(pk=operation.pk)
    characteristics = list(
        Characteristic.objects.filter(
            plan__state=PlanState.RELEASED, sampling=Sampling.AQL, aql__isnull=False
        ).select_related("plan")
    )
    if not characteristics:
        return []
    by_place: dict[tuple[int, int, str], list[Characteristic]] = defaultdict(list)
    for one in characteristics:
        by_place[one.plan.plant_id, one.plan.item_id, one.plan.operation_number].append(one)
    known = set(
        InspectionDemand.objects.filter(operation__in=ended, reason=DemandReason.LOT).values_list(
            "operation", "characteristic__code"
        )
    )
    wanted = []
    for done in ended:
        offered = by_place[done.plant_id, done.order.item_id, done.number]
        revisions = {one.plan.revision for one in offered} & {done.order.revision, ""}
        for one in offered:
            if one.plan.revision != max(revisions, default="") or (done.pk, one.code) in known:
                continue
            if (
                done.finished_at is None
                or one.plan.released_at is None
                or done.finished_at < one.plan.released_at
            ):
                continue
            severity, plan = lot_plan(one, int(done.good))
            wanted.append(
                InspectionDemand(
                    plant_id=done.plant_id,
                    operation=done,
                    characteristic=one,
                    reason=DemandReason.LOT,
                    trigger="lot",
                    wanted=plan.size,
                    accept=plan.reject - 1,
                    severity=severity,
                    due_at=done.finished_at,
                )
            )
    InspectionDemand.objects.bulk_create(wanted, ignore_conflicts=True)
    return [one.operation_id for one in wanted]


def lot_plan(characteristic: Characteristic, lot: int) -> tuple[Severity, SamplingPlan]:
    """How the next lot of ``lot`` pieces is sampled, as the lots before it went: every piece of it where the
    rules end sampling, until an action against the cause is found to be effective."""
    assert characteristic.aql is not None
    aql: Decimal = characteristic.aql
    level = InspectionLevel(characteristic.level)
    plan = characteristic.plan
    before = (
        InspectionResult.objects.filter(
            trigger="lot",
            characteristic__code=characteristic.code,
            characteristic__plan__item=plan.item_id,
            characteristic__plan__plant=plan.plant_id,
            characteristic__plan__operation_number=plan.operation_number,
            corrected_by__isnull=True,
        )
        .order_by("-at", "-pk")
        .values_list("operation__good", "found", "at")[:LOTS_LOOKED_AT]
    )
    improvements = _improvements(plan)
    lots, last = [], None
    for size, wrong, at in reversed(before):
        lots.append(
            Lot(int(size), wrong, any(last is None or one > last for one in improvements if one <= at))
        )
        last = at
    stands = switching(
        lots,
        level=level,
        aql=aql,
        reduced_allowed=characteristic.reduced_allowed,
        improved=last is not None and any(one > last for one in improvements),
    )
    severity = Severity.ALL if stands.stopped else stands.severity
    return severity, sampling_plan(lot, level, aql, severity)


def _improvements(plan: InspectionPlan) -> list[datetime]:
    """When actions against nonconformances of this item were found to be effective."""
    found = CorrectiveAction.objects.filter(
        plant=plan.plant_id, effective=True, nonconformances__item=plan.item_id
    )
    return [at for at in found.values_list("checked_at", flat=True).distinct() if at is not None]


def count_done(*, operation: int, characteristic: int, trigger: str, pieces: int) -> None:
    """Tell the demand that ``pieces`` more were looked at."""
    InspectionDemand.objects.filter(
        operation=operation, characteristic=characteristic, trigger=trigger
    ).update(done=F("done") + pieces)
