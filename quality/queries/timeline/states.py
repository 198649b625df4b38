"""The states of a machine one by one, cut where people told causes apart and where orders begin and end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from django.db.models import QuerySet

from machines.domain.coding import Piece, Standstill, pieces_of
from machines.domain.stops import STANDING
from machines.models import Machine, StateInterval, StopReason
from machines.models.state import TsTzRange
from mes.lib.spans import Span, intersect, subtract
from orders.enums import RunPhase
from quality.enums import ShownState
from quality.queries import oee
from quality.queries.oee import CodingRow
from quality.queries.timeline.picture import RunBar, StateBar


def states_by_slot(
    machine: Machine, past: Span, runs: Mapping[int, Sequence[RunBar]]
) -> dict[int, list[StateBar]]:
    codings = oee.stop_codings([machine.pk], past)
    reasons = oee.stop_reasons({coding.reason for coding in codings})
    rows: dict[int, list[StateInterval]] = defaultdict(list)
    for interval in intervals(machine, past):
        rows[interval.slot].append(interval)
    return {
        slot: list(
            _with_orders(
                _bars(rows[slot], [row for row in codings if row.slot == slot], reasons, past), runs[slot]
            )
        )
        for slot in range(1, machine.slots + 1)
    }


def _bars(
    intervals: Sequence[StateInterval],
    codings: Sequence[CodingRow],
    reasons: Mapping[int, StopReason],
    past: Span,
) -> Iterator[StateBar]:
    """The states of one slot, standstills cut where people told causes apart."""
    standing = [Standstill(one.started_at, one.ended_at) for one in intervals if one.state in STANDING]
    pieces = pieces_of(standing, [coding.as_said() for coding in codings]) if codings else {}
    for one in intervals:
        whole: Piece[CodingRow] = Piece(one.started_at, one.ended_at, None)
        for piece in pieces.get(one.started_at, [whole]):
            if part := Span(piece.start, max(piece.start, piece.end or past.end)) & past:
                reason = reasons[piece.ref.reason] if piece.ref else None
                yield StateBar(part, one.state, one.alarm, reason)


def _with_orders(bars: Iterable[StateBar], runs: Sequence[RunBar]) -> Iterator[StateBar]:
    """States cut where a setup begins or ends, and standstills where an order does."""
    ordered = [run.span for run in runs]
    setups = [run.span for run in runs if run.phase == RunPhase.SETUP]
    for bar in bars:
        parts = [(span, ShownState.SETUP.value) for span in intersect([bar.span], setups)]
        rest = subtract([bar.span], setups)
        if bar.state in STANDING and bar.reason is None:
            parts += [(span, bar.state) for span in intersect(rest, ordered)]
            parts += [(span, ShownState.NO_ORDER.value) for span in subtract(rest, ordered)]
        else:
            parts += [(span, bar.state) for span in rest]
        yield from (StateBar(span, state, bar.alarm, bar.reason) for span, state in sorted(parts))


def intervals(machine: Machine, past: Span) -> QuerySet[StateInterval]:
    return (
        StateInterval.objects.filter(machine=machine, started_at__lt=past.end)
        .alias(during=TsTzRange("started_at", "ended_at"))
        .filter(during__overlap=(past.start, past.end))
        .order_by("slot", "started_at")
    )
