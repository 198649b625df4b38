"""Dropping a message as a file, exactly once.

The file is written whole into ``.spool``, here or on the partner's server, that is noted in the database,
then one rename publishes it. After a crash the note and the spool tell together what is left to do: a noted
file that is no longer in the spool was published, even if the partner has taken it away since.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC
from itertools import groupby

import structlog

from integrations.domain.exchange.folder import rules_of
from integrations.domain.exchange.places import Place, outbox_place
from integrations.domain.exchange.rules import digest_file, with_trailer
from integrations.domain.exchange.sftp import session
from integrations.domain.formats import Rendered, confirmation_format, move_format
from integrations.domain.outbox.canonical import addressed, from_json
from integrations.domain.outbox.goods import GOODS, goods_move
from integrations.domain.outbox.outcome import Outcome, again, delivered, parked
from integrations.domain.translating import translations
from integrations.enums import FileCheck, FileCompletion, OutboundState
from integrations.models import Connection, FileRules, OutboundMessage, SftpServer
from integrations.queries.message_mappings import confirmation_settings
from mes.lib.errors import InvalidInput, MesError
from mes.lib.sentences import gettext as _
from mes.lib.sentences import joined

logger = structlog.get_logger(__name__)

SPOOL = ".spool"
SPOOLED = "spooled: "


def drop_all(messages: Sequence[OutboundMessage]) -> Iterator[tuple[OutboundMessage, Outcome]]:
    """One attempt for each, over one session per server. A server that isn't there lets all wait."""
    by_partner = sorted(messages, key=lambda message: message.connection_id)
    for _partner, group in groupby(by_partner, key=lambda message: message.connection_id):
        yield from _drop_group(list(group))


def _drop_group(messages: Sequence[OutboundMessage]) -> Iterator[tuple[OutboundMessage, Outcome]]:
    waiting = list(messages)
    try:
        with outbox_of(messages[0].connection) as place:
            for message in messages:
                outcome = drop(message, place)
                waiting.remove(message)
                yield message, outcome
    except MesError as error:
        yield from ((message, parked(str(error))) for message in waiting)
    except OSError as error:
        problem = _("The server can't be reached: %s") % error
        yield from ((message, again(problem, message.answer, unreachable=True)) for message in waiting)


@contextlib.contextmanager
def outbox_of(connection: Connection) -> Iterator[Place]:
    """Where a connection's files are put. Raises MesError, OSError."""
    server = SftpServer.objects.filter(connection=connection).first()
    if server is None:
        yield outbox_place(connection.outbox_folder)
        return
    with session(server, connection.outbox_folder) as place:
        yield place


def drop(message: OutboundMessage, place: Place) -> Outcome:
    """One attempt to put the message into the connection's outbox folder."""
    try:
        rules = rules_of(message.connection)
        if message.answer.startswith(SPOOLED):
            name = message.answer.removeprefix(SPOOLED)
        else:
            rendered = _render(message, rules)
            name = file_name(message, rendered)
            _spool(place, name, rendered.body, rules)
            if not _note_spooled(message, name):
                return again(_("Another worker has taken this over."))
        publish(place, name, rules)
    except InvalidInput as error:
        code = error.problems[0].code if error.problems else error.code
        return parked(str(error), code=code)
    except MesError as error:
        return parked(str(error), code=error.code)
    except (ValueError, KeyError, TypeError, LookupError) as error:
        logger.exception("outbound_not_rendered", message=message.pk)
        return parked(_("The message could not be written: %s.") % type(error).__name__)
    except OSError as error:
        return again(_("The file could not be written: %s") % error, message.answer, code="file")
    return delivered(name)


def _spool(place: Place, name: str, body: bytes, rules: FileRules) -> None:
    """Everything that belongs to the file, out of the partner's sight."""
    if beside := digest_file(body, name, rules):
        place.write(f"{SPOOL}/{beside[0]}", beside[1])
    if rules.completion == FileCompletion.TRIGGER:
        place.write(f"{SPOOL}/{name}{rules.ready_suffix}", b"")
    place.write(f"{SPOOL}/{name}", body)


def publish(place: Place, name: str, rules: FileRules) -> None:
    """Rename into sight: the hash first, the file, then the trigger. What a worker that died had renamed
    already is no longer in the spool."""
    beside = digest_file(b"", name, rules)
    shown = name + rules.ready_suffix if rules.completion == FileCompletion.RENAMED else name
    moves = [(name, shown)]
    if beside:
        moves.insert(0, (beside[0], beside[0]))
    if rules.completion == FileCompletion.TRIGGER:
        trigger = name + rules.ready_suffix
        moves.append((trigger, trigger))
    for spooled, target in moves:
        with contextlib.suppress(FileNotFoundError):
            place.move(f"{SPOOL}/{spooled}", target)


def file_name(message: OutboundMessage, rendered: Rendered) -> str:
    """Type, plant, number, time of making: the same at every attempt, and sorted in order."""
    created = message.created_at.astimezone(UTC)
    plant = "".join(sign if sign.isalnum() else "-" for sign in message.canonical["plant"])
    return f"{rendered.kind}_{plant}_{message.sequence:08d}_{created:%Y%m%dT%H%M%SZ}.{rendered.extension}"


def _render(message: OutboundMessage, rules: FileRules) -> Rendered:
    connection = message.connection
    settings = {
        "encoding": connection.encoding,
        "dictionary": connection.segment_dictionary_id,
        **confirmation_settings(connection),
        **translations(connection),
    }
    number, created = message.identity.hex, message.created_at
    if message.kind == GOODS:
        move = goods_move(message)
        rendered = move_format(connection.format).write_move(
            move, message_id=number, created=created, settings=settings
        )
    else:
        rendered = confirmation_format(connection.format).write(
            [from_json(addressed(message))], message_id=number, created=created, settings=settings
        )
    if rules.check_by == FileCheck.TRAILER:
        rendered = replace(rendered, body=with_trailer(rendered.body, rules))
    message.rendered = rendered.body.decode(connection.encoding or "utf-8", "replace")
    message.tell(joined("; ", rendered.warnings))
    message.save(update_fields=["rendered", "problem", "sentence"])
    return rendered


def _note_spooled(message: OutboundMessage, name: str) -> bool:
    message.answer = SPOOLED + name
    return bool(
        OutboundMessage.objects.filter(
            pk=message.pk, state=OutboundState.SENDING, attempts=message.attempts
        ).update(answer=message.answer)
    )
