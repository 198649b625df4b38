"""What conversations with systems that are called have in common."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from integrations.domain.connectors import Line, PartnerError
from integrations.erp.calls import Conversation, NeverSentError
from mes.lib.sentences import gettext as _

UNAUTHORIZED = 401


class PartnerSession:
    """One conversation as a context. Its methods raise PartnerError when there is no usable answer."""

    conversation: Conversation

    def __init__(self, line: Line) -> None:
        """Raises NeverSentError without the secret of the connection."""
        if not line.secret:
            raise NeverSentError("secret", _("The secret of the connection is not set in the environment."))
        self.line = line

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.conversation.__exit__(kind, error, trace)


def basic(line: Line) -> tuple[str, str]:
    """User and password of a secret ``user:password``."""
    user, _colon, password = line.secret.partition(":")
    return user, password


def refusal(status: int, reason: str) -> PartnerError:
    """A sentence for people about an answer that isn't what was asked for."""
    if status == UNAUTHORIZED:
        return NeverSentError("login", _("The partner refuses our user or password (401)."))
    return PartnerError(
        "status", _("The partner answered %(status)d: %(text)s") % {"status": status, "text": reason}
    )
