"""A recorded day of a real machine through the one door, in any order and twice (P17, P1, P2)."""

import random

import pytest

from machines.domain.ingest import append
from machines.domain.interpret import interpret_dirty
from machines.models import Cycle, Machine, StateInterval
from tests.factories.machines import MeasuredMachineFactory
from tests.machines.measure.recordings import box_day

pytestmark = pytest.mark.django_db


def envelopes(machine):
    """As a gateway would have sent them; the recording is years old, so it is moved to now by whole days."""
    from datetime import timedelta

    from django.utils import timezone

    samples, _ = box_day()
    shift = timedelta(days=(timezone.now() - samples[-1].ts).days)
    return [
        {
            "machine": machine.code,
            "source": "hurco",
            "boot": one.epoch,
            "seq": one.seq,
            "sub": one.sub,
            "ts": (one.ts + shift).isoformat(),
            "item": one.item,
            "value": int(one.value) if one.item == "part_count" else one.value,
            "historical": True,
        }
        for one in samples
    ]


@pytest.mark.parametrize("seed", [None, 1, 2])
def test_the_box_day_gives_eight_cycles_however_it_arrives(seed):
    from django.utils import timezone

    machine = MeasuredMachineFactory(
        counting_item="part_count", trust="state", silence_seconds=0, reference_cycle_seconds=None
    )
    batch = envelopes(machine)
    if seed is not None:
        batch += batch[::3]
        random.Random(seed).shuffle(batch)
    for start in range(0, len(batch), 10):
        append(batch[start : start + 10], timezone.now())
        interpret_dirty(timezone.now())
    programs = Cycle.objects.filter(machine=machine).order_by("ended_at").values_list("program", flat=True)
    box = "NIST_MTC_CRADA_BOX_REV-A_OP1"
    assert list(programs) == ["RGH", "TEST", "TEST", box, box, box, "CAS", box]
    assert sum(Cycle.objects.values_list("quantity", flat=True)) == 8
    line = StateInterval.objects.filter(machine=Machine.objects.get()).order_by("started_at")
    assert line.filter(state="producing").count() == 15
    assert line.filter(ended_at__isnull=True).count() == 1
