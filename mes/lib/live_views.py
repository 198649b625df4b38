"""The stream of server-sent events that keeps an open page true."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from asgiref.sync import sync_to_async
from django.db import connections
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils import timezone, translation
from django.views.decorators.http import require_GET

from mes.lib.live import fragment_named
from mes.lib.live_hub import Keys, Reader, hub, message

BEAT_SECONDS = 10.0
STREAM_SECONDS = 15 * 60.0
"""A stream ends after this time and the page asks again: who lost a right loses the stream."""
MOST_FRAGMENTS = 2000


@require_GET
def stream(request: HttpRequest) -> HttpResponseBase:
    """`GET /live?wall-tile=1,2&machine-now=5`: HTML of these fragments now, and again whenever one changes.

    Event names are `fragment:key`. The event `beat` comes every 10 s with the server's time. 400 for a
    fragment that doesn't exist, 403 without its right.
    """
    wanted: Keys = {
        name: frozenset(key for key in str(keys).split(",") if key) for name, keys in request.GET.items()
    }
    fragments = [fragment_named(name) for name in wanted]
    if None in fragments or not 0 < sum(map(len, wanted.values())) <= MOST_FRAGMENTS:
        return HttpResponse("unknown or too many fragments", status=400, content_type="text/plain")
    may = getattr(request.user, "may", None)
    if may is None or not all(may(fragment.right) for fragment in fragments if fragment):
        return HttpResponse("log in first", status=403, content_type="text/plain")
    return StreamingHttpResponse(
        _events(wanted, translation.get_language() or "en"),
        content_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def _events(wanted: Keys, language: str) -> AsyncIterator[bytes]:
    await sync_to_async(
        connections.close_all
    )()  # the request's thread would hold one for as long as the stream
    loop = asyncio.get_running_loop()
    end = loop.time() + STREAM_SECONDS
    yield b"retry: 1000\n\n" + _beat()
    async with hub().reading(Reader(wanted, language)) as reader:
        while loop.time() < end:
            mail = await reader.fetch(BEAT_SECONDS)
            if mail:
                yield b"".join(mail.values())
            else:
                yield _beat()


def _beat() -> bytes:
    return message("beat", timezone.now().isoformat())
