"""The connection to the broker: a session that survives, and acknowledgements when we say so."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

import aiomqtt

TOPICS = tuple(f"mes/+/{'+/' * depth}samples" for depth in (1, 2, 3))
QOS = 1


class Client(aiomqtt.Client):
    """Acknowledges a message only by ``acknowledge``: what was not stored is delivered again.

    aiomqtt has no word for it; paho, which it drives, has.
    """

    session_present = False
    """Whether the broker kept our session: what was published meanwhile comes now."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._client.manual_ack_set(True)

    def acknowledge(self, message: aiomqtt.Message) -> None:
        self._client.ack(message.mid, message.qos)

    async def next_message(self) -> aiomqtt.Message:
        """The next message; raises ``MqttError`` when the connection is lost. May be cancelled."""
        return await anext(self.messages)

    def take_waiting(self) -> Iterator[aiomqtt.Message]:
        """One after the other what was received and not yet looked at."""
        while self.waiting():
            yield self._queue.get_nowait()

    def _on_connect(self, client: Any, userdata: Any, flags: Any, *rest: Any) -> None:
        self.session_present = bool(getattr(flags, "session_present", False))
        super()._on_connect(client, userdata, flags, *rest)

    def waiting(self) -> int:
        """Messages received and not yet looked at."""
        return self._queue.qsize()


def client_for(url: str, *, client_id: str, lasting: bool = True) -> Client:
    """A client for ``mqtt[s]://[user:password@]host[:port]``; ``lasting``: the broker keeps its session.

    Raises ``ValueError`` for another address.
    """
    parts = urlsplit(url)
    if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
        raise ValueError(f"{url!r} is no mqtt:// or mqtts:// address")
    secure = parts.scheme == "mqtts"
    return Client(
        hostname=parts.hostname,
        port=parts.port or (8883 if secure else 1883),
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        identifier=client_id,
        protocol=aiomqtt.ProtocolVersion.V311,
        clean_session=not lasting,
        keepalive=15,
        timeout=10,
        tls_context=ssl.create_default_context() if secure else None,
    )
