"""What a connection says of its partner's staging tables (its option ``staging``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mes.lib.errors import InvalidInput, Problem
from mes.lib.sentences import gettext as _

OPTION = "staging"


@dataclass(frozen=True, slots=True)
class Words:
    """What stands in the control column: for whom it is, who has it, and how it ended."""

    new: str = "000"
    locked: str = "099"
    done: str = "100"
    refused: str = "900"


@dataclass(frozen=True, slots=True)
class Staging:
    """``header`` has a row per order with ``key``, the control column ``status`` and, if named, a column for
    the ``error`` text; ``details`` name their tables' rows by the same key column. ``outgoing`` tables are
    those that confirmations are written to; ``identity`` is their unique column."""

    header: str
    key: str
    status: str = "status"
    error: str = ""
    details: tuple[str, ...] = ()
    schema: str = "public"
    order_by: str = ""
    identity: str = "identity"
    rows_at_once: int = 100
    words: Words = Words()


def staging(options: Mapping[str, Any]) -> Staging:
    """Raises InvalidInput when the connection doesn't name its tables."""
    said = options.get(OPTION)
    if not isinstance(said, Mapping) or not said.get("header") or not said.get("key"):
        message = _("The option “staging” must name the header table and its key column.")
        raise InvalidInput([Problem("no_staging", message, OPTION)])
    texts = ("header", "key", "status", "error", "schema", "order_by", "identity")
    words = said.get("words", {})
    return Staging(
        **{name: str(said[name]) for name in texts if name in said},
        details=tuple(str(name) for name in said.get("details", ())),
        rows_at_once=int(said.get("rows_at_once", 100)),
        words=Words(
            **{name: str(words[name]) for name in ("new", "locked", "done", "refused") if name in words}
        ),
    )
