"""Words of partners that nobody has translated yet, and messages that wait for what they refer to."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from integrations.domain.mending import apply_again, choices_for, translate_value
from integrations.domain.unknown import known_values, messages_that_met
from integrations.domain.waiting import overdue_messages
from integrations.models import UnknownValue, WaitingReference
from mes.accounts.access import needs
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib.errors import MesError

PAGE = 50


@require_safe
@needs(Right.MESSAGES)
def unknown_list(request: HttpRequest) -> HttpResponse:
    """Values without a translation first, those met most often before the others."""
    values = known_values()
    context = {"page": Paginator(values, PAGE).get_page(request.GET.get("page"))}
    return render(request, "integrations/unknown_list.html", context)


@require_safe
@needs(Right.MESSAGES)
def unknown(request: HttpRequest, pk: int) -> HttpResponse:
    value = get_object_or_404(known_values(), pk=pk)
    open_ones = messages_that_met(value).defer("body", "results").order_by("received_at", "pk")
    context = {
        "unknown": value,
        "choices": choices_for(value),
        "number": open_ones.count(),
        "open_ones": open_ones[:PAGE],
    }
    return render(request, "integrations/unknown.html", context)


@require_POST
@needs(Right.MASTER_DATA)
def translate_unknown(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep what the value means here; the messages are read again by another button."""
    value = get_object_or_404(UnknownValue.objects.select_related("connection__plant"), pk=pk)
    by = cast(User, request.user)
    try:
        made = translate_value(unknown=value, ours=request.POST.get("ours", "").strip(), by=by)
    except MesError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Kept: %s. Now read the messages again.") % made)
    return redirect("unknown-value", pk)


@require_POST
@needs(Right.MESSAGES)
def read_again(request: HttpRequest, pk: int) -> HttpResponse:
    """Read all messages again that met the value."""
    value = get_object_or_404(UnknownValue.objects.select_related("connection__plant"), pk=pk)
    done, whole = apply_again(unknown=value, by=cast(User, request.user))
    words = ngettext(
        "%(done)d message read again; %(whole)d of them whole now.",
        "%(done)d messages read again; %(whole)d of them whole now.",
        done,
    )
    messages.success(request, words % {"done": done, "whole": whole})
    return redirect("unknown-value", pk)


@require_safe
@needs(Right.MESSAGES)
def waiting_list(request: HttpRequest) -> HttpResponse:
    """What waits for what, the longest first; too long is trouble."""
    waits = WaitingReference.objects.select_related("message__connection__plant", "plant")
    page = Paginator(waits.order_by("message__received_at", "pk"), PAGE).get_page(request.GET.get("page"))
    shown = {wait.message_id for wait in page}
    context = {
        "page": page,
        "overdue": set(overdue_messages().filter(pk__in=shown).values_list("pk", flat=True)),
        "overdue_number": overdue_messages().count(),
    }
    return render(request, "integrations/waiting_list.html", context)
