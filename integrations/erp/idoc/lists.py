"""Lists that SAP distributes: work centres, units, conversions by material, variance reasons.

PPCC2RECWORKCENTER, UNIT2, UNIMA2 and DIFFE2. Their segment names differ between releases and plants, so a row
is known by the fields it holds.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from integrations.domain.formats import PartnerWord
from integrations.enums import TranslationKind
from integrations.erp.fields import BadValueError
from integrations.erp.idoc import tables
from integrations.erp.idoc.codec import Idoc
from integrations.erp.idoc.segment import Segment
from integrations.erp.idoc.words import item_of, unit_of
from integrations.erp.safe_xml import Element
from mes.lib.errors import Problem
from mes.lib.sentences import gettext as _
from orders.domain.master_documents import ItemDocument, UnitFactor, WorkCentreDocument

WORK_CENTRE = ("WORK_CNTR", "WORK_CNTR_DESCR")
UNIT = ("MSEHI",)
CONVERSION = ("MATNR", "MEINH", "UMREZ", "UMREN")
REASON = ("REASON", "GRDTX")
KINDS = (WORK_CENTRE, UNIT, CONVERSION, REASON)


def is_list(idoc: Idoc) -> bool:
    return any(True for fields in KINDS for _row in _elements(idoc.body, fields))


def _elements(element: Element, fields: tuple[str, ...]) -> Iterator[Element]:
    """At any depth, what holds all these fields."""
    for child in element.children:
        if child.is_leaf:
            continue
        if all(child.first(name) is not None for name in fields):
            yield child
        yield from _elements(child, fields)


def _rows(idoc: Idoc, fields: tuple[str, ...], problems: list[Problem]) -> Iterator[Segment]:
    """Every row that could be read whole by whoever takes it; problems for the others."""
    for place, element in enumerate(_elements(idoc.body, fields), start=1):
        found: list[Problem] = []
        yield Segment(element, f"{element.name}[{place}]", idoc.row, found)
        problems.extend(found)


def work_centres_of(idoc: Idoc, *, problems: list[Problem]) -> Iterator[WorkCentreDocument]:
    """PPCC2RECWORKCENTER: code, plant and text; cost centre and activities are kept beside it."""
    for row in _rows(idoc, WORK_CENTRE, problems):
        code = row.required("WORK_CNTR")
        plant = row.text("PLANT", longest=40)
        name = row.text("WORK_CNTR_DESCR", longest=120)
        if not row.problems:
            yield WorkCentreDocument(
                code=code, row=idoc.row, version=idoc.version, plant=plant, name=name, raw=row.leftovers()
            )


def conversions_of(idoc: Idoc, *, profile: tables.Profile, problems: list[Problem]) -> Iterator[ItemDocument]:
    """UNIMA2: one MEINH of a material is UMREZ/UMREN of its base unit. A material's rows are one document."""
    factors: dict[str, dict[str, UnitFactor]] = {}
    bases: dict[str, str | None] = {}
    for row in _rows(idoc, CONVERSION, problems):
        item = item_of(row) or row.required("MATNR")
        unit = unit_of(row, profile, "MEINH")
        counted, divided = (row.number(name) for name in ("UMREZ", "UMREN"))
        base = unit_of(row, profile, "MEINS")
        for name, value in (("UMREZ", counted), ("UMREN", divided)):
            if value is not None and value <= 0:
                row.note(name, BadValueError("not_positive", _("The factor must be above zero.")))
        if item and unit and not row.problems:
            factors.setdefault(item, {}).setdefault(
                unit, UnitFactor(unit, counted or Decimal(1), divided or Decimal(1))
            )
            bases[item] = bases.get(item) or base
    for item, found in factors.items():
        yield ItemDocument(
            code=item, row=idoc.row, version=idoc.version, unit=bases[item], factors=tuple(found.values())
        )


def words_of(idoc: Idoc, *, profile: tables.Profile, problems: list[Problem]) -> Iterator[PartnerWord]:
    """UNIT2: SAP's units with their ISO codes; DIFFE2: its variance reasons with their texts."""
    for row in _rows(idoc, UNIT, problems):
        code = row.required("MSEHI", longest=10)
        iso = row.some("ISOCODE", "ISO", "MSEHI_ISO") or ""
        if not row.problems:
            unit = profile.units.get(iso.upper()) or profile.units.get(code.upper()) or iso
            yield PartnerWord(TranslationKind.UNIT, code, unit, row=idoc.row)
    for row in _rows(idoc, REASON, problems):
        code = row.required("REASON", longest=10)
        text = row.text("GRDTX", longest=120) or ""
        plant = row.text("WERKS", longest=40) or ""
        if not row.problems:
            yield PartnerWord(TranslationKind.REASON, code, text, plant=plant, row=idoc.row)
