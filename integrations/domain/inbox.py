"""The inbox: what partners send is stored byte for byte first, then read and applied.

A crash between the two leaves a row in state *received*; processing it later, or twice, changes nothing more.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from django.db import DataError, IntegrityError, OperationalError, transaction
from django.utils import timezone

from integrations.domain.exchange.rules import split_trailer
from integrations.domain.formats import (
    ApplyBody,
    Reading,
    ReadsInPieces,
    ReadTotals,
    other_message,
    reader_of,
    totals_message,
)
from integrations.domain.late_links import link_arrived
from integrations.domain.measured import record_measured
from integrations.domain.outbox.answers import note_answers
from integrations.domain.partial import whole_documents
from integrations.domain.reconciliation.totals import take_totals, totals_in
from integrations.domain.steps import note_reading
from integrations.domain.told_words import take_words
from integrations.domain.translating import inward, tables_of, translations
from integrations.domain.unknown import note_unknown
from integrations.domain.waiting import behind_earlier, ready_messages, remember
from integrations.enums import FileCheck, InboundState, TotalSource
from integrations.models import Connection, FileRules, InboundMessage, MessageMappingVersion
from integrations.queries.message_mappings import mapping_settings, version_in_force
from mes.accounts.models import User
from mes.lib.errors import MesError, Problem, Refused
from mes.lib.live import announce
from mes.lib.prepared import Insert
from mes.lib.sentences import gettext as _
from mes.lib.sentences import parts_of
from orders.domain.documents import OrderDocument
from orders.domain.intake import Result, apply_documents
from orders.domain.master import MasterResult, apply_master, blank_result
from orders.domain.master_documents import MasterDocument
from orders.domain.missing import Missing
from orders.domain.release import release_order
from orders.domain.stock_locks import lock_items_of_orders
from orders.enums import ErpStatus, OrderState, Outcome
from orders.models import ProductionOrder

logger = structlog.get_logger(__name__)

MOST_PROBLEMS = 200
DOCUMENTS_AT_ONCE = 500
_INSERT = Insert(InboundMessage)
"""Sends the body to the database as it is; in the text of a statement it would take six times its size."""
FILES = "file"
"""The channel of messages that came as files."""
APPLIED = (Outcome.CREATED, Outcome.CHANGED, Outcome.UNCHANGED, Outcome.CANCELLED)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The stored message. ``duplicate``: the same content came before, nothing new was stored."""

    message: InboundMessage
    duplicate: bool


def receive(
    *,
    connection: Connection,
    channel: str,
    body: bytes,
    name: str = "",
    message_type: str = "",
    external_id: str = "",
) -> Receipt:
    """Store ``body`` unchanged and commit. The same connection, type, id and content again is a duplicate."""
    return _store(
        connection,
        channel,
        body=body,
        size=len(body),
        sha256=hashlib.sha256(body).hexdigest(),
        name=name,
        message_type=message_type,
        external_id=external_id,
    )


def refuse_oversized(
    *, connection: Connection, channel: str, name: str, size: int, sha256: str, limit: int
) -> Receipt:
    """Keep a record of a message that is too large to be stored."""
    receipt = _store(connection, channel, body=b"", size=size, sha256=sha256, name=name)
    problem = Problem(
        "too_large",
        _("The message has %(size)d bytes; at most %(limit)d are accepted.") % {"size": size, "limit": limit},
    )
    receipt.message.state = InboundState.REFUSED
    receipt.message.problems = _as_json([problem], name)
    receipt.message.save(update_fields=["state", "problems"])
    return receipt


def refuse(message: InboundMessage, problem: Problem) -> InboundMessage:
    """Refuse a message unread, for what is wrong with it as a whole."""
    return _settle(message, InboundState.REFUSED, [problem], [], by=None)


def _store(
    connection: Connection,
    channel: str,
    *,
    body: bytes,
    size: int,
    sha256: str,
    name: str,
    message_type: str = "",
    external_id: str = "",
) -> Receipt:
    message = InboundMessage(
        connection=connection,
        message_type=message_type[:40],
        external_id=external_id[:120],
        sha256=sha256,
        channel=channel[:20],
        name=name.replace("\x00", "")[:255],
        body=body,
        size=size,
    )
    known = _known(message)
    if known is None:
        try:
            with transaction.atomic():
                _INSERT([message])
            return Receipt(message, duplicate=False)
        except IntegrityError:  # somebody else was faster
            known = _known(message)
            if known is None:
                raise
    return Receipt(known, duplicate=True)


def _known(message: InboundMessage) -> InboundMessage | None:
    """The stored message of the same content, if there is one."""
    names = ("connection", "message_type", "external_id", "sha256")
    return InboundMessage.objects.filter(**{name: getattr(message, name) for name in names}).first()


def process(
    message: InboundMessage,
    *,
    again: bool = False,
    by: User | None = None,
    version: MessageMappingVersion | None = None,
    retrying: bool = False,
) -> InboundMessage:
    """Read and apply a received message; one processed already is returned as it is unless ``again``.
    ``version`` reads it by that version of its mapping instead of the one in force.

    Master data may be what other messages wait for: they are applied afterwards, unless ``retrying``.

    Every order is applied whole or not at all, and all of them in one transaction with the message's new
    state. Raises OperationalError when the database can't do it now: the message stays *received*.
    """
    if message.size and not message.body:
        return message
    apply_other = other_message(message.channel, message.message_type)
    version = version or version_in_force(message.connection)
    readings = iter(()) if apply_other else readings_of(message, version=version)
    try:
        with transaction.atomic():
            if apply_other:
                return _apply_other(message, apply_other, by=by, again=again)
            if version is not None and (again or message.state == InboundState.RECEIVED):
                InboundMessage.objects.filter(pk=message.pk).update(mapping_version=version)
            applied = _apply(message, readings, by=by, again=again)
    except OperationalError:
        raise
    except Exception as error:
        # A defect of ours must not lose the message, nor stop the ones behind it.
        logger.exception("inbound_failed", message=message.pk)
        problem = Problem("internal", _("The message could not be applied: %s.") % type(error).__name__)
        return _settle(message, InboundState.REFUSED, [problem], [], by=by)
    if not retrying and applied.has_master:
        process_ready()
    return applied.message


def process_ready(*, limit: int = 1000) -> int:
    """Apply the messages that waited for what is here now, wherever it came from. Returns how many times.

    What one of them brings may be what another waits for. A message that is still not content is not tried
    a second time here.
    """
    link_arrived()
    tried: set[int] = set()
    while len(tried) < limit:
        ready = list(ready_messages().exclude(pk__in=tried).defer("body")[:100])
        if not ready:
            break
        for message in ready:
            tried.add(message.pk)
            process(message, again=True, retrying=True)
    return len(tried)


def replay(
    *, message: InboundMessage, by: User, version: MessageMappingVersion | None = None
) -> InboundMessage:
    """Read and apply a message once more, after master data or the connection was put right: by the mapping
    now in force, or by ``version``."""
    if message.size and not message.body:
        raise Refused("not_stored", _("This message was too large to be stored; send it again."))
    return process(message, again=True, by=by, version=version)


def process_waiting(*, limit: int = 100) -> int:
    """Process what was stored but not applied (a crash between the two), and what waited for something and
    has it now. Returns how many."""
    waiting = InboundMessage.objects.filter(state=InboundState.RECEIVED).order_by("received_at")[:limit]
    done = sum(1 for message in waiting if process(message).state != InboundState.RECEIVED)
    return done + process_ready()


def settings_of(connection: Connection, *, version: MessageMappingVersion | None = None) -> dict[str, Any]:
    """What a format gets to know of a connection."""
    return {
        "encoding": connection.encoding,
        "language": connection.plant.language.upper(),
        "dictionary": connection.segment_dictionary_id,
        **mapping_settings(connection, version),
        **translations(connection),
    }


def problems_of(message: InboundMessage) -> list[Problem]:
    """What was wrong with a message, as it was noted."""
    names = ("code", "message", "field", "row", "value")
    return [Problem(*(problem[name] for name in names)) for problem in message.problems]


def read(message: InboundMessage, *, version: MessageMappingVersion | None = None) -> Reading:
    """What the message says, by its connection's format. Needs no transaction."""
    read_totals = totals_message(message.channel, message.message_type)
    if read_totals is not None:
        return _read_totals(read_totals, message)
    connection = message.connection
    try:
        reader = reader_of(message.channel, message.message_type, connection.format)
        zone = ZoneInfo(connection.plant.time_zone)
        settings = settings_of(connection, version=version)
        reading = reader.read(body_of(message), zone=zone, settings=settings)
        return inward(reading, tables_of(connection))
    except MesError as error:
        return Reading(problems=tuple(error.problems))


def readings_of(
    message: InboundMessage, *, version: MessageMappingVersion | None = None
) -> Iterator[Reading]:
    """What ``read`` gives, in parts where the format reads so: a part is read when it is asked for."""
    connection = message.connection
    if totals_message(message.channel, message.message_type) is None:
        try:
            reader = reader_of(message.channel, message.message_type, connection.format)
        except MesError as error:
            return iter([Reading(problems=tuple(error.problems))])
        if isinstance(reader, ReadsInPieces):
            tables = tables_of(connection)
            pieces = reader.read_in_pieces(
                body_of(message),
                zone=ZoneInfo(connection.plant.time_zone),
                settings=settings_of(connection, version=version),
            )
            return (inward(piece, tables) for piece in pieces)
    return iter([read(message, version=version)])


def _read_totals(reader: ReadTotals, message: InboundMessage) -> Reading:
    try:
        return reader(bytes(message.body))
    except MesError as error:
        return Reading(problems=tuple(error.problems))


def body_of(message: InboundMessage) -> bytes:
    """What the format reads: the message without the trailer line that was agreed for files."""
    body = bytes(message.body)
    if message.channel != FILES:
        return body
    rules = FileRules.objects.filter(connection=message.connection_id, check_by=FileCheck.TRAILER).first()
    return split_trailer(body, rules)[0] if rules else body


@dataclass(slots=True)
class _Applied:
    """A message and what became of its parts."""

    message: InboundMessage
    shown: list[dict[str, Any]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    missing: list[Missing] = field(default_factory=list)
    has_master: bool = False


def _apply(message: InboundMessage, readings: Iterable[Reading], *, by: User | None, again: bool) -> _Applied:
    locked = InboundMessage.objects.select_for_update().defer("body").get(pk=message.pk)
    applied = _Applied(locked)
    if locked.state != InboundState.RECEIVED and not again:
        return applied
    for reading in readings:
        _apply_part(applied, reading, by)
    applied.shown.sort(key=lambda result: result["row"])
    remember(locked, applied.shown)
    note_unknown(locked, applied.problems, applied.missing)
    state = _state({result["outcome"] for result in applied.shown}, applied.problems)
    _settle(locked, state, applied.problems, applied.shown, by=by if again else None)
    return applied


def _apply_part(applied: _Applied, reading: Reading, by: User | None) -> None:
    message = applied.message
    connection = message.connection
    master = apply_master_data(reading.master, connection=connection, received_at=message.received_at, by=by)
    whole, not_armed = whole_documents(reading, connection=connection)
    documents = _with_assigned_numbers(whole, message)
    newer = _changed_later(documents, message)
    results = [
        Result(one.row, one.number, Outcome.OBSOLETE)
        for one in documents
        if not one.version and one.number in newer
    ]
    current = [one for one in documents if one.version or one.number not in newer]
    behind = behind_earlier(current, message)
    blocked = {result.row for result in behind}
    current = [one for one in current if one.row not in blocked]
    results += behind
    results += apply_orders(current, connection=connection, by=by, message=message.pk)
    answers, unknown = note_answers(connection=connection, answers=reading.answers)
    _take_totals(reading, message)
    words = take_words(reading.words, connection=connection, message=message)
    measured, unmeasured = record_measured(
        reading.measured, connection=connection, received_at=message.received_at
    )
    applied.shown += [
        *(_to_keep(one.as_json(), one.problems) for one in master),
        *(_to_keep(result_json(one), one.problems, one.conflicts) for one in results),
        *answers,
        *words,
        *measured,
    ]
    applied.problems += [
        *reading.problems,
        *not_armed,
        *unknown,
        *unmeasured,
        *_problems_of(master),
        *_problems_of(results),
    ]
    applied.missing += [missing for one in master for missing in one.missing]
    applied.missing += [missing for one in results for missing in one.missing]
    applied.has_master = applied.has_master or bool(reading.master)


def _take_totals(reading: Reading, message: InboundMessage) -> None:
    """What the partner says it has booked: told as such, or standing in the orders it sends."""
    for source, totals in (
        (TotalSource.TOLD, reading.totals),
        (TotalSource.DOWNLOAD, totals_in(reading.documents)),
    ):
        take_totals(
            totals,
            connection=message.connection,
            source=source,
            stated_at=message.received_at,
            message=message,
        )


def _problems_of(results: Iterable[Result | MasterResult]) -> list[Problem]:
    """What is wrong for good: what a document waits for may still come."""
    return [problem for result in results if not result.missing for problem in result.problems]


def apply_master_data(
    documents: Sequence[MasterDocument],
    *,
    connection: Connection,
    received_at: datetime,
    by: User | None = None,
) -> list[MasterResult]:
    """Apply master data, all at once, or one by one where the database refuses one. In the caller's
    transaction."""

    def take(some: Sequence[MasterDocument]) -> list[MasterResult]:
        with transaction.atomic():
            return apply_master(
                some, plant=connection.plant, by=by, via=connection.via, received_at=received_at
            )

    try:
        return take(documents)
    except (DataError, IntegrityError):
        return [_master_alone(document, take) for document in documents]


def _master_alone(
    document: MasterDocument, take: Callable[[Sequence[MasterDocument]], list[MasterResult]]
) -> MasterResult:
    try:
        return take([document])[0]
    except (DataError, IntegrityError) as error:
        reason = str(error).partition("\n")[0]
        message = _("The database refused this record: %s") % reason
        result = blank_result(document)
        result.outcome = Outcome.REFUSED
        result.problems = [Problem("database", message, "", document.row, result.key)]
        return result


def _with_assigned_numbers(
    documents: Sequence[OrderDocument], message: InboundMessage
) -> Sequence[OrderDocument]:
    """Orders that came without a number are those that got one when the message was applied first."""
    assigned = {result["row"]: result["number"] for result in message.results if "kind" not in result}
    return [one if one.number else replace(one, number=assigned.get(one.row, "")) for one in documents]


def _changed_later(documents: Iterable[OrderDocument], message: InboundMessage) -> set[str]:
    """Orders without a version here that a message which came later has changed already.

    Without versions the order of arrival decides, also for what is applied late: replayed, or after a crash.
    """
    numbers = [document.number for document in documents if not document.version]
    if not numbers:
        return set()
    later = InboundMessage.objects.filter(
        connection__plant=message.connection.plant_id,
        received_at__gt=message.received_at,
        applied_at__isnull=False,
        orders__has_any_keys=numbers,
    ).values_list("results", flat=True)
    return {
        result["number"]
        for results in later
        for result in results
        if "kind" not in result and result["outcome"] in APPLIED
    }


def _apply_other(
    message: InboundMessage, apply: ApplyBody, *, by: User | None, again: bool
) -> InboundMessage:
    locked = InboundMessage.objects.select_for_update().defer("body").get(pk=message.pk)
    if locked.state != InboundState.RECEIVED and not again:
        return locked
    try:
        with transaction.atomic():
            results = apply(bytes(message.body))
    except MesError as error:
        return _settle(locked, InboundState.REFUSED, error.problems, [], by=by)
    return _settle(locked, InboundState.APPLIED, [], results, by=by)


def apply_orders(
    documents: Sequence[OrderDocument],
    *,
    connection: Connection,
    by: User | None = None,
    message: int | None = None,
) -> list[Result]:
    """Apply documents in their order, the same order's versions one after the other, and release what the
    connection releases on arrival. Runs in the caller's transaction."""
    results: list[Result] = []
    for wave in _without_repeats(documents):
        try:
            with transaction.atomic():
                results += _intake(wave, connection, by, message)
        except (DataError, IntegrityError):
            results += [_intake_alone(document, connection, by, message) for document in wave]
    if connection.release_on_arrival:
        release_arrived(results, connection)
    return results


def _without_repeats(documents: Iterable[OrderDocument]) -> Iterator[list[OrderDocument]]:
    """Cut the list wherever an order comes a second time, and into pieces that need little memory."""
    wave: list[OrderDocument] = []
    seen: set[tuple[str | None, str]] = set()
    for document in documents:
        place = (document.plant, document.number)
        if place in seen or len(wave) == DOCUMENTS_AT_ONCE:
            yield wave
            wave, seen = [], set()
        wave.append(document)
        seen.add(place)
    if wave:
        yield wave


def _intake(
    documents: Sequence[OrderDocument], connection: Connection, by: User | None, message: int | None
) -> list[Result]:
    return apply_documents(documents, plant=connection.plant, by=by, via=connection.via, message=message)


def _intake_alone(
    document: OrderDocument, connection: Connection, by: User | None, message: int | None
) -> Result:
    try:
        with transaction.atomic():
            return _intake([document], connection, by, message)[0]
    except (DataError, IntegrityError) as error:
        reason = str(error).partition("\n")[0]
        said = _("The database refused this order: %s") % reason
        problem = Problem("database", said, "", document.row, document.number)
        return Result(document.row, document.number, Outcome.REFUSED, problems=[problem])


def release_arrived(results: Iterable[Result], connection: Connection) -> None:
    """Release what the ERP has released. What can't be released yet stays planned, with the reason noted."""
    arrived = {
        result.order_id: result
        for result in results
        if result.order_id and result.outcome in (Outcome.CREATED, Outcome.CHANGED, Outcome.UNCHANGED)
    }
    if arrived:
        lock_items_of_orders(plant_id=connection.plant_id, orders=list(arrived))
    for order in ProductionOrder.objects.filter(
        pk__in=arrived, state=OrderState.PLANNED, erp_status=ErpStatus.RELEASED
    ).order_by("pk"):
        try:
            with transaction.atomic():
                key = uuid.uuid5(uuid.NAMESPACE_OID, f"release on arrival {order.pk}")
                release_order(order=order, by=None, key=key, via=connection.via)
        except MesError as error:
            arrived[order.pk].conflicts.append(_("Not released: %s") % error)


def _state(outcomes: Collection[str], problems: Sequence[Problem]) -> InboundState:
    applied = any(outcome in APPLIED for outcome in outcomes)
    if problems:
        return InboundState.PARTLY if applied or Outcome.WAITING in outcomes else InboundState.REFUSED
    if Outcome.WAITING in outcomes:
        return InboundState.WAITING
    if outcomes and not applied:
        return InboundState.OBSOLETE
    return InboundState.APPLIED


def _settle(
    message: InboundMessage,
    state: InboundState,
    problems: Sequence[Problem],
    results: Sequence[dict[str, Any]],
    *,
    by: User | None,
) -> InboundMessage:
    message.state = state
    message.problems = _as_json(problems, message.name)
    message.results = list(results)
    message.orders = order_numbers(results)
    message.attempts += 1
    applied = any(result["outcome"] in APPLIED for result in results)
    nothing_done = state == InboundState.REFUSED or (state == InboundState.WAITING and not applied)
    message.applied_at = None if nothing_done else timezone.now()
    message.replayed_by = by or message.replayed_by
    message.save(
        update_fields=["state", "problems", "results", "orders", "attempts", "applied_at", "replayed_by"]
    )
    note_reading(message, by=by)
    announce("inbox")
    return message


def order_numbers(results: Iterable[dict[str, Any]]) -> list[str]:
    """The orders that results are about; those of master data name their kind."""
    return sorted({result["number"] for result in results if "kind" not in result})


def _as_json(problems: Sequence[Problem], name: str) -> list[dict[str, Any]]:
    shown = [{"file": name, **problem.to_keep()} for problem in problems[:MOST_PROBLEMS]]
    if len(problems) > MOST_PROBLEMS:
        more = Problem("more", _("… and %d more problems.") % (len(problems) - MOST_PROBLEMS))
        shown.append({"file": name, **more.to_keep()})
    return [{key: _storable(value) for key, value in row.items()} for row in shown]


def _storable(value: Any) -> Any:
    """PostgreSQL's JSON knows no NUL."""
    return value.replace("\x00", "�") if isinstance(value, str) else value


def _to_keep(
    shown: dict[str, Any], problems: Iterable[Problem], conflicts: Iterable[str] = ()
) -> dict[str, Any]:
    """A result as our inbox keeps it: its sentences can be said in another language later."""
    return {
        **shown,
        "problems": [problem.to_keep() for problem in problems],
        "conflict_sentences": [parts_of(conflict) for conflict in conflicts],
    }


def result_json(result: Result) -> dict[str, Any]:
    return {
        "row": result.row,
        "number": result.number,
        "outcome": str(result.outcome),
        "order": result.order_id,
        "changes": result.changes,
        "conflicts": result.conflicts,
        "waits_for": [missing.as_json() for missing in result.missing],
        "problems": [problem.as_json() for problem in result.problems],
    }
