"""The audit history of master data: database triggers, so that bulk updates are caught too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

import pghistory
from django.db.models import Model

M = TypeVar("M", bound=type[Model])


def tracked(model: M) -> M:
    """Class decorator: every insert, update and delete of a row leaves an event row that can't be changed."""
    return tracked_without()(model)


def tracked_without(*fields: str) -> Callable[[M], M]:
    """Like ``tracked``, leaving out secrets and what changes at every log-in."""

    def track(model: M) -> M:
        exclude: Sequence[str] = fields
        tracker: Callable[[M], M] = pghistory.track(
            pghistory.InsertEvent(),
            pghistory.UpdateEvent(),
            pghistory.DeleteEvent(),
            exclude=exclude or None,
            append_only=True,
        )
        return tracker(model)

    return track
