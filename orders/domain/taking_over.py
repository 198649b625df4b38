"""Routing and bill of material of an item's current revision, copied for the one in work to be changed."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db import transaction
from django.db.models import Model
from django.utils.translation import gettext as _

from mes.accounts.models import User
from mes.lib.errors import Refused
from mes.lib.tracking import changes_by_command
from orders.models import Bom, ItemRevision, Routing

M = TypeVar("M", bound=Model)
_FROM_ERP: dict[str, Any] = {"erp_version": "", "erp_received_at": None, "erp_values": {}, "pinned": []}
"""What the ERP said of the old revision it didn't say of the new one."""


def can_take_over(revision: ItemRevision) -> bool:
    """Whether the current revision has a routing or a bill of material that the one in work lacks."""
    if revision.released_at is not None:
        return False
    return any(_lacking(model, revision) for model in (Routing, Bom))


@transaction.atomic
def take_over(*, revision: ItemRevision, by: User) -> None:
    """Copy what the revision in work lacks. Raises Refused for a released one, or with nothing to copy."""
    held = ItemRevision.objects.select_for_update(of=("self",), no_key=True).select_related("item")
    draft = held.get(pk=revision.pk)
    if not can_take_over(draft):
        raise Refused("nothing_to_copy", _("There is nothing that could be taken over."))
    with changes_by_command("take_over", by=by):
        for routing in _lacking(Routing, draft):
            operations = list(routing.operations.all())
            made = _copied(routing, revision=draft.code)
            for operation in operations:
                _copied(operation, routing=made)
        for bom in _lacking(Bom, draft):
            lines = list(bom.lines.all())
            made_bom = _copied(bom, revision=draft.code)
            for line in lines:
                _copied(line, bom=made_bom)


def _lacking(model: type[M], revision: ItemRevision) -> list[M]:
    """The current revision's rows, none where the draft has its own already."""
    rows = model._default_manager.filter(item=revision.item_id, active=True)
    if revision.item.revision == revision.code or rows.filter(revision=revision.code).exists():
        return []
    return list(rows.filter(revision=revision.item.revision))


def _copied(row: M, **changes: object) -> M:
    kept = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}
    kept |= {name: value for name, value in _FROM_ERP.items() if name in kept}
    del kept[row._meta.pk.attname]
    copy = type(row)(**kept)
    for name, value in changes.items():
        setattr(copy, name, value)
    copy.save()
    return copy
