"""What went to which machine, step by step."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from machines.models import Machine
from mes.accounts.access import needs
from mes.accounts.roles import Right
from orders.enums import DownloadState
from orders.queries.downloads import download_history

PAGE = 50


@require_safe
@needs(Right.VIEW)
def download_list(request: HttpRequest) -> HttpResponse:
    """`/downloads/?machine=…&state=…`, newest first."""
    code, state = request.GET.get("machine", ""), request.GET.get("state", "")
    machine = get_object_or_404(Machine, code=code) if code else None
    page = Paginator(download_history(machine=machine, state=state), PAGE).get_page(request.GET.get("page"))
    context = {"machine": machine, "page": page, "state": state, "states": DownloadState.choices}
    return render(request, "orders/downloads.html", context)
