"""PPCC2RECORDER: the download of operations (OPERA2) and of those to remove (OPERA1) -> orders.

A row is one operation. Rows of one order make one document, which names only some of its operations unless
the message is a full load (INIT).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import tzinfo
from decimal import Decimal

from integrations.erp.fields import BadValueError
from integrations.erp.idoc import tables, values
from integrations.erp.idoc.codec import Idoc
from integrations.erp.idoc.segment import Segment
from integrations.erp.idoc.words import item_of, unit_of
from mes.lib.errors import Problem
from mes.lib.sentences import gettext as _
from orders.domain.documents import OperationLine, OrderDocument
from orders.enums import ErpStatus

HEADER, TAKE, REMOVE = "E1PPCC2RECORDER", "E1BP_PP_PDC_OPERA2", "E1BP_PP_PDC_OPERA1"
HEADERS = (HEADER, TAKE, REMOVE)
PERCENT = Decimal("0.001")


def is_full_load(idoc: Idoc) -> bool:
    """INIT=X: everything that isn't named is gone in the ERP."""
    header = idoc.body.first(HEADER)
    init = header.first("INIT") if header else None
    return values.is_set(init.text if init else None)


def downloads_of(
    idoc: Idoc, *, zone: tzinfo, profile: tables.Profile, problems: list[Problem]
) -> Iterator[OrderDocument]:
    """Every order with at least one operation in the message; an order with a bad row is left out whole."""
    orders: dict[str, _Order] = {}
    for name, taken in ((TAKE, True), (REMOVE, False)):
        for row in _rows(idoc, name):
            number = values.key(row.required("ORDERID", longest=12))
            if not number:
                problems.extend(row.problems)
                continue
            orders.setdefault(number, _Order(number, idoc, zone, profile)).add(row, taken=taken)
    for order in orders.values():
        document = order.document()
        if order.problems:
            problems.extend(order.problems)
        else:
            yield document


def _rows(idoc: Idoc, name: str) -> Iterator[Segment]:
    """Below the header segment, or directly in the IDoc."""
    header = idoc.body.first(HEADER)
    elements = [*idoc.body.all(name), *(header.all(name) if header else [])]
    for place, element in enumerate(elements, start=1):
        yield Segment(element, f"{name}[{place}]", idoc.row, [])


class _Order:
    """Gathers the rows of one order."""

    def __init__(self, number: str, idoc: Idoc, zone: tzinfo, profile: tables.Profile) -> None:
        self.number = number
        self.idoc = idoc
        self.zone = zone
        self.profile = profile
        self.problems: list[Problem] = []
        self.lines: dict[tuple[str, str], OperationLine] = {}
        self.rows: dict[tuple[str, str], Segment] = {}

    def add(self, row: Segment, *, taken: bool) -> None:
        branch = values.key(row.text("SEQUENCE") or "") or "0"
        number = values.operation_number(row.required("OPERATION", longest=4))
        place = (branch, number)
        if row.text("SUB_OPER"):
            return  # a part of its operation, which is planned and reported as a whole
        if place in self.lines:
            reason = _("The operation %s occurs twice.") % number
            row.note("OPERATION", BadValueError("duplicate", reason))
        self.rows |= {place: row} if taken else {}
        self.lines[place] = (
            self.line(row, branch, number)
            if taken
            else OperationLine(number=number, sequence=branch, cancelled=True)
        )
        self.problems += row.problems

    def line(self, row: Segment, branch: str, number: str) -> OperationLine:
        pieces = row.quantity("OPER_QUANTITY")
        setup = _seconds(row, "SETUP_TIME")
        run = _seconds(row, "PROCESS_TIME")
        return OperationLine(
            number=number,
            text=row.text("OPER_DESCRIPTION", longest=200) or "",
            work_centre=row.text("WORK_CNTR", longest=40) or "",
            sequence=branch,
            setup_seconds=setup,
            run_seconds=run,
            base_quantity=pieces or Decimal(1),
            confirmation_number=row.text("CONF_NO", longest=20) or "",
            earliest_start=row.moment("EARL_SCHED_START_DATE", "EARL_SCHED_START_TIME", self.zone),
            latest_end=row.moment("LATE_SCHED_FIN_DATE", "LATE_SCHED_FIN_TIME", self.zone),
            raw=row.leftovers(),
        )

    def document(self) -> OrderDocument:
        """What the last operation says of quantity and tolerance holds for the order."""
        lines = tuple(self.lines[place] for place in sorted(self.lines))
        if not self.rows:
            return OrderDocument(
                number=self.number, row=self.idoc.row, version=self.idoc.version, operations=lines
            )
        last = self.rows[max(self.rows, key=lambda place: place[1])]
        total = last.quantity("OPER_QUANTITY")
        scrap = last.quantity("PLANNED_SCRAP") or Decimal(0)
        if total is not None and (total == 0 or scrap >= total):
            total = None
        quantity = None if total is None else total - scrap
        unit = unit_of(last, self.profile, "OPER_QUAN_UNIT_ISO", "OPER_QUAN_UNIT")
        starts = [line.earliest_start for line in lines if line.earliest_start]
        ends = [line.latest_end for line in lines if line.latest_end]
        self.problems += [one for one in last.problems if one not in self.problems]
        return OrderDocument(
            number=self.number,
            row=self.idoc.row,
            version=self.idoc.version,
            plant=last.text("PLANT", longest=40),
            item=item_of(last, "MATERIAL_LONG", "MATERIAL_EXTERNAL", "MATERIAL"),
            quantity=quantity,
            unit=unit,
            start=min(starts, default=None),
            due=max(ends, default=None),
            status=ErpStatus.RELEASED,
            under_tolerance_percent=_percent(last, "UNDERDELIVERY_QUANTITY", quantity),
            over_tolerance_percent=_percent(last, "OVERDELIVERY_QUANTITY", quantity),
            operations=lines,
            raw={
                "confirmed": {
                    f"{branch}/{number}": _confirmed(row) for (branch, number), row in self.rows.items()
                }
            },
        )


def _confirmed(row: Segment) -> dict[str, str]:
    """What the ERP has booked: the reconciliation's other side."""
    names = ("CONFIRMED_YIELD", "CONFIRMED_SCRAP", "CONFIRMED_REWORK")
    return {name: text for name in names if (text := row.text(name))}


def _seconds(row: Segment, name: str) -> Decimal | None:
    """A planned total of the operation."""
    amount = row.number(name)
    if amount is None:
        return None
    unit = (row.some(f"{name}_UNIT_ISO", f"{name}_UNIT") or "").upper()
    factor = tables.SECONDS.get(unit)
    if factor is None and amount:
        reason = _("“%s” is not a unit of time that is known here.") % unit
        row.note(f"{name}_UNIT", BadValueError("unknown_unit", reason))
        return None
    return row.duration(name, factor or Decimal(1))


def _percent(row: Segment, name: str, quantity: Decimal | None) -> Decimal | None:
    """A tolerance counts when the ERP checks it (CHECK_*: W warns, X refuses)."""
    amount = row.quantity(name)
    if amount is None or not quantity or not row.text(f"CHECK_{name.removesuffix('_QUANTITY')}"):
        return None
    return (amount * 100 / quantity).quantize(PERCENT)
