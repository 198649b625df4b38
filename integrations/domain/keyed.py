"""Messages that carry the partner's own key: taken once, answered the same way at every repeat."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from integrations.enums import InboundState
from integrations.models import Connection, InboundMessage
from mes.lib.errors import InvalidInput, KeyReused, MesError
from mes.lib.live import announce
from mes.lib.prepared import Asked, Insert, Query
from mes.lib.retry import in_transaction
from mes.lib.sentences import gettext as _

_BY_KEY = Query(
    lambda: InboundMessage.objects.select_for_update().filter(key=Asked("key")).defer("body").order_by()
)
_INSERT = Insert(InboundMessage)

Effect = Callable[[], list[dict[str, Any]]]
"""Does the work and returns a result per row: at least ``number`` and ``outcome``."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the partner is told. ``replayed``: the work was done when the key came first."""

    results: list[dict[str, Any]]
    replayed: bool


@dataclass(frozen=True, slots=True)
class Letter:
    """A message as it came, and the key that the partner made for it."""

    connection: Connection
    key: uuid.UUID
    external_id: str
    message_type: str
    body: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.body).hexdigest()


def take_once(letter: Letter, effect: Effect) -> Answer:
    """Store the letter and its effect in one transaction, once per key.

    A refused letter is kept too, with its problems; the same letter sent again after that is judged anew,
    since nothing of it was done. Raises InvalidInput when the effect does, KeyReused when the key came with
    another body.
    """

    def work() -> Answer:
        known = locked_message(letter.key)
        if known is not None:
            check_same(known, letter)
            if known.state != InboundState.REFUSED:
                return Answer(known.results, replayed=True)
        results = effect()
        _store(letter, known, state=InboundState.APPLIED, results=results)
        return Answer(results, replayed=False)

    try:
        # Of two with the same key at once the second fails on a unique index; its repeat finds the first.
        return in_transaction(work, unique=True)
    except InvalidInput as error:
        _keep_refused(letter, error)
        raise


def locked_message(key: uuid.UUID) -> InboundMessage | None:
    return _BY_KEY.first(key=key)


def check_same(known: InboundMessage, letter: Letter) -> None:
    if known.sha256 != letter.sha256:
        raise KeyReused(
            "key_reused", _("This key was already used for another message."), field="Idempotency-Key"
        )


def stored_letter(letter: Letter) -> tuple[InboundMessage, bool]:
    """The letter in the inbox, and whether it is new there; nothing of a new one is applied yet."""
    known = locked_message(letter.key)
    if known is not None:
        return known, False
    message = _blank(letter)
    _INSERT([message], topics=["inbox"])
    return message, True


def _keep_refused(letter: Letter, error: MesError) -> None:
    with transaction.atomic():
        known = locked_message(letter.key)
        if known is None or known.state == InboundState.REFUSED:
            problems = [{"file": "", **problem.to_keep()} for problem in error.problems[:200]]
            _store(letter, known, state=InboundState.REFUSED, problems=without_nul(problems))


def _store(
    letter: Letter,
    known: InboundMessage | None,
    *,
    state: InboundState,
    results: list[dict[str, Any]] | None = None,
    problems: list[dict[str, Any]] | None = None,
) -> None:
    message = known or _blank(letter)
    message.state = state
    message.results = results or []
    message.problems = problems or []
    message.orders = sorted({result["number"] for result in message.results if "kind" not in result})
    message.attempts += 1
    message.applied_at = timezone.now() if state == InboundState.APPLIED else None
    if known is None:
        _INSERT([message], topics=["inbox"])
    else:
        message.save()
        announce("inbox")


def _blank(letter: Letter) -> InboundMessage:
    return InboundMessage(
        connection=letter.connection,
        key=letter.key,
        channel="api",
        message_type=letter.message_type,
        external_id=letter.external_id,
        body=letter.body,
        size=len(letter.body),
        sha256=letter.sha256,
    )


def without_nul(problems: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """PostgreSQL's JSON knows no NUL and no half characters."""
    return [
        {
            name: value.encode(errors="replace").decode().replace("\x00", "�")
            if isinstance(value, str)
            else value
            for name, value in problem.items()
        }
        for problem in problems
    ]
