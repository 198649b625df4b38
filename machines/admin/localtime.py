"""The admin in the plants' local time, where they share one."""

from __future__ import annotations

from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import lazy

from machines.models import Plant

current_zone = lazy(timezone.get_current_timezone_name, str)()
"""The name of the time zone in which the page at hand shows and reads times."""


class AdminInPlantTime:
    """Middleware: times in the admin are the plants' own, or UTC when plants of several zones are kept.

    One query per page of the admin.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        zone = shared_zone() if request.path.startswith(reverse("admin:index")) else None
        if zone is None:
            return self.get_response(request)
        with timezone.override(zone):
            return self.get_response(request)


def shared_zone() -> ZoneInfo | None:
    zones = list(Plant.objects.order_by("time_zone").values_list("time_zone", flat=True).distinct()[:2])
    return ZoneInfo(zones[0]) if len(zones) == 1 else None
