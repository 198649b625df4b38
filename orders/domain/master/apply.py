"""Applying a batch of master data in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from machines.models import Plant
from mes.accounts.models import User
from mes.lib.errors import Problem
from mes.lib.sentences import gettext as _
from mes.lib.tracking import changes_by_command
from orders.domain.master.boms import Boms
from orders.domain.master.items import Items
from orders.domain.master.known import Known, load_known
from orders.domain.master.plain import Customers, WorkCentres
from orders.domain.master.result import Kind, MasterResult
from orders.domain.master.routings import Routings
from orders.domain.master_documents import (
    BomDocument,
    CustomerDocument,
    ItemDocument,
    MasterDocument,
    RoutingDocument,
    WorkCentreDocument,
)
from orders.enums import Outcome

LOCK = 4_105_001
"""One intake of master data at a time: what it makes, another must not make as well."""

ORDER: tuple[type[MasterDocument], ...] = (
    WorkCentreDocument,
    CustomerDocument,
    ItemDocument,
    BomDocument,
    RoutingDocument,
)
"""What others refer to comes first."""


BATCH = 1000
TAKERS: dict[type[MasterDocument], Callable[[Known], Any]] = {
    WorkCentreDocument: WorkCentres,
    CustomerDocument: Customers,
    ItemDocument: Items,
    BomDocument: Boms,
    RoutingDocument: Routings,
}
KINDS: dict[type[MasterDocument], Kind] = {
    WorkCentreDocument: Kind.WORK_CENTRE,
    CustomerDocument: Kind.CUSTOMER,
    ItemDocument: Kind.ITEM,
    BomDocument: Kind.BOM,
    RoutingDocument: Kind.ROUTING,
}


def blank_result(document: MasterDocument) -> MasterResult:
    """A result that names the document and says nothing yet."""
    key = document.item if isinstance(document, BomDocument | RoutingDocument) else document.code
    return MasterResult(document.row, KINDS[type(document)], key, Outcome.UNCHANGED)


def holds_nul(value: object) -> bool:
    """Is there a NUL in any text of the document? PostgreSQL can't hold one. ``raw`` isn't stored."""
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, tuple):
        return any(holds_nul(part) for part in value)
    if isinstance(value, Mapping):
        return any(holds_nul(key) or holds_nul(part) for key, part in value.items())
    if is_dataclass(value):
        return any(holds_nul(getattr(value, each.name)) for each in fields(value) if each.name != "raw")
    return False


def _unreadable(document: MasterDocument) -> MasterResult:
    result = blank_result(document)
    result.key = result.key.replace("\x00", "�")
    result.outcome = Outcome.REFUSED
    message = _("A text of this record holds a character that is no text.")
    result.problems = [Problem("not_text", message, "", document.row, result.key[:120])]
    return result


def apply_master(
    documents: Sequence[MasterDocument],
    *,
    plant: Plant,
    by: User | None = None,
    via: str = "",
    received_at: datetime | None = None,
    dry_run: bool = False,
) -> list[MasterResult]:
    """Create, change or switch off master data; each document wholly or not at all. Results in the given
    order; whatever stands in the message, what others refer to is applied first.

    ``plant`` is the sender's, for documents that name none. ``received_at`` decides between messages without
    version: what arrived before the one that was applied last is obsolete. ``dry_run`` tells what would
    become of the documents and writes nothing. Raises IntegrityError when somebody else has just made the
    same record: the transaction is to be repeated.
    """
    with transaction.atomic(), changes_by_command(via or "master data", by=by):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
        results = _in_batches(documents, plant, received_at or timezone.now())
        if dry_run:
            transaction.set_rollback(True)
    return results


def _in_batches(
    documents: Sequence[MasterDocument], plant: Plant, received_at: datetime
) -> list[MasterResult]:
    """A thousand of a kind at a time, so that memory doesn't grow with the message."""
    results: dict[int, MasterResult] = {}
    for kind in ORDER:
        places = [place for place, document in enumerate(documents) if type(document) is kind]
        for start in range(0, len(places), BATCH):
            some = places[start : start + BATCH]
            taken = _take([documents[place] for place in some], plant, received_at)
            results.update(zip(some, taken, strict=True))
    return [results[place] for place in range(len(documents))]


def _take(documents: Sequence[MasterDocument], plant: Plant, received_at: datetime) -> list[MasterResult]:
    """Take documents of one kind, and write what they change."""
    broken = {place for place, document in enumerate(documents) if holds_nul(document)}
    known = load_known(
        [document for place, document in enumerate(documents) if place not in broken],
        plant=plant,
        received_at=received_at,
    )
    taker = TAKERS[type(documents[0])](known)
    results = [
        _unreadable(document) if place in broken else taker.take(document)
        for place, document in enumerate(documents)
    ]
    taker.write()
    return results
