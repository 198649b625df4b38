"""Changing what one item means, templates, and mappings as files."""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.core.signing import BadSignature, Signer
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from integrations.domain.mappings import (
    Change,
    as_file,
    differences,
    import_mapping,
    is_value_table,
    patterns_of,
    read_file,
    save_template,
)
from integrations.enums import SignalRole
from integrations.forms import ImportForm, MappingForm, TemplateForm, value_rows
from integrations.models import MappingTemplate, SignalConnection, SignalMapping, SignalValues
from machines.domain.measure.states import RAW_OF_WORD
from mes.accounts.access import needs
from mes.accounts.roles import Right
from mes.lib.downloads import name_as_file
from mes.lib.errors import InvalidInput, MesError, Problem
from mes.lib.live import announce

LARGEST_FILE = 8 * 1024 * 1024
EMPTY_ROWS = 3
WORDS = ("ACTIVE", "READY", "STOPPED", "SETUP", "MAINTENANCE", "UNAVAILABLE")
"""One word for each raw state: what a value table of a state usually needs."""


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.MASTER_DATA)
def edit_mapping(request: HttpRequest, pk: int) -> HttpResponse:
    mapping = get_object_or_404(SignalMapping.objects.select_related("connection__plant", "machine"), pk=pk)
    form = MappingForm(request.POST or None, instance=mapping)
    table = value_rows(request.POST) if request.method == "POST" else dict(mapping.values)
    if request.method == "POST" and is_value_table(table) and form.is_valid():
        mapping = form.save(commit=False)
        mapping.values = table
        mapping.save()
        announce(f"signal-connection:{mapping.connection_id}")
        messages.success(request, _("Saved. A connection that runs takes it up within seconds."))
        return redirect("connection", mapping.connection_id)
    context = {
        "form": form,
        "mapping": mapping,
        "connection": mapping.connection,
        "table": [*table.items(), *[(word, "") for word in _unknown(mapping, table)]],
        "empty": range(EMPTY_ROWS),
        "words": _words(mapping),
    }
    return render(request, "connections/mapping.html", context, status=422 if form.is_bound else 200)


def _unknown(mapping: SignalMapping, table: dict[str, str]) -> list[str]:
    """State words that came in and that neither the rules nor the table know."""
    seen = SignalValues.objects.filter(pk=mapping.connection_id).first()
    last = seen.values.get(mapping.address, {}) if seen else {}
    return [word for word in last.get("unknown", {}) if word not in table]


def _words(mapping: SignalMapping) -> list[tuple[str, str]]:
    if mapping.role != SignalRole.STATE:
        return []
    return [(word, str(RAW_OF_WORD[word].value)) for word in WORDS]


@require_POST
@needs(Right.MASTER_DATA)
def remove_mapping(request: HttpRequest, pk: int) -> HttpResponse:
    mapping = get_object_or_404(SignalMapping, pk=pk)
    mapping.delete()
    announce(f"signal-connection:{mapping.connection_id}")
    messages.success(request, _("Removed."))
    return redirect("connection", mapping.connection_id)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.MASTER_DATA)
def new_template(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep a machine's mapping for the next of its kind."""
    connection = get_object_or_404(SignalConnection, pk=pk)
    form = TemplateForm(request.POST or None, connection=connection)
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        try:
            template = save_template(
                connection=connection, machine=told["machine"], code=told["code"], name=told["name"]
            )
        except MesError as error:
            form.add_error(None, str(error))
        else:
            messages.success(
                request, _("Template %s is kept. Choose it where the items are shown.") % template
            )
            return redirect("connection", pk)
    rows = list(connection.mappings.select_related("machine").order_by("machine__code", "address"))
    context = {"form": form, "connection": connection, "patterns": _patterns(rows)}
    return render(request, "connections/template.html", context, status=422 if form.is_bound else 200)


def _patterns(rows: list[SignalMapping]) -> list[tuple[SignalMapping, str]]:
    by_machine: dict[int, list[SignalMapping]] = {}
    for row in rows:
        by_machine.setdefault(row.machine_id, []).append(row)
    return [
        pair
        for group in by_machine.values()
        for pair in zip(group, patterns_of([row.address for row in group]), strict=True)
    ]


@require_safe
@needs(Right.MASTER_DATA)
def export_mapping(_request: HttpRequest, pk: int) -> HttpResponse:
    connection = get_object_or_404(SignalConnection, pk=pk)
    answer = JsonResponse(as_file(connection), json_dumps_params={"indent": 2, "ensure_ascii": False})
    return name_as_file(answer, f"mapping-{connection.code}.json")


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.MASTER_DATA)
def import_page(request: HttpRequest, pk: int) -> HttpResponse:
    """A file is judged and its differences shown first; the same text comes back signed to be applied."""
    connection = get_object_or_404(SignalConnection, pk=pk)
    form = ImportForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"connection": connection, "form": form}
    if request.method != "POST":
        return render(request, "connections/import.html", context)
    try:
        text = _text(request, form)
        meanings = read_file(connection, parsed(text))
    except InvalidInput as error:
        return render(request, "connections/import.html", {**context, "problems": error.problems}, status=422)
    if "apply" in request.POST:
        count = import_mapping(
            connection=connection, meanings=meanings, remove_others="remove" in request.POST
        )
        messages.success(request, ngettext("%d row changed.", "%d rows changed.", count) % count)
        return redirect("connection", pk)
    found = differences(connection, meanings)
    context |= {
        "differences": found,
        "counts": {change.value: sum(one.change == change for one in found) for change in Change},
        "text": Signer(salt="mapping").sign(text),
    }
    return render(request, "connections/import.html", context)


def _text(request: HttpRequest, form: ImportForm) -> str:
    """The file's text, or the text that was shown before. Raises InvalidInput."""
    if "text" in request.POST:
        try:
            return Signer(salt="mapping").unsign(request.POST["text"])
        except BadSignature:
            raise InvalidInput([Problem("changed", _("Choose the file again."))]) from None
    if not form.is_valid():
        raise InvalidInput([Problem("missing", _("Choose a file."), "file")])
    file = form.cleaned_data["file"]
    if file.size > LARGEST_FILE:
        raise InvalidInput([Problem("too_large", _("The file is too large."), "file")])
    try:
        return str(file.read().decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise InvalidInput([Problem("not_utf8", _("The file is no text in UTF-8."), "file")]) from None


def parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        message = _("The file is not JSON: %s") % str(error)[:120]
        raise InvalidInput([Problem("not_json", message, "file")]) from None


@require_safe
@needs(Right.MASTER_DATA)
def template_list(request: HttpRequest) -> HttpResponse:
    templates = MappingTemplate.objects.prefetch_related("rows").order_by("protocol", "code")
    return render(request, "connections/templates.html", {"templates": templates})
