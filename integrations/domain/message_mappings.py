"""Making, editing and publishing message mappings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from integrations.domain.formats import layout_problems
from integrations.models import MessageMapping, MessageMappingVersion
from mes.accounts.models import User
from mes.lib.errors import InvalidInput, Problem, Refused
from mes.lib.sentences import gettext as _

logger = structlog.get_logger(__name__)

LARGEST_SAMPLE = 2 * 1024 * 1024


@transaction.atomic
def create_mapping(
    *, code: str, name: str, direction: str, definition: Mapping[str, Any], by: User
) -> MessageMapping:
    """A mapping with its first draft. Raises InvalidInput when the code is taken."""
    if MessageMapping.objects.filter(code=code).exists():
        raise InvalidInput([Problem("taken", _("Another mapping has this code."), "code", value=code)])
    mapping = MessageMapping.objects.create(code=code, name=name, direction=direction)
    _new_draft(mapping, {**definition, "direction": direction}, by)
    return mapping


def _new_draft(mapping: MessageMapping, definition: Mapping[str, Any], by: User) -> MessageMappingVersion:
    last = mapping.versions.aggregate(last=Max("number"))["last"] or 0
    return MessageMappingVersion.objects.create(
        mapping=mapping, number=last + 1, definition=dict(definition), edited_by=by
    )


def _locked(mapping: MessageMapping) -> MessageMapping:
    return MessageMapping.objects.select_for_update(of=("self",)).defer("sample").get(pk=mapping.pk)


@transaction.atomic
def save_draft(
    *, mapping: MessageMapping, definition: Mapping[str, Any], by: User, seen: str = ""
) -> MessageMappingVersion:
    """Keep what was edited: in the draft, or in a new one after a published version. A draft may have faults;
    they are in the way of publishing only. Raises Refused when ``seen`` (:func:`stamp`) is no longer so."""
    locked = _locked(mapping)
    definition = {**definition, "direction": locked.direction}
    if seen and seen != stamp(locked):
        raise Refused("changed", _("Somebody else has saved this mapping meanwhile. Load the page again."))
    draft = locked.draft
    if draft is None:
        return _new_draft(locked, definition, by)
    draft.definition = definition
    draft.revision += 1
    draft.edited_by, draft.edited_at = by, timezone.now()
    draft.save(update_fields=["definition", "revision", "edited_by", "edited_at"])
    return draft


def stamp(mapping: MessageMapping) -> str:
    """Changes with every save and publication."""
    newest = mapping.versions.order_by("-number").first()
    if newest is None:
        return "0"
    return f"{newest.number}.{newest.revision}.{int(newest.published_at is not None)}"


@transaction.atomic
def discard_draft(*, mapping: MessageMapping, by: User) -> bool:
    """Go back to the version in force; a mapping that never was in force goes away with its draft. Returns
    whether it is still there. Raises Refused when there is no draft, or a connection uses it."""
    locked = _locked(mapping)
    draft, published = locked.draft, locked.published
    if draft is None:
        raise Refused("no_draft", _("There is no draft to discard."))
    if published is None and (locked.connections.exists() or locked.confirmation_connections.exists()):
        raise Refused("in_use", _("A connection uses this mapping."))
    logger.info("mapping_draft_discarded", mapping=locked.code, version=draft.number, by=by.pk)
    draft.delete()
    if published is None:
        locked.delete()
    return published is not None


@transaction.atomic
def publish(*, mapping: MessageMapping, by: User, note: str = "") -> MessageMappingVersion:
    """Put the draft in force: messages are read by it from now on. Raises Refused, InvalidInput."""
    locked = _locked(mapping)
    draft = locked.draft
    if draft is None:
        raise Refused("no_draft", _("There is no draft to publish."))
    problems = layout_problems(draft.definition)
    if problems:
        raise InvalidInput(problems)
    draft.note = note[:300]
    draft.published_by, draft.published_at = by, timezone.now()
    draft.save(update_fields=["note", "published_by", "published_at"])
    return draft


def keep_sample(*, mapping: MessageMapping, body: bytes, name: str) -> None:
    """A file of the layout, for the preview. Raises InvalidInput when it is too large."""
    if len(body) > LARGEST_SAMPLE:
        message = _("A sample has at most %d MB; cut it to some orders.") % (LARGEST_SAMPLE // 1024 // 1024)
        raise InvalidInput([Problem("too_large", message, "sample")])
    mapping.sample, mapping.sample_name = body, name.replace("\x00", "")[:255]
    mapping.save(update_fields=["sample", "sample_name"])
