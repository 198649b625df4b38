"""Which machine this device stands at: remembered by the device, not by the person."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from machines.models import Machine

COOKIE = "mes_terminal_machine"
YEAR = 365 * 86400


def machine_of(request: HttpRequest) -> Machine | None:
    """The machine that was chosen last at this device, if it is still active."""
    number = request.COOKIES.get(COOKIE, "")
    if not number.isdigit():
        return None
    return Machine.objects.filter(pk=int(number[:18]), active=True).first()


def remember_machine(response: HttpResponse, machine: Machine) -> None:
    response.set_cookie(
        COOKIE,
        str(machine.pk),
        max_age=YEAR,
        samesite="Lax",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
    )
