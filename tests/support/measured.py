"""What the measurement core makes of a transport's batches: from bytes to cycles without a database."""

from __future__ import annotations

from datetime import datetime

from integrations.signals.mapping import Mapper, Meaning
from machines.domain.measure import FoldState, Rules
from machines.domain.measure.fold import Output, flush, fold
from machines.domain.measure.samples import Sample


def measured(batches, roles, *, values=None, **rules) -> Output:
    """``roles``: address → role, ``values``: address → value table; one machine, one slot."""
    mapper = Mapper(
        "source",
        [Meaning(one, "M1", role, values=(values or {}).get(one, {})) for one, role in roles.items()],
    )
    samples = [_sample(entry) for batch in batches for entry in mapper.samples(batch)]
    state, rules = FoldState(), Rules(**rules)
    folded = fold(state, sorted(samples, key=lambda sample: sample.position), rules)
    rest = flush(state, rules)
    return Output(folded.cycles + rest.cycles, folded.intervals + rest.intervals, folded.notes + rest.notes)


def _sample(entry) -> Sample:
    return Sample(
        ts=datetime.fromisoformat(entry["ts"]),
        item=entry["item"],
        value=entry["value"],
        source=2 if entry["source"].endswith("/link") else 1,
        epoch=entry["boot"],
        seq=entry["seq"],
        sub=entry.get("sub", 0),
        slot=entry.get("slot", 0),
        quality=entry.get("quality", "good"),
        snapshot=entry.get("snapshot", False),
        reset=entry.get("reset", False),
    )
