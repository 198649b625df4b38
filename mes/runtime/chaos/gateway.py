"""The edge gateway of a chaos run: what it is to read, and whether all of it came, once and in order."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise, takewhile
from pathlib import Path

from django.db.models import QuerySet

from integrations.enums import SignalProtocol
from integrations.models import Gateway, SignalConnection, SignalMapping
from machines.domain.ingest import value_of
from machines.models import Machine, Sample
from mes.runtime.demo_plant.edge_facts import EDGE_KEY
from mes.runtime.demo_plant.partners import EDGE_KEY_NAME
from mes.runtime.simulator.file_drop import ITEMS, MACHINE, Written

CODE = "dropped"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
COMMAND = ("-m", "integrations.signals.edge")


def environment(server: str, folder: Path) -> Mapping[str, str]:
    return {"MES_EDGE_SERVER": server, "MES_EDGE_KEY": EDGE_KEY, "MES_EDGE_DIR": str(folder)}


def connect(folder: Path) -> None:
    """Have the demo plant's gateway read this folder and nothing else: no broker of another demo."""
    gateway = Gateway.objects.get(api_key__name=EDGE_KEY_NAME)
    SignalConnection.objects.filter(gateway=gateway).update(active=False)
    connection = SignalConnection.objects.create(
        code=CODE,
        name="Files that machines drop",
        plant=gateway.plant,
        gateway=gateway,
        protocol=SignalProtocol.FILE,
        address=str(folder),
        options={"device": MACHINE, "stable_seconds": 0.1, "pattern": "*.csv"},
        active=True,
    )
    machines = {machine.code: machine for machine in Machine.objects.filter(plant=gateway.plant)}
    SignalMapping.objects.bulk_create(
        SignalMapping(connection=connection, machine=machines[code], address=f"{code}/{item}", role=item)
        for code, items in ITEMS.items()
        for item in items
    )


def wait_until_told(
    written: Mapping[str, Sequence[Written]], *, patience_seconds: float, tend: Callable[[], None]
) -> None:
    """Until the gateway has passed on as much as was written. Raises TimeoutError, what ``tend`` raises."""
    wanted, end = sum(len(rows) for rows in written.values()), time.monotonic() + patience_seconds
    while (found := _samples(written).count()) < wanted:
        if time.monotonic() > end:
            raise TimeoutError(f"{found} of {wanted} signals came through the gateway")
        tend()
        time.sleep(0.5)


def problems(written: Mapping[str, Sequence[Written]]) -> list[str]:
    """What is lost, doubled or out of order, in words; nothing where all is stored as it was written."""
    found: list[str] = []
    for machine, rows in written.items():
        samples = list(_samples(written).filter(machine__code=machine).order_by("seq"))
        stored = [Written(one.ts, one.item, value_of(one.number, one.text)) for one in samples]
        if stored != list(rows):
            same = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(rows, stored, strict=False)))
            found.append(f"{machine}: {len(rows)} rows, {len(stored)} samples, the first {same} are the same")
        if any(later.received_at < one.received_at for one, later in pairwise(samples)):
            found.append(f"{machine}: a later row came before an earlier one")
    return found


def _samples(written: Mapping[str, Sequence[Written]]) -> QuerySet[Sample]:
    """What the gateway read in the files. That it stood or not comes from another source."""
    times = [row.ts for rows in written.values() for row in rows]
    span = (min(times), max(times)) if times else (EPOCH, EPOCH)
    return Sample.objects.filter(epoch__source__code=CODE, ts__range=span)
