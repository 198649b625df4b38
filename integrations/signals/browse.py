"""One look at what a sender offers, with a time limit and the reason in one word when nothing answers."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any

import structlog

from integrations.signals.base import BrowsedItem, ConnectionLost, Settings, Transport
from integrations.signals.registry import UnknownProtocol, transport_for
from integrations.signals.seen import shown

LONGEST_SECONDS = 30.0
MOST_ITEMS = 5000

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Browsed:
    """What came back. ``problem_code`` is empty when the sender answered, else unknown_host, refused,
    timeout, certificate, not_allowed, unreachable, not_installed, crashed or other."""

    items: Sequence[BrowsedItem] = ()
    problem_code: str = ""
    problem: str = ""
    seconds: float = 0.0
    more: int = 0

    def as_json(self) -> dict[str, Any]:
        return {
            "items": [item_as_json(item) for item in self.items],
            "problem_code": self.problem_code,
            "problem": self.problem,
            "seconds": self.seconds,
            "more": self.more,
        }


async def browse(
    protocol: str,
    settings: Settings,
    *,
    connect: Callable[[str, Settings], Transport] = transport_for,
    seconds: float = LONGEST_SECONDS,
) -> Browsed:
    """Ask once, for at most ``seconds``. Never raises: what went wrong is part of the answer."""
    began = time.monotonic()
    try:
        async with asyncio.timeout(seconds):
            items = await connect(protocol, settings).browse()
    except Exception as error:
        code = problem_code(error)
        if code == "crashed":
            logger.exception("browse_crashed", connection=settings.code)
        problem = str(error) or type(error).__name__
        return Browsed(problem_code=code, problem=problem[:500], seconds=time.monotonic() - began)
    return Browsed(items[:MOST_ITEMS], seconds=time.monotonic() - began, more=max(0, len(items) - MOST_ITEMS))


def problem_code(error: BaseException) -> str:
    """Why nothing answered, in one word, from the error and what caused it."""
    for one in _chain(error):
        match one:
            case UnknownProtocol():
                return "not_installed"
            case ssl.SSLCertVerificationError() | ssl.SSLError():
                return "certificate"
            case socket.gaierror():
                return "unknown_host"
            case ConnectionRefusedError():
                return "refused"
            case TimeoutError():
                return "timeout"
            case PermissionError():
                return "not_allowed"
            case OSError():
                return "unreachable"
    return "other" if isinstance(error, ConnectionLost) else "crashed"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error and its causes, the deepest first: the library's own error says less than the system's."""
    if error is not None:
        yield from _chain(error.__cause__ or error.__context__)
        yield error


def item_as_json(item: BrowsedItem) -> dict[str, Any]:
    return {
        "address": item.address,
        "name": item.name,
        "kind": item.kind,
        "unit": item.unit,
        "device": item.device,
        "value": shown(item.value),
        "ts": item.ts.astimezone(UTC).isoformat() if item.ts else "",
        "role": item.role,
        "values": dict(item.values),
    }
