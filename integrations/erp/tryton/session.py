"""Talking to a Tryton server: log in once, call methods, tell apart refusals, trouble and silence."""

from __future__ import annotations

import base64
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from django.utils.translation import gettext as _

from integrations.domain.connectors import Line, PartnerError
from integrations.erp.tryton import tables
from integrations.erp.tryton.codec import ErpError, read_answer, write_call
from mes.lib.errors import InvalidInput, MesError

LONGEST_CALL_SECONDS = 30.0
LONGEST_SECONDS = 90.0
"""For everything one message needs: less than the relay's lease, so that no other worker has it meanwhile."""


class UnreachableError(PartnerError):
    """Nobody is there at all."""


class RefusalError(MesError):
    """Tryton said no, in its own words."""


@dataclass(frozen=True, slots=True)
class Login:
    """A session of the server: kept over messages, made anew when it has ended."""

    user: int
    header: str
    context: dict[str, Any]


_logins: dict[tuple[str, str, str], Login] = {}
_lock = threading.Lock()


class Session:
    """Calls of one round. Every method raises ``PartnerError`` when no usable answer comes and
    ``RefusalError`` when Tryton refuses."""

    def __init__(self, line: Line, *, seconds: float = LONGEST_SECONDS) -> None:
        self.address = line.address.rstrip("/")
        self.profile = tables.profile(line.options)
        self.secret = line.secret
        self.ends = time.monotonic() + seconds
        self.client = httpx.Client(trust_env=False, follow_redirects=False)

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_error: object) -> None:
        self.client.close()

    @property
    def user(self) -> int:
        """Our own user's id in Tryton."""
        return self._login().user

    def call(self, model: str, method: str, *parameters: Any) -> Any:
        """The result. A question of Tryton ("warning") is answered with yes where the options say so."""
        said = self._ask(model, method, parameters)
        if isinstance(said, ErpError) and said.kind == "UserWarning" and self.profile.accept_warnings:
            warning = {"user": self.user, "name": said.name, "always": False}
            self.call("res.user.warning", "create", [warning])
            said = self._ask(model, method, parameters)
        if not isinstance(said, ErpError):
            return said
        if said.kind in ("UserError", "UserWarning"):
            raise RefusalError("refused", said.said)
        raise PartnerError("erp_error", _("Tryton failed: %s") % (said.said or said.kind)[:300])

    def raw(self, model: str, method: str, *parameters: Any) -> bytes:
        """The answer as it came, byte for byte; it is known to be a result."""
        body = self._send(model, method, parameters)
        said = self._read(body)
        if isinstance(said, ErpError):
            raise PartnerError("erp_error", _("Tryton failed: %s") % (said.said or said.kind)[:300])
        return body

    def search(
        self, model: str, domain: Sequence[Any], fields: Sequence[str], *, limit: int | None = None
    ) -> list[dict[str, Any]]:
        found = self.call(model, "search_read", list(domain), 0, limit, [["id", "ASC"]], list(fields))
        return list(found)

    def _ask(self, model: str, method: str, parameters: Sequence[Any]) -> Any:
        return self._read(self._send(model, method, parameters))

    def _send(self, model: str, method: str, parameters: Sequence[Any]) -> bytes:
        """The answer's body. A session that has ended is renewed once."""
        login = self._login()
        for last in (False, True):
            name = f"model.{model}.{method}"
            answer = self._post(write_call(name, [*parameters, login.context]), login.header)
            if answer.status_code != httpx.codes.UNAUTHORIZED or last:
                break
            login = self._login(anew=True)
        if answer.status_code != httpx.codes.OK:
            raise PartnerError("no_answer", _("Tryton answered %d.") % answer.status_code)
        return answer.content

    def _login(self, *, anew: bool = False) -> Login:
        key = (self.address, self.profile.user, self.secret)
        with _lock:
            if key not in _logins or anew:
                _logins[key] = self._log_in()
            return _logins[key]

    def _log_in(self) -> Login:
        name = self.profile.user
        answer = self._post(write_call("common.db.login", [name, {"password": self.secret}, "en"]))
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            raise PartnerError("login", _("Tryton refuses the user “%s” or its password.") % name)
        if answer.status_code != httpx.codes.OK:
            raise PartnerError("login", _("Tryton answered %d to the log-in.") % answer.status_code)
        said = self._read(answer.content)
        if not isinstance(said, list) or len(said) < 2:
            raise PartnerError("login", _("Tryton's answer to the log-in makes no sense."))
        token = base64.b64encode(f"{name}:{said[0]}:{said[1]}".encode()).decode()
        header = f"Session {token}"
        asked = write_call("model.res.user.get_preferences", [True, {}])
        preferences = self._read(self._post(asked, header).content)
        if not isinstance(preferences, dict):
            raise PartnerError("login", _("Tryton's answer to the log-in makes no sense."))
        kept = ("company", "companies", "employee", "employees", "company_filter")
        context = {part: preferences[part] for part in kept if part in preferences}
        return Login(int(said[0]), header, {**context, "language": "en"})

    def _post(self, body: bytes, authorization: str = "") -> httpx.Response:
        headers = {"Content-Type": "application/json"}
        if authorization:
            headers["Authorization"] = authorization
        left = self.ends - time.monotonic()
        if left <= 0:
            raise PartnerError("slow", _("Tryton takes too long."))
        timeout = httpx.Timeout(min(left, LONGEST_CALL_SECONDS), connect=5.0)
        try:
            return self.client.post(f"{self.address}/rpc/", content=body, headers=headers, timeout=timeout)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise UnreachableError("unreachable", _("Not reachable: %s") % error) from error
        except httpx.TimeoutException as error:
            raise PartnerError(
                "slow", _("No answer in time; Tryton may or may not have booked it.")
            ) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise PartnerError("unreachable", _("No answer: %s") % error) from error

    def _read(self, body: bytes) -> Any:
        try:
            return read_answer(body)
        except InvalidInput as error:
            raise PartnerError("no_answer", str(error)) from error
