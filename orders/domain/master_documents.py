"""The canonical master data that every ERP format is translated into. Plain data, no ORM.

As in ``documents``: ``None`` means "the sender did not say" and leaves the field unchanged; an empty string
clears it. ``row`` is where the record stood in the message, from 1. ``gone``: the ERP no longer has it; it is
switched off here, never deleted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class UnitFactor:
    """One ``unit`` of the item is ``numerator / denominator`` of its base unit (SAP: UMREZ, UMREN)."""

    unit: str
    numerator: Decimal
    denominator: Decimal = Decimal(1)


@dataclass(frozen=True, slots=True)
class ItemDocument:
    """An item. ``names`` by language code in lower case; ``unit`` is a UN/ECE code."""

    code: str
    row: int = 1
    version: str = ""
    name: str | None = None
    names: Mapping[str, str] | None = None
    unit: str | None = None
    revision: str | None = None
    strategy: str | None = None
    setup_family: str | None = None
    stocked: bool | None = None
    lot_tracked: bool | None = None
    standard_price: Decimal | None = None
    factors: tuple[UnitFactor, ...] | None = None
    gone: bool = False
    raw: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BomPosition:
    """What ``base_quantity`` of the parent consumes of ``item``, in the item's base unit or ``unit``."""

    position: str
    item: str
    quantity: Decimal
    unit: str = ""
    scrap_percent: Decimal = Decimal(0)
    operation: str = ""
    backflush: bool = True


@dataclass(frozen=True, slots=True)
class BomDocument:
    """The bill of material of an item and revision, whole: positions that are not named are gone."""

    item: str
    row: int = 1
    version: str = ""
    revision: str = ""
    base_quantity: Decimal = Decimal(1)
    positions: tuple[BomPosition, ...] = ()
    gone: bool = False
    raw: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RoutingStep:
    """One operation of a routing. Times are seconds: setup per order, run per ``base_quantity`` pieces.
    ``None`` leaves what the plant maintains here."""

    number: str
    text: str = ""
    work_centre: str = ""
    setup_seconds: Decimal | None = None
    run_seconds: Decimal | None = None
    base_quantity: Decimal = Decimal(1)
    program: str | None = None
    program_revision: str | None = None
    parameters: Mapping[str, str] | None = None
    tool: str | None = None
    inspection: bool | None = None
    outside: bool | None = None


@dataclass(frozen=True, slots=True)
class RoutingDocument:
    """The routing of an item and revision in a plant, whole: steps that are not named are gone."""

    item: str
    row: int = 1
    version: str = ""
    plant: str | None = None
    revision: str = ""
    steps: tuple[RoutingStep, ...] = ()
    gone: bool = False
    raw: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class WorkCentreDocument:
    """A work centre of the ERP: here a machine group. ``internal_id`` is the ERP's own key (SAP: ARBID/OBJID)
    that routings may name instead of the code; ``standard_key`` decides what activities mean (SAP: VGWTS)."""

    code: str
    row: int = 1
    version: str = ""
    plant: str | None = None
    name: str | None = None
    internal_id: str | None = None
    standard_key: str | None = None
    gone: bool = False
    raw: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CustomerDocument:
    code: str
    row: int = 1
    version: str = ""
    name: str | None = None
    gone: bool = False
    raw: Mapping[str, object] = field(default_factory=dict)


MasterDocument = ItemDocument | BomDocument | RoutingDocument | WorkCentreDocument | CustomerDocument
