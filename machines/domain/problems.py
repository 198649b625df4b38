"""Taking in again what could not be taken, once its cause is mended: a machine created, an item mapped.

The problem stays as it came; each try is a fact of its own. A sample is known by its numbers, so that trying
again what got in meanwhile has no effect.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from django.db import transaction
from django.utils.translation import gettext as _

from machines.domain.envelope import Answer, Outcome
from machines.domain.ingest import LARGEST_BATCH, RAW_KEPT, append
from machines.models import SampleProblem, SampleProblemReplay
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib.errors import Refused


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many problems were settled by this try and how many stay."""

    settled: int
    open: int


def can_replay_problems(by: User | None) -> bool:
    """None is the command line."""
    return by is None or by.may(Right.MESSAGES)


@transaction.atomic
def replay_problems(*, problems: Collection[int], by: User | None, now: datetime) -> Replayed:
    """Try these problems (ids) again, those not settled yet; at most 5,000 samples, the oldest first.

    Their samples keep their own times. Raises ``Refused`` for a person without the right.
    """
    if not can_replay_problems(by):
        raise Refused("not_allowed", _("You may not replay samples."))
    waiting = (
        SampleProblem.objects.filter(pk__in=problems)
        .exclude(replays__settled=True)
        .order_by("received_at", "pk")
    )
    tried: list[tuple[SampleProblem, Answer | None]] = []
    entries: list[Any] = []
    places: list[tuple[SampleProblem, range]] = []
    for problem in waiting[:LARGEST_BATCH]:
        samples = samples_of(problem)
        if samples is None:
            tried.append((problem, _UNREADABLE))
        elif len(entries) + len(samples) <= LARGEST_BATCH:
            places.append((problem, range(len(entries), len(entries) + len(samples))))
            entries += samples
    answers = append(entries, now, channel="replay", keep_problems=False)
    for problem, place in places:
        tried.append((problem, next((answers[index] for index in place if answers[index].code), None)))
    SampleProblemReplay.objects.bulk_create(
        (
            SampleProblemReplay(
                problem=problem,
                replayed_at=now,
                by=by,
                settled=answer is None,
                code=answer.code if answer else "",
                reason=answer.message[:500] if answer else "",
            )
            for problem, answer in tried
        ),
        ignore_conflicts=True,
    )
    settled = sum(answer is None for _problem, answer in tried)
    return Replayed(settled, len(tried) - settled)


_UNREADABLE = Answer(Outcome.REJECTED, "not_readable", "What was kept is no complete list of samples.")


def samples_of(problem: SampleProblem) -> list[Any] | None:
    """The samples in what was kept, to be read as buffered ones; None where it can't be read as samples."""
    if len(problem.raw) >= RAW_KEPT:
        return None
    try:
        data = orjson.loads(problem.raw)
    except orjson.JSONDecodeError:
        return None
    if isinstance(data, dict):
        data = data["samples"] if isinstance(data.get("samples"), list) else [data]
    if not isinstance(data, list) or not data or not _objects(data):
        return None
    return [{**sample, "historical": True} for sample in data]


def _objects(data: Iterable[Any]) -> bool:
    return all(isinstance(one, dict) for one in data)
