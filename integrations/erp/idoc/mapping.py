"""LOIPRO01 to 05 -> ``OrderDocument``. The rules are explained in the README beside this file."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import tzinfo
from decimal import Decimal
from itertools import chain, count

from integrations.erp.fields import BadValueError
from integrations.erp.idoc import tables, values
from integrations.erp.idoc.codec import Idoc
from integrations.erp.idoc.segment import Segment
from integrations.erp.idoc.times import planned_times
from integrations.erp.idoc.words import item_of, unit_of
from integrations.erp.links import is_link
from mes.lib.errors import Problem
from mes.lib.sentences import gettext as _
from orders.domain.documents import ComponentLine, OperationLine, OrderDocument, RequirementLine
from orders.enums import ErpStatus, RequirementKind

HEADER = "E1AFKOL"


def orders_of(
    idoc: Idoc, *, zone: tzinfo, profile: tables.Profile, problems: list[Problem]
) -> Iterator[OrderDocument]:
    """Every order of a LOIPRO IDoc that can be taken whole; problems for the others."""
    headers = idoc.body.all(HEADER)
    for place, header in enumerate(headers, start=1):
        path = HEADER if len(headers) == 1 else f"{HEADER}[{place}]"
        found: list[Problem] = []
        document = _Order(Segment(header, path, idoc.row, found), zone, profile).document(idoc.version)
        if found:
            problems.extend(found)
        else:
            yield document


class _Order:
    def __init__(self, header: Segment, zone: tzinfo, profile: tables.Profile) -> None:
        self.header = header
        self.zone = zone
        self.profile = profile
        self.components: list[ComponentLine] = []
        self.requirements: list[RequirementLine] = []
        self.notes: dict[str, object] = {}

    def document(self, version: str) -> OrderDocument:
        header = self.header
        number = header.required("AUFNR")
        statuses = _statuses(header.segments("E1JSTKL"))
        position = self.main_position()
        total = self.total_quantity()
        self.characteristics()
        operations = self.operations(total)
        customer = position.text("KUNAG", longest=40) if position else None
        customer_order = (position.some("KDAUF", longest=40) if position else None) or header.some(
            "KDAUF", longest=40
        )
        customer_line = (position.some("KDPOS", longest=10) if position else None) or header.some(
            "KDPOS", longest=10
        )
        order_type = header.text("AUART", longest=20)
        deleted = bool(statuses & tables.DELETED) or values.is_deletion(header.text("MSGFN"))
        return OrderDocument(
            number=values.key(number),
            row=header.row,
            version=version,
            plant=header.text("WERKS", longest=40),
            item=item_of(header) or (item_of(position) if position else None),
            quantity=self.target_quantity(total),
            unit=unit_of(header, self.profile, "GMEIN", "BMEINS"),
            order_type=order_type,
            strategy=self.profile.strategies.get(order_type or ""),
            start=header.moment("GSTRS", "GSUZS", self.zone) or header.moment("GSTRP", "GSUZP", self.zone),
            due=header.moment("GLTRS", "GLUZS", self.zone) or header.moment("GLTRP", "GLUZP", self.zone),
            priority=_whole(header, "APRIO"),
            status=_status(statuses),
            under_tolerance_percent=position.quantity("UNTTO") if position else None,
            over_tolerance_percent=position.quantity("UEBTO") if position else None,
            customer=None if customer is None else values.key(customer),
            customer_name=position.text("NAME1", longest=200) if position else None,
            customer_order=_reference(customer_order),
            customer_line=_reference(customer_line),
            operations=operations,
            components=tuple(self.components) or None,
            requirements=tuple(self.requirements) or None,
            cancel=deleted,
            raw=self.raw(number, statuses, position),
        )

    def raw(self, number: str, statuses: set[str], position: Segment | None) -> dict[str, object]:
        serials = [
            serial
            for part in (position.segments("E1AFSER") if position else [])
            if (serial := part.text("SERNR"))
        ]
        kept: dict[str, object] = {"AUFNR": number, "statuses": sorted(statuses), **self.notes}
        if serials:
            kept["serial_numbers"] = serials
        if position is not None:
            kept["position"] = position.leftovers()
        return {**kept, **self.header.leftovers()}

    def main_position(self) -> Segment | None:
        positions = self.header.segments("E1AFPOL")
        main = [position for position in positions if values.key(position.text("POSNR") or "1") == "1"]
        return next(iter(main or positions), None)

    def total_quantity(self) -> Decimal | None:
        total = self.header.quantity("GAMNG")
        if total == 0:
            self.header.note("GAMNG", BadValueError("not_positive", _("The quantity must be above zero.")))
        return total

    def target_quantity(self, total: Decimal | None) -> Decimal | None:
        """Good pieces wanted: the total without the scrap that the ERP plans for."""
        planned_scrap = self.header.quantity("GASMG") or Decimal(0)
        if total is None:
            return None
        if planned_scrap:
            self.notes["planned_scrap"] = str(planned_scrap)
        if planned_scrap > 0 and planned_scrap >= total:
            reason = _("The planned scrap is not below the total quantity.")
            self.header.note("GASMG", BadValueError("inconsistent", reason))
        return total - planned_scrap

    def characteristics(self) -> None:
        """Values chosen by the customer. Several rows of one characteristic are several allowed values."""
        chosen: dict[str, list[str]] = {}
        texts: dict[str, dict[str, dict[str, str]]] = {}
        for segment in self.header.segments("E1VCCHR"):
            code = segment.required("ATNAM")
            value = segment.some("ATWRT_LONG", "ATWRT") or ""
            chosen.setdefault(code, []).append(value)
            for text in segment.segments("E1VCCHT"):
                language = (text.text("LAISO") or "").upper()
                named = {"name": text.some("ATBEZ") or "", "value": text.some("ATWTB_LONG", "ATWTB") or ""}
                texts.setdefault(code, {})[language] = {k: v for k, v in named.items() if v}
        for code, picked in chosen.items():
            words = texts.get(code, {})
            is_choice = any("value" in word for word in words.values()) or len(picked) > 1
            self.requirements.append(
                RequirementLine(
                    code=code,
                    kind=RequirementKind.CHOICE if is_choice else RequirementKind.TEXT,
                    text=self.in_language(words) or code,
                    value=", ".join(picked),
                    choices=tuple(picked) if is_choice else (),
                )
            )
        if texts:
            self.notes["requirement_texts"] = texts

    def in_language(self, words: Mapping[str, Mapping[str, str]]) -> str:
        for language in (self.profile.language.upper(), "EN", *words):
            if name := words.get(language, {}).get("name"):
                return name
        return ""

    def operations(self, total: Decimal | None) -> tuple[OperationLine, ...] | None:
        sequences = self.header.segments("E1AFFLL")
        loose = self.header.segments("E1AFVOL")
        if not sequences and not loose:
            return None
        lines: list[OperationLine] = []
        taken: set[tuple[str, str]] = set()
        for sequence in sequences:
            branch = sequence.text("PLNFL", longest=10) or ""
            for segment in sequence.segments("E1AFVOL"):
                lines.append(self.operation(segment, branch, total, taken))
        for segment in loose:
            lines.append(self.operation(segment, "", total, taken))
        return tuple(lines)

    def operation(
        self, segment: Segment, branch: str, total: Decimal | None, taken: set[tuple[str, str]]
    ) -> OperationLine:
        number = values.operation_number(segment.required("VORNR", longest=10))
        if (branch, number) in taken:
            reason = _("The operation %s occurs twice.") % number
            segment.note("VORNR", BadValueError("duplicate", reason))
        taken.add((branch, number))
        more = next(iter(segment.segments("E1AFVOL2")), None)
        statuses = _statuses(segment.segments("E1JSTVL"))
        base = segment.quantity("BMSCH") or Decimal(1)
        setup, run, others = planned_times(
            segment, more, plant=self.header.text("WERKS") or "", base=base, total=total, profile=self.profile
        )
        control_key = segment.text("STEUS", longest=10) or ""
        for component in segment.segments("E1RESBL"):
            self.component(component, number)
        for document in segment.segments("E1AFDOC"):
            self.document_requirement(document, number)
        inspected = bool(segment.segments("E1QAMVL"))
        raw: dict[str, object] = {"statuses": sorted(statuses), **others}
        return OperationLine(
            number=number,
            text=segment.text("LTXA1", longest=200) or "",
            work_centre=segment.text("ARBPL", longest=40) or "",
            sequence=branch,
            setup_seconds=setup,
            run_seconds=run,
            base_quantity=base,
            confirmation_number=(more and _reference(more.text("RUECK", longest=20), strip=False)) or "",
            control_key=control_key,
            inspection=True if inspected else None,
            outside=True if control_key in self.profile.outside_control_keys else None,
            earliest_start=segment.moment("FSAVD", "FSAVZ", self.zone),
            latest_end=segment.moment("SSEDD", "SSEDZ", self.zone),
            cancelled="I0013" in statuses,
            raw={**raw, **(more.leftovers() if more else {}), **segment.leftovers()},
        )

    def component(self, segment: Segment, operation: str) -> None:
        """Material to consume. Phantoms, deleted lines, by-products, bulk material (never staged) and zero
        quantities stay out."""
        if segment.is_set("DUMPS") or segment.is_set("XLOEK"):
            return
        for is_so, kind in (
            (segment.text("SHKZG") == "S", "by_products"),
            (segment.is_set("SCHGT"), "bulk_material"),
        ):
            if is_so:
                noted = self.notes.setdefault(kind, [])
                if isinstance(noted, list):
                    noted.append(segment.leftovers())
                return
        item = item_of(segment)
        if item is None:
            segment.note("MATNR_LONG", BadValueError("required", _("The component names no material.")))
        quantity = segment.quantity("BDMNG")
        if quantity is None and not segment.text("BDMNG"):
            segment.note("BDMNG", BadValueError("required", _("The component has no quantity.")))
        if quantity == 0:
            return
        unit = unit_of(segment, self.profile, "MEINS", "ENTRY_UOM")
        self.components.append(
            ComponentLine(
                position=self.free_position(segment),
                item=item or "",
                quantity=quantity or Decimal(0),
                unit=unit or "",
                operation=operation,
                backflush=segment.is_set("BACKFLUSH") or segment.is_set("RGEKZ"),
                raw={**segment.leftovers(), **_kept(segment, "RSPOS")},
            )
        )

    def free_position(self, segment: Segment) -> str:
        """POSNR, which may repeat within an order; then with the reservation item behind it."""
        position = segment.text("POSNR", longest=10) or ""
        item = segment.text("RSPOS", longest=5) or ""
        taken = {component.position for component in self.components}
        candidates = chain([position, f"{position[:4]}-{item}"], (f"{position[:4]}-{n}" for n in count(2)))
        return next(name for name in candidates if name.strip("-") and name not in taken)

    def document_requirement(self, segment: Segment, operation: str) -> None:
        code = segment.required("DOKNR")
        text = segment.some("FHKTX")
        originals = segment.segments("E1AFDPO")
        version = "/".join(part for part in (segment.some("DOKAR"), segment.some("DOKVR")) if part)
        if not originals:
            self.requirements.append(
                RequirementLine(code, RequirementKind.TEXT, text or code, version, operation=operation)
            )
        for place, original in enumerate(originals, start=1):
            url = original.text("URL", longest=500) or ""
            link = url if is_link(url) else ""
            self.requirements.append(
                RequirementLine(
                    code=code if place == 1 else f"{code}/{place}",
                    kind=RequirementKind.DOCUMENT if link else RequirementKind.TEXT,
                    text=text or original.some("DESCRIPTION", "FILENAME") or code,
                    value=version,
                    url=link,
                    operation=operation,
                )
            )


def _kept(segment: Segment, *names: str) -> dict[str, object]:
    """Fields that were asked for and that the way back needs as they came."""
    return {name: text for name in names if (text := segment.text(name))}


def _statuses(segments: Iterable[Segment]) -> set[str]:
    return {
        status for segment in segments if (status := segment.text("STAT")) and not segment.is_set("INACT")
    }


def _status(statuses: set[str]) -> str | None:
    if not statuses:
        return None
    return next((status for codes, status in tables.STATUSES if codes & statuses), ErpStatus.PLANNED)


def _reference(text: str | None, *, strip: bool = True) -> str | None:
    """A number of another document; ``None`` when it is only zeros."""
    if text is None or not text.strip("0 "):
        return None
    return values.key(text) if strip else text


def _whole(segment: Segment, name: str) -> int | None:
    text = segment.text(name)
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 6 else None
