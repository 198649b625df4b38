"""What a mapping can fill: the kinds of records of the canonical messages, and their fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from orders.domain import documents, master_documents
from orders.enums import ErpStatus, RequirementKind, Strategy

TEXT, AMOUNT, NUMBER, WHOLE, TRUTH = "text", "amount", "number", "whole", "truth"
MOMENT, UNIT, SECONDS, CHOICE, LIST = "moment", "unit", "seconds", "choice", "list"

BELONGS_TO, LINE_STATUS, PARAMETER, NAME_IN = "belongs_to", "line_status", "parameter:", "name:"
NEW, MODIFIED, DELETED = "N", "M", "D"
STATUSES = (NEW, MODIFIED, DELETED)


@dataclass(frozen=True, slots=True)
class Field:
    """``kind`` says how text becomes a value; ``length`` bounds a text."""

    label: Any
    kind: str = TEXT
    length: int = 60
    choices: tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """A kind of record. ``key`` finds it again in the message; ``parent`` is the kind it is a part of."""

    label: Any
    make: Any
    fields: Mapping[str, Field]
    key: tuple[str, ...] = ()
    parent: str = ""
    into: str = ""


_STATUS = Field(_("line status N, M, D"), CHOICE, choices=STATUSES)
_BELONGS = Field(_("belongs to (key of the record above)"))


def _header(**fields: Field) -> Mapping[str, Field]:
    return {**fields, LINE_STATUS: _STATUS}


def _part(**fields: Field) -> Mapping[str, Field]:
    return {BELONGS_TO: _BELONGS, **fields, LINE_STATUS: _STATUS}


TARGETS: Mapping[str, Target] = {
    "order": Target(
        _("order"),
        documents.OrderDocument,
        _header(
            number=Field(_("order number"), length=40, required=True),
            version=Field(_("version of the message"), length=40),
            plant=Field(_("plant"), length=20),
            item=Field(_("item")),
            revision=Field(_("revision"), length=40),
            quantity=Field(_("quantity"), AMOUNT),
            unit=Field(_("unit"), UNIT),
            order_type=Field(_("order type"), length=20),
            strategy=Field(_("strategy"), CHOICE, choices=tuple(Strategy.values)),
            start=Field(_("start"), MOMENT),
            due=Field(_("due"), MOMENT),
            promised=Field(_("promised date"), MOMENT),
            priority=Field(_("priority"), WHOLE),
            status=Field(_("ERP status"), CHOICE, choices=tuple(ErpStatus.values)),
            under_tolerance_percent=Field(_("under-delivery (%)"), AMOUNT),
            over_tolerance_percent=Field(_("over-delivery (%)"), AMOUNT),
            customer=Field(_("customer"), length=40),
            customer_name=Field(_("customer's name"), length=200),
            customer_order=Field(_("customer order"), length=40),
            customer_line=Field(_("line of the customer order"), length=20),
        ),
        key=("number",),
    ),
    "operation": Target(
        _("operation"),
        documents.OperationLine,
        _part(
            number=Field(_("operation number"), length=10, required=True),
            text=Field(_("text"), length=200),
            work_centre=Field(_("work centre"), length=40),
            sequence=Field(_("sequence"), length=20),
            setup_seconds=Field(_("set-up time"), SECONDS),
            run_seconds=Field(_("run time"), SECONDS),
            base_quantity=Field(_("run time is per … pieces"), AMOUNT),
            send_ahead=Field(_("hand on after"), AMOUNT),
            longest_wait_seconds=Field(_("longest wait before it"), SECONDS),
            confirmation_number=Field(_("confirmation number"), length=20),
            control_key=Field(_("control key"), length=10),
            program=Field(_("program"), length=200),
            program_revision=Field(_("program revision"), length=40),
            tool=Field(_("tool"), length=40),
            inspection=Field(_("inspection"), TRUTH),
            outside=Field(_("done outside"), TRUTH),
            earliest_start=Field(_("earliest start"), MOMENT),
            latest_end=Field(_("latest end"), MOMENT),
        ),
        parent="order",
        into="operations",
    ),
    "component": Target(
        _("component"),
        documents.ComponentLine,
        _part(
            position=Field(_("position"), length=10),
            item=Field(_("item"), required=True),
            quantity=Field(_("quantity"), AMOUNT, required=True),
            unit=Field(_("unit"), UNIT, required=True),
            operation=Field(_("operation number"), length=10),
            backflush=Field(_("backflush"), TRUTH),
        ),
        parent="order",
        into="components",
    ),
    "requirement": Target(
        _("requirement"),
        documents.RequirementLine,
        _part(
            code=Field(_("code"), length=40, required=True),
            kind=Field(_("kind"), CHOICE, choices=tuple(RequirementKind.values), required=True),
            text=Field(_("text"), length=500, required=True),
            value=Field(_("value"), length=500),
            choices=Field(_("choices"), LIST, length=2000),
            lower=Field(_("lower limit"), NUMBER),
            upper=Field(_("upper limit"), NUMBER),
            unit=Field(_("unit"), length=20),
            url=Field(_("link"), length=500),
            operation=Field(_("operation number"), length=10),
        ),
        parent="order",
        into="requirements",
    ),
    "item": Target(
        _("item"),
        master_documents.ItemDocument,
        _header(
            code=Field(_("item"), required=True),
            version=Field(_("version of the message"), length=40),
            name=Field(_("name"), length=200),
            unit=Field(_("unit"), UNIT),
            revision=Field(_("revision"), length=40),
            strategy=Field(_("strategy"), CHOICE, choices=tuple(Strategy.values)),
            setup_family=Field(_("set-up family"), length=40),
            stocked=Field(_("stocked"), TRUTH),
            lot_tracked=Field(_("lots are tracked"), TRUTH),
        ),
        key=("code",),
    ),
    "item_unit": Target(
        _("further unit of an item"),
        master_documents.UnitFactor,
        _part(
            unit=Field(_("unit"), UNIT, required=True),
            numerator=Field(_("numerator"), NUMBER, required=True),
            denominator=Field(_("denominator"), NUMBER),
        ),
        parent="item",
        into="factors",
    ),
    "bom": Target(
        _("bill of material"),
        master_documents.BomDocument,
        _header(
            item=Field(_("item"), required=True),
            revision=Field(_("revision"), length=40),
            version=Field(_("version of the message"), length=40),
            base_quantity=Field(_("for … pieces"), AMOUNT),
        ),
        key=("item", "revision"),
    ),
    "bom_position": Target(
        _("position of a bill of material"),
        master_documents.BomPosition,
        _part(
            position=Field(_("position"), length=10, required=True),
            item=Field(_("item"), required=True),
            quantity=Field(_("quantity"), AMOUNT, required=True),
            unit=Field(_("unit"), UNIT),
            scrap_percent=Field(_("scrap (%)"), AMOUNT),
            operation=Field(_("operation number"), length=10),
            backflush=Field(_("backflush"), TRUTH),
        ),
        parent="bom",
        into="positions",
    ),
    "routing": Target(
        _("routing"),
        master_documents.RoutingDocument,
        _header(
            item=Field(_("item"), required=True),
            revision=Field(_("revision"), length=40),
            version=Field(_("version of the message"), length=40),
            plant=Field(_("plant"), length=20),
        ),
        key=("item", "revision"),
    ),
    "routing_step": Target(
        _("operation of a routing"),
        master_documents.RoutingStep,
        _part(
            number=Field(_("operation number"), length=10, required=True),
            text=Field(_("text"), length=200),
            work_centre=Field(_("work centre"), length=40),
            setup_seconds=Field(_("set-up time"), SECONDS),
            run_seconds=Field(_("run time"), SECONDS),
            base_quantity=Field(_("run time is per … pieces"), AMOUNT),
            program=Field(_("program"), length=200),
            program_revision=Field(_("program revision"), length=40),
            tool=Field(_("tool"), length=40),
            inspection=Field(_("inspection"), TRUTH),
            outside=Field(_("done outside"), TRUTH),
        ),
        parent="routing",
        into="steps",
    ),
    "work_centre": Target(
        _("work centre"),
        master_documents.WorkCentreDocument,
        _header(
            code=Field(_("work centre"), length=40, required=True),
            version=Field(_("version of the message"), length=40),
            plant=Field(_("plant"), length=20),
            name=Field(_("name"), length=120),
            internal_id=Field(_("the ERP's own key"), length=40),
            standard_key=Field(_("standard value key"), length=20),
        ),
        key=("code",),
    ),
    "customer": Target(
        _("customer"),
        master_documents.CustomerDocument,
        _header(
            code=Field(_("customer"), length=40, required=True),
            version=Field(_("version of the message"), length=40),
            name=Field(_("name"), length=200),
        ),
        key=("code",),
    ),
}

WITH_PARAMETERS = ("operation", "routing_step")
POSITIVE = ("quantity", "base_quantity", "numerator", "denominator")

# What a written line can hold, by kind of record: a line per file, per confirmation, per stop of one.
OUT_FIELDS: Mapping[str, Mapping[str, tuple[Any, str]]] = {
    "file": {
        "message_id": (_("number of the message"), TEXT),
        "created": (_("made at"), MOMENT),
        "count": (_("number of confirmations"), NUMBER),
    },
    "confirmation": {
        "identity": (_("identity (32 characters)"), TEXT),
        "reverses": (_("identity of the confirmation taken back"), TEXT),
        "kind": (_("kind: confirmation, reversal or status"), TEXT),
        "sequence": (_("running number"), NUMBER),
        "order": (_("order number"), TEXT),
        "operation": (_("operation number"), TEXT),
        "confirmation_number": (_("confirmation number"), TEXT),
        "plant": (_("plant"), TEXT),
        "work_centre": (_("work centre"), TEXT),
        "unit": (_("unit"), TEXT),
        "good": (_("good pieces"), NUMBER),
        "scrap": (_("scrap"), NUMBER),
        "rework": (_("rework"), NUMBER),
        "scrap_reason": (_("scrap reason"), TEXT),
        "setup_seconds": (_("set-up time"), SECONDS),
        "run_seconds": (_("run time"), SECONDS),
        "stop_seconds": (_("stop time"), SECONDS),
        "labour_seconds": (_("labour time"), SECONDS),
        "start": (_("start"), MOMENT),
        "end": (_("end"), MOMENT),
        "created": (_("made at"), MOMENT),
        "person": (_("person"), TEXT),
        "final": (_("final"), TRUTH),
        "status": (_("status of the order"), TEXT),
    },
    "stop": {"reason": (_("stop reason"), TEXT), "seconds": (_("stop time"), SECONDS)},
}
OUT_LABELS: Mapping[str, Any] = {
    "file": _("once per file"),
    "confirmation": _("per confirmation"),
    "stop": _("per stop reason of a confirmation"),
}


def field_of(target: str, name: str) -> Field | None:
    """The field of a kind of record by its name, also an open one (``parameter:x``, ``name:de``)."""
    if target in WITH_PARAMETERS and name.startswith(PARAMETER) and len(name) > len(PARAMETER):
        return Field(_("set-up parameter"), TEXT, 200)
    if target == "item" and name.startswith(NAME_IN) and len(name) == len(NAME_IN) + 2:
        return Field(_("name in a language"), TEXT, 200)
    return TARGETS[target].fields.get(name)
