"""The way of a request from the event loop to its view."""

from __future__ import annotations

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIHandler
from django.http import HttpRequest, HttpResponseBase


class OneThreadHandler(ASGIHandler):
    """Runs all middlewares and the view of a request in one thread, with one hop from the event loop.

    Django's own handler expects asynchronous views and goes back to the loop between a synchronous
    middleware and a synchronous view, two hops more per request. Ours are all synchronous; what is
    streamed (``mes.lib.live_views``) is read in the loop all the same.
    """

    def load_middleware(self, is_async: bool = False) -> None:
        super().load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        return await sync_to_async(self.get_response, thread_sensitive=True)(request)
