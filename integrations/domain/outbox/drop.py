"""Dropping a message as a file, exactly once.

The file is written whole into ``.spool``, that is noted in the database, then one rename publishes it. After
a crash the note and the spool tell together what is left to do: a noted file that is no longer in the spool
was published, even if the partner has taken it away since.
"""

from __future__ import annotations

from datetime import UTC
from pathlib import Path

import structlog
from django.conf import settings
from django.utils.translation import gettext as _

from integrations.domain.exchange import sync_folder, write_whole
from integrations.domain.formats import Rendered, confirmation_format
from integrations.domain.outbox.canonical import addressed, from_json
from integrations.domain.outbox.outcome import Outcome, again, delivered, parked
from integrations.enums import OutboundState
from integrations.models import OutboundMessage
from mes.lib.errors import InvalidInput, MesError

logger = structlog.get_logger(__name__)

SPOOLED = "spooled: "


def drop(message: OutboundMessage) -> Outcome:
    """One attempt to put the message into the connection's outbox folder."""
    try:
        folder = outbox_folder(message.connection.outbox_folder)
        spool = folder / ".spool"
        spool.mkdir(parents=True, exist_ok=True)
        if message.answer.startswith(SPOOLED):
            name = message.answer.removeprefix(SPOOLED)
        else:
            rendered = _render(message)
            name = file_name(message, rendered)
            write_whole(spool / name, rendered.body)
            if not _note_spooled(message, name):
                return again(_("Another worker has taken this over."))
        publish(spool / name, folder / name)
    except InvalidInput as error:
        code = error.problems[0].code if error.problems else error.code
        return parked("; ".join(str(problem) for problem in error.problems), code=code)
    except MesError as error:
        return parked(str(error), code=error.code)
    except (ValueError, KeyError, TypeError, LookupError) as error:
        logger.exception("outbound_not_rendered", message=message.pk)
        return parked(_("The message could not be written: %s.") % type(error).__name__)
    except OSError as error:
        return again(_("The file could not be written: %s") % error, message.answer, code="file")
    return delivered(name)


def outbox_folder(name: str) -> Path:
    """Raises MesError when the folder lies outside the exchange folder."""
    root = Path(settings.OUTBOX_DIR).resolve()
    folder = (root / name).resolve()
    if not name or folder == root or not folder.is_relative_to(root):
        raise MesError("folder_outside", _("The outbox folder must lie below %s.") % root)
    return folder


def publish(spooled: Path, target: Path) -> None:
    """Rename into sight; nothing to do when a worker that died had done it already."""
    try:
        spooled.rename(target)
    except FileNotFoundError:
        return
    sync_folder(target.parent)


def file_name(message: OutboundMessage, rendered: Rendered) -> str:
    """Type, plant, number, time of making: the same at every attempt, and sorted in order."""
    created = message.created_at.astimezone(UTC)
    plant = "".join(sign if sign.isalnum() else "-" for sign in message.canonical["plant"])
    return f"{rendered.kind}_{plant}_{message.sequence:08d}_{created:%Y%m%dT%H%M%SZ}.{rendered.extension}"


def _render(message: OutboundMessage) -> Rendered:
    connection = message.connection
    rendered = confirmation_format(connection.format).write(
        [from_json(addressed(message))],
        message_id=message.identity.hex,
        created=message.created_at,
        settings={"encoding": connection.encoding, **connection.options},
    )
    message.rendered = rendered.body.decode(connection.encoding or "utf-8", "replace")
    message.problem = "; ".join(rendered.warnings)[:500]
    message.save(update_fields=["rendered", "problem"])
    return rendered


def _note_spooled(message: OutboundMessage, name: str) -> bool:
    message.answer = SPOOLED + name
    return bool(
        OutboundMessage.objects.filter(
            pk=message.pk, state=OutboundState.SENDING, attempts=message.attempts
        ).update(answer=message.answer)
    )
