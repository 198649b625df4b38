"""Pages in the plants' local time, where they share one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import tzinfo
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from machines.models import Plant
from mes.lib.lazy_zone import LazyZone

FOR_SYSTEMS = ("/api/", "/live", "/static/", "/health/", "/metrics")
"""What answers there says times with their offset, or none."""


class PlantTime:
    """Middleware: what belongs to no plant (lots, engineering, audit trail, admin) shows and reads times
    in the plants' own zone, or in UTC when plants of several zones are kept.

    One query per page that shows such a time. What belongs to a plant says so itself.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith(FOR_SYSTEMS):
            return self.get_response(request)
        with timezone.override(LazyZone(_shared_zone)):
            return self.get_response(request)


def _shared_zone() -> tzinfo:
    zones = list(Plant.objects.order_by("time_zone").values_list("time_zone", flat=True).distinct()[:2])
    return ZoneInfo(zones[0]) if len(zones) == 1 else timezone.get_default_timezone()
