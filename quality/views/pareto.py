"""The Pareto of stops with its switch: by time, number, pieces, euros or promise days."""

from __future__ import annotations

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from quality.kpi.collect import Reading
from quality.kpi.stops import Measure, stop_pareto

MEASURES: dict[Measure, Promise] = {
    Measure.TIME: _("Time"),
    Measure.STOPS: _("How often"),
    Measure.PIECES: _("Pieces"),
    Measure.EUROS: _("€"),
    Measure.PROMISE_DAYS: _("Promise days"),
}


def pareto_context(reading: Reading, measure: str, *, most: int | None = None) -> dict[str, Any]:
    """What `quality/_pareto.html` shows; an unknown ``measure`` means time."""
    by = Measure(measure) if measure in set(Measure) else Measure.TIME
    return {
        "pareto": stop_pareto(reading, by=by)[:most],
        "measure": by.value,
        "measures": [(each.value, label, each is by) for each, label in MEASURES.items()],
    }
