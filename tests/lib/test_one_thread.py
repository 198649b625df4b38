"""A request goes from the event loop to one thread and back."""

import asyncio
import threading

from django.http import HttpResponse
from django.urls import path

from mes.lib.one_thread import OneThreadHandler

SEEN = []


class Noting:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        SEEN.append(threading.get_ident())
        return self.get_response(request)


def note(request):
    SEEN.append(threading.get_ident())
    return HttpResponse("noted")


urlpatterns = [path("noted", note)]


def test_middlewares_and_view_share_a_thread_that_is_not_the_loop(settings):
    settings.ROOT_URLCONF = __name__
    settings.MIDDLEWARE = [
        f"{__name__}.Noting",
        "django.middleware.common.CommonMiddleware",
        f"{__name__}.Noting",
    ]
    SEEN.clear()
    answer = asyncio.run(asked(OneThreadHandler(), "/noted"))
    assert answer[1]["body"] == b"noted"
    assert len(SEEN) == 3
    assert len({*SEEN, threading.get_ident()}) == 2


async def asked(application, address):
    scope = {
        "type": "http",
        "method": "GET",
        "path": address,
        "headers": [(b"host", b"testserver")],
        "query_string": b"",
    }
    arrived = asyncio.Queue()
    arrived.put_nowait({"type": "http.request", "body": b"", "more_body": False})
    sent = []

    async def send(message):
        sent.append(message)

    await application(scope, arrived.get, send)
    return sent
