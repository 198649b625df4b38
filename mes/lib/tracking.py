"""The audit history of master data: database triggers, so that bulk updates are caught too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import pghistory
from django.db.models import Model

M = TypeVar("M", bound=type[Model])


@contextmanager
def changes_by_command(name: str, *, by: Model | None = None) -> Iterator[None]:
    """Within it, audit rows name the command that made the change, and the person if one is known."""
    who = {} if by is None else {"user": by.pk}
    with pghistory.context(command=name, **who):
        yield


def tracked(model: M) -> M:
    """Class decorator: every insert, update and delete of a row leaves an event row that can't be changed."""
    return tracked_without()(model)


def tracked_links(model: M) -> M:
    """Class decorator for a proxy of a many-to-many table: every link made or cut leaves an event row."""
    tracker: Callable[[M], M] = pghistory.track(
        pghistory.InsertEvent(), pghistory.DeleteEvent(), append_only=True
    )
    return tracker(model)


def tracked_without(*fields: str) -> Callable[[M], M]:
    """Like ``tracked``, leaving out secrets and what changes at every log-in."""

    def track(model: M) -> M:
        tracker: Callable[[M], M] = pghistory.track(
            pghistory.InsertEvent(),
            pghistory.UpdateEvent(),
            pghistory.DeleteEvent(),
            exclude=list(fields) or None,
            append_only=True,
        )
        return tracker(model)

    return track
