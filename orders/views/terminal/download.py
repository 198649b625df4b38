"""The program on its way to the machine, as the operator sees it."""

from __future__ import annotations

from collections.abc import Collection
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_POST

from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib import live
from mes.lib.errors import MesError
from orders.domain.downloads import approve_download, send_again
from orders.forms.terminal import KeyForm
from orders.models import Download
from orders.queries.downloads import latest_downloads
from orders.views.problems import sentence
from orders.views.terminal.access import at_terminal
from orders.views.terminal.context import operation_url
from orders.views.terminal.operation import answer, operation_context, place_and_work


@require_POST
@at_terminal
def approve(request: HttpRequest, machine: int, operation: int) -> HttpResponse:
    return _act(request, machine, operation, again=False)


@require_POST
@at_terminal
def send(request: HttpRequest, machine: int, operation: int) -> HttpResponse:
    return _act(request, machine, operation, again=True)


def _act(request: HttpRequest, machine: int, operation: int, *, again: bool) -> HttpResponse:
    here, work = place_and_work(machine, operation)
    person = cast(User, request.user)
    download = Download.objects.filter(operation=work, machine=here).order_by("-id").first()
    form = KeyForm(request.POST)
    if download is None or not form.is_valid():
        return answer(request, operation_url(here, work))
    try:
        if again:
            send_again(run=download.run, by=person, key=form.cleaned_data["key"])
        else:
            approve_download(download=download, by=person)
    except MesError as error:
        context = operation_context(request, here, work, problem=sentence(error))
        return render(request, "terminal/operation.html", context, status=error.status)
    return answer(request, operation_url(here, work))


@live.fragment("terminal-download", topics=("download",), right=Right.OPERATE)
def render_download(keys: Collection[str]) -> dict[str, str]:
    numbers = [int(key) for key in keys if key.isdigit()]
    return {
        str(operation): render_to_string("terminal/_download.html", {"download": download})
        for operation, download in latest_downloads(numbers).items()
    }
