"""The connection to the broker: a session that survives, acknowledgements when we say so, and no more
messages than there is room for."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote, urlsplit

import aiomqtt

TOPICS = tuple(f"mes/+/{'+/' * depth}samples" for depth in (1, 2, 3))
QOS = 1
MOST_WAITING = 2000
"""Messages that were received and not yet looked at; then nothing more is read until half of them are."""


class Client(aiomqtt.Client):
    """Acknowledges a message only by ``acknowledge``: what was not stored is delivered again.

    aiomqtt has no word for it; paho, which it drives, has. Who is slower than the broker leaves the rest to
    it: the socket isn't read meanwhile. (To drop the connection instead has all of it sent again.)
    """

    session_present = False
    """Whether the broker kept our session: what was published meanwhile comes now."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._client.manual_ack_set(True)
        self._queue = _Inbox(self)
        self._paused = False

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

    def pause(self) -> None:
        """Read nothing more until ``resume``; TCP has the broker wait."""
        socket = self._client.socket()
        if socket is not None and not self._paused:
            self._paused = self._loop.remove_reader(socket.fileno())

    def resume(self) -> None:
        if not self._paused:
            return
        self._paused = False
        socket = self._client.socket()
        if socket is not None:
            self._loop.add_reader(socket.fileno(), self._read)
            self._read()

    def _read(self) -> None:
        """What aiomqtt does when the socket has something: as long as TLS has more of what it decoded."""
        try:
            more = True
            while more and not self._paused:
                self._client.loop_read()
                socket = self._client.socket()
                more = isinstance(socket, ssl.SSLSocket) and socket.pending() > 0
        except Exception as error:
            if not self._disconnected.done():
                self._disconnected.set_exception(error)


class _Inbox(asyncio.Queue[aiomqtt.Message]):
    """Stops its client's reading when it is full, and lets it go on at half."""

    def __init__(self, client: Client) -> None:
        super().__init__()
        self._reader = client

    def _put(self, item: aiomqtt.Message) -> None:
        super()._put(item)
        if self.qsize() >= MOST_WAITING:
            self._reader.pause()

    def _get(self) -> aiomqtt.Message:
        message: aiomqtt.Message = super()._get()
        if self.qsize() <= MOST_WAITING // 2:
            self._reader.resume()
        return message


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
