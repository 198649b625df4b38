"""Pinning a field: the plant's value holds whatever the ERP sends; unpinned, the ERP's holds at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import transaction

from machines.models import MachineGroup
from mes.accounts.models import User
from mes.lib.errors import Refused
from mes.lib.ownership import Pinnable
from mes.lib.sentences import gettext as _
from mes.lib.tracking import changes_by_command
from orders.domain.master.ownership import TOGETHER, is_pinned, plain, shown
from orders.models import Customer, Item, RoutingOperation

PINNABLE: dict[str, tuple[type[Pinnable], tuple[str, ...]]] = {
    "item": (
        Item,
        (
            "name",
            "unit",
            "revision",
            "strategy",
            "setup_family",
            "stocked",
            "lot_tracked",
            "standard_price",
            "active",
        ),
    ),
    "operation": (
        RoutingOperation,
        (
            "text",
            "machine_group",
            "setup_seconds",
            "run_seconds",
            "base_quantity",
            "program",
            "program_revision",
            "tool",
            "inspection",
            "outside",
        ),
    ),
    "work-centre": (MachineGroup, ("name", "erp_code", "internal_id", "standard_key", "active")),
    "customer": (Customer, ("name", "active")),
}


@dataclass(frozen=True, slots=True)
class Field:
    """One field with both values as text. ``erp`` is None where the ERP never spoke of it; ``with_field``
    names the field that it is pinned together with."""

    name: str
    label: str
    mes: str
    erp: str | None
    pinned: bool
    with_field: str

    @property
    def differs(self) -> bool:
        return self.erp is not None and self.erp != self.mes


def fields_of(record: Pinnable, kind: str) -> list[Field]:
    """Every field that the ERP may speak of, the plant's value beside the ERP's."""
    _model, names = PINNABLE[kind]
    return [
        Field(
            name=name,
            label=str(record._meta.get_field(name).verbose_name),  # type: ignore[union-attr]
            mes=shown(plain(getattr(record, name))),
            erp=shown(record.erp_values[name]) if name in record.erp_values else None,
            pinned=is_pinned(record, name),
            with_field=TOGETHER.get(name, ""),
        )
        for name in names
    ]


@transaction.atomic
def pin_field(*, kind: str, pk: int, name: str, by: User) -> Any:
    """Keep the plant's value of a field. Pinning what is pinned changes nothing."""
    record = _locked(kind, pk, name)
    if name not in record.pinned:
        record.pinned = sorted({*record.pinned, name})
        with changes_by_command("pin", by=by):
            record.save(update_fields=["pinned"])
    return record


@transaction.atomic
def unpin_field(*, kind: str, pk: int, name: str, by: User) -> Any:
    """Let the field follow the ERP again: what the ERP said last holds at once.

    Raises Refused ``gone`` when what the ERP named is not here any more.
    """
    record = _locked(kind, pk, name)
    if name not in record.pinned:
        return record
    record.pinned = [other for other in record.pinned if other != name]
    together = [name, *(other for other, first in TOGETHER.items() if first == name)]
    followed = [other for other in together if other in record.erp_values]
    for other in followed:
        setattr(record, other, _value(record, other))
    with changes_by_command("unpin", by=by):
        record.save(update_fields=["pinned", *followed])
    return record


def _locked(kind: str, pk: int, name: str) -> Any:
    model, names = PINNABLE[kind]
    if name not in names or name in TOGETHER:
        raise Refused("unknown_field", _("This field can't be pinned."), field=name)
    record = model._default_manager.select_for_update(of=("self",)).filter(pk=pk).first()
    if record is None:
        raise Refused("gone", _("This record is not here any more."), field=name)
    return record


def _value(record: Any, name: str) -> Any:
    """What the ERP said last, as the field holds it."""
    told = record.erp_values[name]
    field = record._meta.get_field(name)
    if not field.is_relation:
        return field.to_python(told)
    if told is None:
        return None
    rows = field.related_model.objects.filter(code=told)
    if field.related_model is MachineGroup:
        rows = rows.filter(plant=record.routing.plant_id)
    found = rows.first()
    if found is None:
        raise Refused("gone", _("There is no “%s” here any more.") % told, field=name)
    return found
