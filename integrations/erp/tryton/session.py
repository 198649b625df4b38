"""Talking to a Tryton server: log in once, call methods, tell apart refusals, trouble and silence."""

from __future__ import annotations

import base64
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from integrations.domain.connectors import Line, PartnerError
from integrations.erp.calls import LONGEST_SECONDS, Answer, Conversation
from integrations.erp.tryton import tables
from integrations.erp.tryton.codec import ErpError, read_answer, write_call
from mes.lib.errors import InvalidInput, MesError
from mes.lib.sentences import gettext as _

OK, UNAUTHORIZED = 200, 401


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
    ``RefusalError`` when Tryton refuses. The time is shorter than the relay's lease."""

    def __init__(self, line: Line, *, seconds: float = LONGEST_SECONDS) -> None:
        self.address = line.address.rstrip("/")
        self.profile = tables.profile(line.options)
        self.secret = line.secret
        headers = {"Content-Type": "application/json"}
        self.conversation = Conversation(line, headers=headers, seconds=seconds)

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_error: object) -> None:
        self.conversation.client.close()

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
            if answer.status != UNAUTHORIZED or last:
                break
            login = self._login(anew=True)
        if answer.status != OK:
            raise PartnerError("no_answer", _("Tryton answered %d.") % answer.status)
        return answer.body

    def _login(self, *, anew: bool = False) -> Login:
        key = (self.address, self.profile.user, self.secret)
        with _lock:
            if key not in _logins or anew:
                _logins[key] = self._log_in()
            return _logins[key]

    def _log_in(self) -> Login:
        name = self.profile.user
        answer = self._post(write_call("common.db.login", [name, {"password": self.secret}, "en"]))
        if answer.status == UNAUTHORIZED:
            raise PartnerError("login", _("Tryton refuses the user “%s” or its password.") % name)
        if answer.status != OK:
            raise PartnerError("login", _("Tryton answered %d to the log-in.") % answer.status)
        said = self._read(answer.body)
        if not isinstance(said, list) or len(said) < 2:
            raise PartnerError("login", _("Tryton's answer to the log-in makes no sense."))
        token = base64.b64encode(f"{name}:{said[0]}:{said[1]}".encode()).decode()
        header = f"Session {token}"
        asked = write_call("model.res.user.get_preferences", [True, {}])
        preferences = self._read(self._post(asked, header).body)
        if not isinstance(preferences, dict):
            raise PartnerError("login", _("Tryton's answer to the log-in makes no sense."))
        kept = ("company", "companies", "employee", "employees", "company_filter")
        context = {part: preferences[part] for part in kept if part in preferences}
        return Login(int(said[0]), header, {**context, "language": "en"})

    def _post(self, body: bytes, authorization: str = "") -> Answer:
        headers = {"Authorization": authorization} if authorization else None
        return self.conversation.ask("POST", "/rpc/", content=body, headers=headers)

    def _read(self, body: bytes) -> Any:
        try:
            return read_answer(body)
        except InvalidInput as error:
            raise PartnerError("no_answer", str(error)) from error
