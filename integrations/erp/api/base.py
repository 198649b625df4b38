"""What all doors of the API share: who comes in, JSON read strictly, the client's key."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from typing import Any, NoReturn

from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import PermissionDenied, UnsupportedMediaType
from rest_framework.request import Request
from rest_framework.views import APIView

from integrations.erp.api.errors import NotJson, answer_to
from integrations.erp.fields import exact
from integrations.models import Connection
from mes.accounts.authentication import ApiKeyAuthentication
from mes.accounts.models import ApiKey
from mes.lib.errors import InvalidInput, Problem
from mes.lib.prepared import Asked, Query
from mes.lib.sentences import gettext as _

MOST_ROWS = 1000


PARTNER_KEYS = Query(
    lambda: ApiKey.objects.select_related("connection__plant").filter(key_hash=Asked("key_hash")).order_by()
)
"""Keys together with the connection and plant that they stand for, in the one query."""


class ApiView(APIView):
    def get_exception_handler(self) -> Callable[..., Any]:
        return answer_to


class PartnerView(ApiView):
    """A door for partners: machine accounts that belong to a connection."""

    def get_authenticators(self) -> list[BaseAuthentication]:
        return [ApiKeyAuthentication(PARTNER_KEYS), SessionAuthentication()]

    def connection_of(self, request: Request) -> Connection:
        """Raises PermissionDenied when no active connection belongs to the caller's key."""
        connection = getattr(request.auth, "connection", None)
        if not isinstance(connection, Connection) or not connection.active:
            raise PermissionDenied(_("No active connection belongs to this key."), code="no_connection")
        return connection


def json_body(request: Request) -> tuple[bytes, Any]:
    """The body byte for byte, and what it says. Raises NotJson, or UnsupportedMediaType for anything else.

    Fractions become Decimal, so that a quantity never passes through binary floating point.
    """
    if request.content_type.partition(";")[0].strip().lower() != "application/json":
        raise UnsupportedMediaType(request.content_type)
    body: bytes = request._request.body
    return body, parse_json(body)


def parse_json(body: bytes) -> Any:
    try:
        return json.loads(body.decode(), parse_float=exact, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        reason = "" if isinstance(error, RecursionError) else str(error)[:120]
        raise NotJson("not_json", _("The body is not JSON in UTF-8: %s") % reason) from None


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def rows_of(data: Any, *, most: int = MOST_ROWS) -> list[Any]:
    """One object or a list of at most ``most`` as a list. Raises InvalidInput otherwise."""
    if isinstance(data, dict):
        return [data]
    if not isinstance(data, list) or not data:
        raise InvalidInput([Problem("not_a_list", _("Send one object or a list of objects."))])
    if len(data) > most:
        message = _("At most %(most)d rows are taken at once, not %(rows)d.")
        raise InvalidInput([Problem("too_many", message % {"most": most, "rows": len(data)})])
    return data


def idempotency_key(request: Request, data: Any) -> str:
    """The client's key from the header ``Idempotency-Key``, or the field ``key`` of a single object (removed
    from it). Raises InvalidInput when there is none or it is longer than 100 characters."""
    key = request.headers.get("Idempotency-Key", "")
    if isinstance(data, dict) and "key" in data:
        inner = data.pop("key")
        key = key or (inner if isinstance(inner, str) else "")
    if not 0 < len(key) <= 100 or not key.isprintable():
        message = _("Send a key of at most 100 characters that you make once per message.")
        raise InvalidInput([Problem("key_missing", message, "Idempotency-Key")])
    return key


def message_key(connection: Connection, key: str) -> uuid.UUID:
    """The key of an inbox message: the partner's own key, kept apart from those of other partners."""
    return uuid.uuid5(uuid.uuid5(uuid.NAMESPACE_OID, f"mes connection {connection.pk}"), key)
