"""Message mappings: the list, a new one, the editor with its preview, test runs, versions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from integrations.domain.inbox import body_of
from integrations.domain.message_mappings import (
    create_mapping,
    discard_draft,
    keep_sample,
    publish,
    save_draft,
    stamp,
)
from integrations.domain.translating import tables_of, translations
from integrations.erp.mapped.definition import INWARD, TREES, problems_of
from integrations.erp.mapped.sample import blank, guessed, offers
from integrations.erp.mapped.templates import TEMPLATES, template
from integrations.forms import NewMessageMappingForm
from integrations.models import Connection, InboundMessage, MessageMapping, MessageMappingVersion
from integrations.queries.message_mappings import differences, message_mappings
from integrations.views.mapping_editor import by_record, choices, definition_of, editor_records, pairs_text
from integrations.views.mapping_preview import Preview, confirmations_for, preview, preview_out
from machines.models import Plant
from mes.accounts.access import needs
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib.downloads import name_as_file
from mes.lib.errors import InvalidInput, MesError, Problem

LARGEST_FILE = 2 * 1024 * 1024
MESSAGES_OFFERED = 8


@require_safe
@needs(Right.MASTER_DATA)
def mapping_list(request: HttpRequest) -> HttpResponse:
    return render(request, "mappings/list.html", {"mappings": message_mappings()})


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.MASTER_DATA)
def new_mapping(request: HttpRequest) -> HttpResponse:
    """Begin with a sample file, a template, or a mapping from another installation."""
    form = NewMessageMappingForm(request.POST or None, request.FILES or None, templates=TEMPLATES.values())
    if request.method == "POST" and form.is_valid():
        told = form.cleaned_data
        file = told["sample"]
        body = file.read(LARGEST_FILE + 1) if file else b""
        try:
            definition = _beginning(told, body, file.name if file else "")
            mapping = create_mapping(
                code=told["code"],
                name=told["name"],
                direction=definition["direction"],
                definition=definition,
                by=cast(User, request.user),
            )
            if body and not _is_mapping(body):
                keep_sample(mapping=mapping, body=body, name=file.name)
        except MesError as error:
            form.add_error(None, str(error))
        else:
            return redirect("message-mapping", mapping.pk)
    context = {"form": form, "templates": TEMPLATES.values()}
    return render(request, "mappings/new.html", context, status=422 if form.is_bound else 200)


def _beginning(told: Mapping[str, Any], body: bytes, name: str) -> dict[str, Any]:
    """The first definition. Raises InvalidInput."""
    if len(body) > LARGEST_FILE:
        raise InvalidInput(
            [Problem("too_large", _("The file is too large; cut it to some orders."), "sample")]
        )
    if told["template"]:
        return dict(template(told["template"]).definition)
    if body and _is_mapping(body):
        return _imported(body)
    if told["direction"] == INWARD and body:
        return guessed(body, name)
    return blank(told["direction"])


def _is_mapping(body: bytes) -> bool:
    return body.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{") and b'"mes-message-mapping"' in body[:2000]


def _imported(body: bytes) -> dict[str, Any]:
    """A mapping file. Faults in it are shown in the editor. Raises InvalidInput when it is none."""
    try:
        data = json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise InvalidInput([Problem("not_json", _("The file is not JSON: %s") % str(error)[:120])]) from None
    problems = problems_of(data)
    if problems:
        raise InvalidInput(problems[:5])
    return dict(data)


@require_http_methods(["GET", "HEAD", "POST"])
@needs(Right.MASTER_DATA)
def mapping_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The editor. Save keeps the draft; publish saves and puts it in force."""
    mapping = get_object_or_404(MessageMapping, pk=pk)
    by = cast(User, request.user)
    if request.method != "POST":
        return _editor(request, mapping, _definition(mapping))
    definition, _indexes = definition_of(request.POST, mapping.direction)
    try:
        save_draft(mapping=mapping, definition=definition, by=by, seen=request.POST.get("seen", ""))
        if "publish" in request.POST:
            version = publish(mapping=mapping, by=by, note=request.POST.get("note", ""))
            messages.success(request, _("Version %d is in force.") % version.number)
        else:
            messages.success(request, _("The draft is saved."))
    except MesError as error:
        told = [str(problem.message) for problem in error.problems[:5]]
        messages.error(request, " ".join(told))
        return _editor(request, mapping, definition, status=422)
    return redirect("message-mapping", pk)


def _definition(mapping: MessageMapping) -> dict[str, Any]:
    version = mapping.draft or mapping.published
    return dict(version.definition) if version else blank(mapping.direction)


def _editor(
    request: HttpRequest, mapping: MessageMapping, definition: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    definition = by_record(definition)
    shown = _preview(mapping, definition)
    try:
        offered = offers(bytes(mapping.sample), definition) if mapping.sample else {}
    except InvalidInput:
        offered = {}
    versions = list(
        mapping.versions.defer("definition").select_related("edited_by", "published_by").order_by("-number")
    )
    value_tables = [
        (name, pairs_text(table.get("values", {}), table.get("default")))
        for name, table in definition.get("tables", {}).items()
    ]
    context = {
        "mapping": mapping,
        "definition": definition,
        "file": {"header": 1, "skip": 0, **definition.get("file", {})},
        "records": editor_records(definition, offered, mapping.direction, shown.seen if shown else {}),
        "record_rules": [*definition.get("records", []), {}],
        "value_tables": [*value_tables, ("", "")],
        "units": pairs_text(definition.get("units", {})),
        "choices": choices(mapping.direction),
        "inward": mapping.direction == INWARD,
        "tree": definition.get("file", {}).get("kind") in TREES,
        "seen": stamp(mapping),
        "versions": versions,
        "draft": next((one for one in versions if one.published_at is None), None),
        "in_force": next((one for one in versions if one.published_at is not None), None),
        "recent": _recent(mapping),
        "connections": Connection.objects.filter(
            **{"mapping" if mapping.direction == INWARD else "confirmation_mapping": mapping}
        ),
        "shown": shown,
    }
    return render(request, "mappings/editor.html", context, status=status)


def _recent(mapping: MessageMapping) -> Any:
    found = InboundMessage.objects.filter(connection__mapping=mapping).select_related("connection")
    return found.defer("body", "results", "problems").order_by("-received_at")[:MESSAGES_OFFERED]


def _zone(mapping: MessageMapping) -> ZoneInfo:
    """Of the plant whose connection uses the mapping, else of the first plant."""
    used = Connection.objects.filter(mapping=mapping).values_list("plant__time_zone", flat=True).first()
    return ZoneInfo(used or Plant.objects.order_by("pk").values_list("time_zone", flat=True).first() or "UTC")


def _preview(mapping: MessageMapping, definition: Mapping[str, Any]) -> Preview | None:
    if mapping.direction != INWARD:
        return preview_out(definition, confirmations_for(mapping))
    if not mapping.sample:
        return None
    return preview(definition, bytes(mapping.sample), zone=_zone(mapping))


def _rows(shown: Preview | None, indexes: list[int]) -> list[tuple[int, Any]]:
    """For each row of the page that fills a field, what the preview saw there."""
    seen = shown.seen if shown else {}
    return [(index, seen.get(number)) for number, index in enumerate(indexes, start=1)]


@require_POST
@needs(Right.MASTER_DATA)
def mapping_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """What the page as it stands makes of the sample. Keeps nothing."""
    mapping = get_object_or_404(MessageMapping, pk=pk)
    definition, indexes = definition_of(request.POST, mapping.direction)
    shown = _preview(mapping, definition)
    context = {"mapping": mapping, "shown": shown, "shown_rows": _rows(shown, indexes), "swap": True}
    return render(request, "mappings/_preview.html", context)


@require_POST
@needs(Right.MASTER_DATA)
def mapping_sample(request: HttpRequest, pk: int) -> HttpResponse:
    """Another sample file, or a mapping file as the new draft."""
    mapping = get_object_or_404(MessageMapping, pk=pk)
    file = request.FILES.get("sample")
    try:
        if file is None:
            raise InvalidInput([Problem("missing", _("Choose a file."), "sample")])
        body = file.read(LARGEST_FILE + 1)
        if len(body) <= LARGEST_FILE and _is_mapping(body):
            save_draft(mapping=mapping, definition=_imported(body), by=cast(User, request.user))
            messages.success(request, _("The file's mapping is the draft now."))
        else:
            keep_sample(mapping=mapping, body=body, name=file.name or "")
    except MesError as error:
        messages.error(request, "; ".join(str(problem) for problem in error.problems))
    return redirect("message-mapping", pk)


@require_POST
@needs(Right.MASTER_DATA)
def mapping_discard(request: HttpRequest, pk: int) -> HttpResponse:
    mapping = get_object_or_404(MessageMapping, pk=pk)
    try:
        stays = discard_draft(mapping=mapping, by=cast(User, request.user))
    except MesError as error:
        messages.error(request, str(error))
        return redirect("message-mapping", pk)
    messages.success(request, _("The draft is discarded."))
    return redirect("message-mapping", pk) if stays else redirect("message-mappings")


@require_safe
@needs(Right.MASTER_DATA)
def mapping_test(request: HttpRequest, pk: int, message_pk: int) -> HttpResponse:
    """What a version makes of a stored message, read as the inbox does: without the agreed trailer, by the
    connection's translations. Nothing is applied."""
    mapping = get_object_or_404(MessageMapping.objects.defer("sample"), pk=pk)
    message = get_object_or_404(
        InboundMessage.objects.select_related("connection__plant", "mapping_version"),
        pk=message_pk,
        connection__mapping=mapping,
    )
    versions = list(mapping.versions.order_by("-number"))
    version = _chosen(versions, request.GET.get("version", ""))
    connection = message.connection
    shown = preview(
        version.definition,
        body_of(message),
        zone=ZoneInfo(connection.plant.time_zone),
        units=translations(connection).get("units"),
        words=tables_of(connection),
    )
    context = {
        "mapping": mapping,
        "message": message,
        "versions": versions,
        "version": version,
        "shown": shown,
    }
    return render(request, "mappings/test.html", context)


def _chosen(versions: list[MessageMappingVersion], number: str) -> MessageMappingVersion:
    """The wished version, else the newest. Raises Http404."""
    wished = [one for one in versions if str(one.number) == number] if number else versions
    if not wished:
        raise Http404
    return wished[0]


@require_safe
@needs(Right.MASTER_DATA)
def mapping_version(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """What a version changed against the one before it."""
    mapping = get_object_or_404(MessageMapping.objects.defer("sample"), pk=pk)
    version = _chosen(list(mapping.versions.filter(number=number)), "")
    before = mapping.versions.filter(number__lt=number).order_by("-number").first()
    context = {
        "mapping": mapping,
        "version": version,
        "before": before,
        "differences": differences(before.definition if before else {}, version.definition),
    }
    return render(request, "mappings/version.html", context)


@require_safe
@needs(Right.MASTER_DATA)
def mapping_export(request: HttpRequest, pk: int) -> HttpResponse:
    """A version as a file that another installation reads; without a number the newest."""
    mapping = get_object_or_404(MessageMapping.objects.defer("sample"), pk=pk)
    version = _chosen(list(mapping.versions.order_by("-number")), request.GET.get("version", ""))
    data = {
        **version.definition,
        "name": mapping.name,
        "number": version.number,
        "note": version.note,
        "author": str(version.published_by or version.edited_by or ""),
        "date": (version.published_at or version.edited_at).isoformat(timespec="seconds"),
    }
    answer = JsonResponse(data, json_dumps_params={"indent": 2, "ensure_ascii": False})
    return name_as_file(answer, f"{mapping.code}-v{version.number}.json")
