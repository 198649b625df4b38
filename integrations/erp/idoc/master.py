"""MATMAS, LOIWCS, LOIROU and LOIBOM -> master documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal

from integrations.erp.fields import BadValueError
from integrations.erp.idoc import tables, values
from integrations.erp.idoc.codec import Idoc
from integrations.erp.idoc.segment import Segment
from integrations.erp.idoc.times import planned_times
from integrations.erp.idoc.words import in_language, item_of, texts_by_language, unit_of
from mes.lib.errors import Problem
from mes.lib.sentences import gettext as _
from orders.domain.master_documents import (
    BomDocument,
    BomPosition,
    ItemDocument,
    MasterDocument,
    RoutingDocument,
    RoutingStep,
    UnitFactor,
    WorkCentreDocument,
)

INACTIVE = "099"
TEXT_POSITIONS = ("T", "D")


def master_of(idoc: Idoc, *, profile: tables.Profile, problems: list[Problem]) -> Iterator[MasterDocument]:
    """Every record of an IDoc of master data that can be taken whole; problems for the others."""
    for name, read in READERS.items():
        headers = idoc.body.all(name)
        for place, header in enumerate(headers, start=1):
            path = name if len(headers) == 1 else f"{name}[{place}]"
            found: list[Problem] = []
            document = read(Segment(header, path, idoc.row, found), idoc, profile)
            if found:
                problems.extend(found)
            else:
                yield document


def _item(segment: Segment, idoc: Idoc, profile: tables.Profile) -> ItemDocument:
    """E1MARAM. LVORM and MSGFN 003 switch the item off."""
    code = _named(segment, item_of(segment), "MATNR")
    gone = segment.is_set("LVORM") or values.is_deletion(segment.text("MSGFN"))
    names = texts_by_language(segment.segments("E1MAKTM"), "MAKTX")
    plants = [(plant.text("WERKS"), plant.is_set("XCHPF")) for plant in segment.segments("E1MARCM")]
    has_lots = segment.is_set("XCHPF") or any(lots for _plant, lots in plants)
    factors, unknown = _factors(segment, profile)
    raw: dict[str, object] = {"plants": [plant for plant, _lots in plants if plant]}
    if unknown:
        raw["unknown_units"] = unknown
    unit = unit_of(segment, profile, "MEINS")
    return ItemDocument(
        code=code,
        row=segment.row,
        version=idoc.version,
        name=in_language(names, profile.language),
        names=names or None,
        unit=unit,
        lot_tracked=True if has_lots else None,
        factors=factors,
        gone=gone,
        raw={**raw, **segment.leftovers()},
    )


def _factors(segment: Segment, profile: tables.Profile) -> tuple[tuple[UnitFactor, ...] | None, list[str]]:
    """E1MARMM: one MEINH is UMREZ/UMREN base units. Units that the connection doesn't know, and that nothing
    is planned in, are listed and don't keep the item from being taken."""
    rows = segment.segments("E1MARMM")
    factors: dict[str, UnitFactor] = {}
    unknown: list[str] = []
    for row in rows:
        code = row.required("MEINH", longest=10)
        counted = row.number("UMREZ")
        divided = row.number("UMREN")
        if values.is_deletion(row.text("MSGFN")) or not code:
            continue
        for name, value in (("UMREZ", counted), ("UMREN", divided)):
            if value is not None and value <= 0:
                row.note(name, BadValueError("not_positive", _("The factor must be above zero.")))
        unit = profile.units.get(code.upper())
        if unit is None:
            unknown.append(code)
        else:
            factors.setdefault(unit, UnitFactor(unit, counted or Decimal(1), divided or Decimal(1)))
    return (tuple(factors.values()) if rows else None), unknown


def _work_centre(segment: Segment, idoc: Idoc, profile: tables.Profile) -> WorkCentreDocument:
    """E1CRHDL. OBJID is what routings name it by."""
    code = segment.required("ARBPL")
    names = texts_by_language(segment.segments("E1CRTXL"), "KTEXT")
    gone = segment.text("STAND") == INACTIVE or values.is_deletion(segment.text("MSGFN"))
    number = segment.text("OBJID", longest=20)
    return WorkCentreDocument(
        code=code,
        row=segment.row,
        version=idoc.version,
        plant=segment.text("WERKS", longest=40),
        name=in_language(names, profile.language),
        internal_id=values.key(number) if number else None,
        standard_key=segment.text("VGWTS", longest=20),
        gone=gone or segment.is_set("LVORM"),
        raw=segment.leftovers(),
    )


def _routing(segment: Segment, idoc: Idoc, profile: tables.Profile) -> RoutingDocument:
    """E1MAPLL. Of several alternatives (PLNAL) the lowest that is valid on the day of the IDoc."""
    item = _named(segment, item_of(segment), "MATNR")
    plant = segment.text("WERKS", longest=40)
    gone = values.is_deletion(segment.text("MSGFN"))
    group = segment.text("PLNNR") or ""
    chosen, others = _alternative(segment, "E1MAPAL", "E1PLKOL", "PLNAL", idoc)
    steps = _steps(chosen, plant or "", profile) if chosen else []
    if not steps and not gone:
        segment.note("E1PLPOL", BadValueError("required", _("The routing has no operation that is valid.")))
    raw: dict[str, object] = {"PLNNR": group}
    if others:
        raw["alternatives"] = others
    return RoutingDocument(
        item=item,
        row=segment.row,
        version=idoc.version,
        plant=plant,
        steps=tuple(steps),
        gone=gone,
        raw={**raw, **(chosen.leftovers() if chosen else {}), **segment.leftovers()},
    )


def _steps(header: Segment, plant: str, profile: tables.Profile) -> list[RoutingStep]:
    sequences = header.segments("E1PLFLL")
    rows = [row for sequence in sequences for row in sequence.segments("E1PLPOL")]
    steps: dict[str, RoutingStep] = {}
    for row in [*rows, *header.segments("E1PLPOL")]:
        number = values.operation_number(row.required("VORNR", longest=10))
        if row.is_set("LOEKZ") or values.is_deletion(row.text("MSGFN")):
            continue
        if number in steps:
            reason = _("The operation %s occurs twice.") % number
            row.note("VORNR", BadValueError("duplicate", reason))
        base = row.quantity("BMSCH") or Decimal(1)
        setup, run, _others = planned_times(row, None, plant=plant, base=base, total=None, profile=profile)
        key = row.text("STEUS", longest=10)
        steps[number] = RoutingStep(
            number=number,
            text=row.text("LTXA1", longest=200) or "",
            work_centre=row.some("ARBPL", longest=40) or values.key(row.text("ARBID", longest=20) or ""),
            setup_seconds=setup,
            run_seconds=run,
            base_quantity=base,
            outside=True if key in profile.outside_control_keys else None,
        )
    return [steps[number] for number in sorted(steps)]


def _bom(segment: Segment, idoc: Idoc, profile: tables.Profile) -> BomDocument:
    """E1MASTL. Of several alternatives (STLAL) the lowest that is valid on the day of the IDoc."""
    item = _named(segment, item_of(segment), "MATNR")
    gone = values.is_deletion(segment.text("MSGFN"))
    number = segment.text("STLNR") or ""
    chosen, others = _alternative(segment, "E1MASAL", "E1STKOL", "STLAL", idoc)
    raw: dict[str, object] = {"STLNR": number}
    if others:
        raw["alternatives"] = others
    positions: list[BomPosition] = []
    base = Decimal(1)
    if chosen:
        base = chosen.quantity("BMENG") or Decimal(1)
        positions = _positions(chosen, profile, raw)
    if not positions and not gone:
        segment.note("E1STPOL", BadValueError("required", _("The bill of material has no position.")))
    return BomDocument(
        item=item,
        row=segment.row,
        version=idoc.version,
        base_quantity=base,
        positions=tuple(positions),
        gone=gone,
        raw={**raw, **(chosen.leftovers() if chosen else {}), **segment.leftovers()},
    )


def _positions(header: Segment, profile: tables.Profile, raw: dict[str, object]) -> list[BomPosition]:
    """Without texts and documents, deleted lines, by-products (negative) and bulk material."""
    positions: dict[str, BomPosition] = {}
    left_out: list[object] = []
    for row in header.segments("E1STPOL"):
        number = row.required("POSNR", longest=10)
        amount = row.number("MENGE")
        is_deleted = row.is_set("LKENZ") or values.is_deletion(row.text("MSGFN"))
        if row.text("POSTP") in TEXT_POSITIONS or is_deleted:
            continue
        if row.is_set("SCHGT") or (amount is not None and amount < 0):
            left_out.append(row.leftovers() | {"POSNR": number})
            continue
        item = _named(row, item_of(row, "IDNRK_LONG", "IDNRK_EXTERNAL", "IDNRK"), "IDNRK")
        quantity = row.quantity("MENGE")
        unit = unit_of(row, profile, "MEINS")
        scrap = row.number("AUSCH") or Decimal(0)
        if not quantity:
            row.note("MENGE", BadValueError("required", _("The component has no quantity.")))
        if not 0 <= scrap < 100:
            row.note("AUSCH", BadValueError("out_of_range", _("Scrap lies between 0 and 100 %.")))
        if number in positions:
            row.note("POSNR", BadValueError("duplicate", _("The position occurs twice.")))
        positions[number] = BomPosition(
            position=number,
            item=item,
            quantity=quantity or Decimal(0),
            unit=unit or "",
            scrap_percent=scrap,
            backflush=row.is_set("RGEKZ") or row.is_set("BACKFLUSH"),
        )
    if left_out:
        raw["left_out"] = left_out
    return list(positions.values())


def _alternative(
    segment: Segment, between: str, name: str, number: str, idoc: Idoc
) -> tuple[Segment | None, list[str]]:
    """The alternative that counts, and the numbers of the others. The header stands below ``between``, or
    directly below the segment."""
    found: list[tuple[str, Segment]] = []
    for outer in segment.segments(between):
        inner = outer.segments(name)
        found += [((outer.text(number) or one.text(number) or ""), one) for one in inner]
    found += [(one.text(number) or "", one) for one in segment.segments(name)]
    today = idoc.control.get("CREDAT", "")
    valid = [(number, one) for number, one in found if _is_valid(one, today)]
    valid.sort(key=lambda entry: entry[0].zfill(10))
    if not valid:
        return None, [number for number, _one in found]
    return valid[0][1], [number for number, one in found if one is not valid[0][1]]


def _is_valid(segment: Segment, today: str) -> bool:
    begins, ends = segment.text("DATUV") or "", segment.text("DATUB") or ""
    if segment.is_set("LOEKZ") or segment.is_set("LKENZ") or values.is_deletion(segment.text("MSGFN")):
        return False
    if not today.strip("0"):
        return True
    return (not begins.strip("0") or begins <= today) and (not ends.strip("0") or today <= ends)


def _named(segment: Segment, name: str | None, field: str) -> str:
    if not name:
        segment.note(field, BadValueError("required", _("The field %s is missing.") % field))
    return name or ""


READERS: dict[str, Callable[[Segment, Idoc, tables.Profile], MasterDocument]] = {
    "E1MARAM": _item,
    "E1CRHDL": _work_centre,
    "E1MAPLL": _routing,
    "E1MASTL": _bom,
}
