"""Photos of stops, for whoever may look at machines."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST, require_safe

from machines.domain.photos import remove_photo
from machines.models import StopPhoto
from mes.accounts.access import needs
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib.errors import MesError
from orders.views.problems import sentence


@require_safe
@needs(Right.VIEW)
def photo(_request: HttpRequest, pk: int) -> HttpResponse:
    """The JPEG; 404 once it is removed."""
    row = get_object_or_404(StopPhoto, pk=pk)
    if row.removed_at is not None:
        raise Http404
    headers = {"Cache-Control": "private, max-age=86400", "Content-Disposition": "inline"}
    return HttpResponse(bytes(row.image), content_type="image/jpeg", headers=headers)


@require_POST
@needs(Right.VIEW)
def remove(request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(StopPhoto.objects.defer("image"), pk=pk)
    try:
        remove_photo(photo=row, by=cast(User, request.user))
    except MesError as error:
        messages.error(request, sentence(error))
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()})
    return redirect(back if safe else "home")
