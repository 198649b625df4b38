"""Doing a whole unit of work again when the database chose it as the loser of a conflict."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction
from psycopg import errors

T = TypeVar("T")

ATTEMPTS = 4
REPEATABLE = (errors.DeadlockDetected, errors.SerializationFailure)


def repeatable(error: DatabaseError, *, unique: bool = False) -> bool:
    """A deadlock or a serialization failure; with ``unique`` also "somebody else was first"."""
    cause = error.__cause__
    return isinstance(cause, REPEATABLE) or (unique and isinstance(cause, errors.UniqueViolation))


def in_transaction(work: Callable[[], T], *, unique: bool = False) -> T:
    """Run ``work`` in a transaction, at most four times, as long as it fails for a reason that passes.

    Inside another transaction it runs once: only the outermost unit can be repeated. ``unique`` is for work
    that looks for what it is about to write: what the database calls a duplicate it finds the next time.
    """

    def in_one() -> T:
        with transaction.atomic():
            return work()

    return repeated(in_one, unique=unique)


def repeated(work: Callable[[], T], *, unique: bool = False) -> T:
    """The same for ``work`` that is a transaction by itself, as each command of the domain is."""
    attempts = 1 if connection.in_atomic_block else ATTEMPTS
    for attempt in range(1, attempts + 1):
        try:
            return work()
        except (OperationalError, IntegrityError) as error:
            if attempt == attempts or not repeatable(error, unique=unique):
                raise
            time.sleep(0.01 * 2**attempt)
    raise AssertionError("unreachable")
