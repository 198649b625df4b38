"""Posting a message by the partner's own interface (``integrations.domain.connectors``)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import structlog

from integrations.domain.connectors import Line, PartnerError, Posting, connector
from integrations.domain.fetching import line_to
from integrations.domain.outbox.canonical import addressed, from_json
from integrations.domain.outbox.outcome import Outcome, again, parked
from integrations.domain.translating import Tables
from integrations.models import OutboundMessage
from mes.lib.errors import InvalidInput, MesError
from mes.lib.sentences import gettext as _

logger = structlog.get_logger(__name__)


def prepare_posting(
    message: OutboundMessage, tables: Tables | None = None
) -> Callable[[], Outcome] | Outcome:
    """The attempt as a call that needs no database, or why there can't be one.

    A message that was claimed before may have belonged to a worker that died: it may be booked.
    """
    taken_back = message.reverses
    try:
        posting = Posting(
            kind=message.kind,
            confirmation=from_json(addressed(message, tables)),
            reference=taken_back.reference if taken_back else "",
            uncertain=message.uncertain or message.attempts > 1,
        )
    except (KeyError, TypeError, ValueError, ArithmeticError) as error:
        logger.exception("posting_not_prepared", message=message.pk)
        return parked(_("The message could not be written: %s.") % type(error).__name__)
    return partial(_post, message.connection.format, line_to(message.connection), posting)


def _post(name: str, line: Line, posting: Posting) -> Outcome:
    """One attempt by the connector ``name``; whatever goes wrong becomes an outcome."""
    try:
        return connector(name).post(line, posting)
    except PartnerError as error:
        return again(str(error), uncertain=True, code=error.code)
    except MesError as error:
        return parked(str(InvalidInput(error.problems)), code=error.code)
    except Exception as error:
        # A defect of ours must not stop the relay: the message waits, visibly.
        logger.exception("posting_failed", connection=line.code, identity=posting.confirmation.identity)
        return again(_("The attempt failed: %s.") % type(error).__name__, uncertain=True)
