"""The figures of ingest and interpretation for Prometheus."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median

from django.db.models import Min, Sum
from django.utils import timezone

from machines.models import Arrival, MachineNow, Projection, Source, SourceEpoch
from machines.queries.samples import stray_samples
from mes.lib.metrics import gauge


@gauge("mes_samples_waiting", "Samples stored and not yet handed to an interpreter")
def waiting_samples() -> float:
    return float(Arrival.objects.aggregate(waiting=Sum("samples"))["waiting"] or 0)


@gauge("mes_dirty_machines", "Machines to be read again: late samples, changed rules, a rebuild")
def dirty_machines() -> float:
    return Projection.objects.filter(dirty_from__isnull=False).count()


@gauge("mes_interpretation_lag_seconds", "How long the interpreter's most overdue change of state waits")
def interpretation_lag() -> float:
    due = MachineNow.objects.aggregate(due=Min("due_at"))["due"]
    return max((timezone.now() - due).total_seconds(), 0.0) if due is not None else 0.0


@gauge("mes_ingest_lag_seconds", "Time since something was received, by source", labels=("machine", "source"))
def ingest_lag() -> Iterator[tuple[tuple[str, ...], float]]:
    now = timezone.now()
    rows = Source.objects.filter(last_received_at__isnull=False, machine__active=True)
    for machine, source, received in rows.values_list("machine__code", "code", "last_received_at"):
        if received is not None:
            yield (machine, source), (now - received).total_seconds()


@gauge("mes_clock_skew_seconds", "How far a source's clock is behind ours", labels=("machine", "source"))
def clock_skew() -> Iterator[tuple[tuple[str, ...], float]]:
    rows = Source.objects.filter(machine__active=True).exclude(clock_offsets=[])
    for machine, source, offsets in rows.values_list("machine__code", "code", "clock_offsets"):
        yield (machine, source), median(offsets)


@gauge("mes_samples", "Samples by what became of them", labels=("outcome",))
def samples() -> Iterator[tuple[tuple[str, ...], float]]:
    sums = SourceEpoch.objects.aggregate(
        accepted=Sum("accepted"), duplicate=Sum("duplicates"), conflict=Sum("conflicts")
    )
    for outcome, count in sums.items():
        yield (outcome,), float(count or 0)


@gauge("mes_stray_samples", "Samples in the default partition: any is an alarm")
def strays() -> float:
    return stray_samples()
