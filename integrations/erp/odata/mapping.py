"""SAP's production orders and routings -> ``OrderDocument``. The rules are explained in the README."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from itertools import chain, count
from typing import Any

from integrations.domain.formats import Identity, Reading
from integrations.erp.fields import BadValueError
from integrations.erp.idoc import values
from integrations.erp.idoc.tables import DELETED, STATUSES
from integrations.erp.odata import codec, tables
from integrations.erp.record import THREE_PLACES, Record, load, number
from mes.lib.errors import InvalidInput, Problem
from mes.lib.sentences import gettext as _
from orders.domain.documents import ComponentLine, OperationLine, OrderDocument
from orders.enums import ErpStatus

MESSAGE_TYPE = "A_ProductionOrder_2"
OPERATIONS, COMPONENTS, STATUS = (
    "to_ProductionOrderOperation",
    "to_ProductionOrderComponent",
    "to_ProductionOrderStatus",
)
BY_PRODUCT = "531"


class ODataOrders:
    """The inbox's door to this folder. A message is ``{"order": …, "routing": […]}``: the partner's bytes of
    one order and, where there is one, of its routing's operations."""

    name = "odata"

    def identify(self, body: bytes) -> Identity:
        try:
            order = _order_in(load(body))
        except InvalidInput:
            return Identity()
        return Identity(
            message_type=MESSAGE_TYPE,
            external_id=values.key(str(order.get("ManufacturingOrder", ""))),
            version=_version(order),
        )

    def read(self, body: bytes, *, zone: tzinfo, settings: Mapping[str, Any]) -> Reading:
        try:
            message = load(body)
            order = _order_in(message)
        except InvalidInput as error:
            return Reading(problems=tuple(error.problems))
        problems: list[Problem] = []
        steps = message.get("routing")
        reader = _Order(
            order, steps if isinstance(steps, list) else [], zone, tables.profile(settings), problems
        )
        document = reader.document()
        found = () if problems else (document,)
        return Reading(found, tuple(problems), self.identify(body))


def write_message(order: bytes, routing: Sequence[bytes]) -> bytes:
    """What the inbox keeps of one order."""
    steps = b',"routing":[' + b",".join(routing) + b"]" if routing else b""
    return b'{"order":' + order + steps + b"}"


def choose_routing(
    assignments: Sequence[Mapping[str, Any]], headers: Sequence[Mapping[str, Any]], *, lot: Decimal, on: date
) -> tuple[str, str] | None:
    """Group and alternative of the one routing that fits the lot size on that day; ``None`` when it is none
    or when several fit: a wrong standard is worse than none."""
    assigned = {
        (str(one.get("ProductionRoutingGroup")), str(one.get("ProductionRouting")))
        for one in assignments
        if is_valid(one, on)
    }
    fitting = {
        place
        for one in headers
        if (place := (str(one.get("ProductionRoutingGroup")), str(one.get("ProductionRouting")))) in assigned
        and not one.get("IsMarkedForDeletion")
        and is_valid(one, on)
        and _fits(one, lot)
    }
    return next(iter(fitting)) if len(fitting) == 1 else None


def is_valid(one: Mapping[str, Any], on: date) -> bool:
    """Whether a routing, an assignment or an operation of it holds on that day."""
    try:
        begin = codec.day(str(one["ValidityStartDate"])) if one.get("ValidityStartDate") else date.min
        end = codec.day(str(one["ValidityEndDate"])) if one.get("ValidityEndDate") else date.max
    except BadValueError:
        return False
    return begin <= on <= end


def _fits(header: Mapping[str, Any], lot: Decimal) -> bool:
    try:
        least = number(header.get("MinimumLotSizeQuantity") or 0)
        most = number(header.get("MaximumLotSizeQuantity") or 0)
    except BadValueError:
        return False
    return least <= lot and (not most or lot <= most)


def _order_in(message: Any) -> dict[str, Any]:
    order = message.get("order") if isinstance(message, dict) else None
    if not isinstance(order, dict):
        raise InvalidInput([Problem("no_order", _("The message holds no production order."), "order", 1)])
    return order


def _version(order: Mapping[str, Any]) -> str:
    """The latest change of the order or one of its operations: fourteen digits that sort by time."""
    stamps = [str(one.get("LastChangeDateTime") or "") for one in _objects(order, OPERATIONS) or []]
    return max([str(order.get("LastChangeDateTime") or ""), *stamps])[:40]


def _objects(order: Mapping[str, Any], name: str) -> list[dict[str, Any]] | None:
    found = codec.expanded(dict(order), name)
    return None if found is None else [one for one in found if isinstance(one, dict)]


class _Order:
    def __init__(
        self,
        order: dict[str, Any],
        routing: Sequence[Any],
        zone: tzinfo,
        profile: tables.Profile,
        problems: list[Problem],
    ) -> None:
        self.order = order
        self.header = Record(order, "", 1, problems)
        self.zone = zone
        self.profile = profile
        self.steps = {
            values.operation_number(str(step.get("Operation", ""))): Record(
                step, f"routing[{place}].", 1, problems
            )
            for place, step in enumerate(routing, start=1)
            if isinstance(step, dict)
        }

    def document(self) -> OrderDocument:
        header = self.header
        number = header.required("ManufacturingOrder", longest=12)
        statuses = self.statuses()
        material = header.text("Material", longest=60)
        order_type = header.text("ManufacturingOrderType", longest=20)
        sales_order = header.text("SalesOrder", longest=40)
        self.complain_of_cut()
        return OrderDocument(
            number=values.key(number),
            version=_version(self.order),
            plant=header.some("ProductionPlant", "Plant", longest=40),
            item=values.key(material) if material else None,
            quantity=self.quantity(),
            unit=header.unit(
                self.profile.units, "ProductionUnitISOCode", "ProductionUnit", "ProductionUnitSAPCode"
            ),
            order_type=order_type,
            strategy=self.profile.strategies.get(order_type or ""),
            start=self.moment("MfgOrderScheduledStart") or self.moment("MfgOrderPlannedStart"),
            due=self.moment("MfgOrderScheduledEnd") or self.moment("MfgOrderPlannedEnd"),
            priority=self.priority(),
            status=_status(statuses),
            customer_name=header.some("CustomerName", longest=200),
            customer_order=_reference(sales_order),
            customer_line=_reference(header.text("SalesOrderItem", longest=10)),
            operations=self.operations(),
            components=self.components(),
            cancel=bool(statuses & DELETED),
            raw={"statuses": sorted(statuses), **header.rest()},
        )

    def statuses(self) -> set[str]:
        flags = {code for name, code in tables.FLAGS.items() if self.header.is_true(name)}
        system = {
            str(one.get("StatusCode"))
            for one in _objects(self.order, STATUS) or []
            if not one.get("IsUserStatus") and one.get("StatusCode")
        }
        return flags | system

    def complain_of_cut(self) -> None:
        """A list that the server cut must not look like all there is: operations would be taken away."""
        for name in (OPERATIONS, COMPONENTS):
            found = self.order.get(name)
            if isinstance(found, dict) and found.get("__next"):
                reason = _("The partner cut this list off; ask for smaller pages (option page_size).")
                self.header.note(name, BadValueError("incomplete", reason))

    def quantity(self) -> Decimal | None:
        """Good pieces wanted: the total without the scrap that the ERP plans for."""
        total = self.header.quantity("TotalQuantity")
        scrap = self.header.quantity("MfgOrderPlannedScrapQty") or Decimal(0)
        if total is None:
            return None
        if scrap >= total:
            reason = _("The planned scrap is not below the total quantity.")
            self.header.note("MfgOrderPlannedScrapQty", BadValueError("inconsistent", reason))
        return total - scrap

    def priority(self) -> int | None:
        text = self.header.text("ManufacturingOrderImportance")
        return int(text) if text and text.isascii() and text.isdigit() else None

    def moment(self, prefix: str) -> datetime | None:
        return self.moment_in(self.header, f"{prefix}Date", f"{prefix}Time")

    def moment_in(self, record: Record, day_name: str, time_name: str) -> datetime | None:
        time_text = record.text(time_name) or ""
        return record.read(day_name, lambda text: codec.moment(text, time_text, self.zone))

    def operations(self) -> tuple[OperationLine, ...] | None:
        found = _objects(self.order, OPERATIONS)
        if found is None:
            return None
        lines: list[OperationLine] = []
        taken: set[str] = set()
        for record in self.header.records(OPERATIONS, found):
            if record.text("ManufacturingOrderSubOperation"):
                continue
            line = self.operation(record)
            if line.number in taken:
                # Also in a parallel sequence: confirmations couldn't be told apart.
                reason = _("The operation %s occurs twice.") % line.number
                record.note("ManufacturingOrderOperation", BadValueError("duplicate", reason))
            taken.add(line.number)
            lines.append(line)
        return tuple(sorted(lines, key=lambda line: (line.sequence, line.number)))

    def operation(self, record: Record) -> OperationLine:
        number = values.operation_number(record.required("ManufacturingOrderOperation", longest=10))
        work_centre = record.text("WorkCenter", longest=40) or ""
        control_key = record.text("OperationControlProfile", longest=10) or ""
        step = self.steps.get(number)
        base = (step and step.quantity("OperationReferenceQuantity")) or Decimal(1)
        times = self.times(step, work_centre) if step else {}
        record.asked |= {"ManufacturingOrder", "LastChangeDateTime"}
        raw = {
            **({"labour_seconds": str(times[tables.LABOUR])} if times.get(tables.LABOUR) else {}),
            **({"teardown_seconds": str(times[tables.TEARDOWN])} if times.get(tables.TEARDOWN) else {}),
        }
        return OperationLine(
            number=number,
            text=record.text("MfgOrderOperationText", longest=200) or "",
            work_centre=work_centre,
            sequence=_reference(record.text("ManufacturingOrderSequence", longest=10)) or "",
            setup_seconds=times.get(tables.SETUP),
            run_seconds=times.get(tables.RUN) or times.get(tables.LABOUR, times.get(tables.RUN)),
            base_quantity=base,
            control_key=control_key,
            outside=True if control_key in self.profile.outside_control_keys else None,
            earliest_start=self.moment_in(record, "OpErlstSchedldExecStrtDte", "OpErlstSchedldExecStrtTme"),
            cancelled=record.is_true("OperationIsDeleted"),
            raw={**raw, **record.rest()},
        )

    def times(self, step: Record, work_centre: str) -> dict[str, Decimal]:
        """Standard times of the routing in seconds per account, for the reference quantity."""
        sums: dict[str, Decimal] = {}
        for place, slot in enumerate(self.profile.slots_of(work_centre), start=1):
            seconds = self.seconds(step, f"StandardWorkQuantity{place}", f"StandardWorkQuantityUnit{place}")
            if seconds is not None and slot.accounts:
                account = slot.accounts[0]
                sums[account] = sums.get(account, Decimal(0)) + seconds
        return sums

    def seconds(self, step: Record, name: str, unit_name: str) -> Decimal | None:
        amount = step.quantity(name)
        unit = (step.text(unit_name) or "").upper()
        if not amount:
            return amount
        if unit not in tables.SECONDS:
            reason = _("“%s” is not a unit of time that is known here.") % unit
            step.note(unit_name, BadValueError("unknown_unit", reason))
            return None
        return (amount * tables.SECONDS[unit]).quantize(THREE_PLACES, ROUND_HALF_UP)

    def components(self) -> tuple[ComponentLine, ...] | None:
        """Material to consume. Phantoms, by-products and zero quantities stay out."""
        found = _objects(self.order, COMPONENTS)
        if found is None:
            return None
        lines: list[ComponentLine] = []
        for record in self.header.records(COMPONENTS, found):
            is_phantom = record.is_true("MaterialComponentIsPhantomItem")
            if is_phantom or record.text("GoodsMovementType") == BY_PRODUCT:
                continue
            line = self.component(record, {line.position for line in lines})
            if line.quantity:
                lines.append(line)
        return tuple(lines)

    def component(self, record: Record, taken: set[str]) -> ComponentLine:
        item = values.key(record.required("Material", longest=60))
        operation = values.operation_number(record.text("ManufacturingOrderOperation") or "")
        return ComponentLine(
            position=_free_position(record, taken),
            item=item,
            quantity=record.quantity("RequiredQuantity") or Decimal(0),
            unit=record.unit(self.profile.units, "BaseUnitISOCode", "BaseUnit", "BaseUnitSAPCode") or "",
            operation=operation,
            backflush=record.is_true("MatlCompIsMarkedForBackflush"),
            raw=record.rest(),
        )


def _free_position(record: Record, taken: set[str]) -> str:
    """The BOM's position, which may repeat within an order; then with the reservation's item behind it."""
    position = record.text("BillOfMaterialItemNumber", longest=10) or ""
    item = record.text("ReservationItem", longest=5) or ""
    candidates = chain([position, f"{position[:4]}-{item}"], (f"{position[:4]}-{n}" for n in count(2)))
    return next(name for name in candidates if name.strip("-") and name not in taken)


def _status(statuses: set[str]) -> str:
    return next((status for codes, status in STATUSES if codes & statuses), ErpStatus.PLANNED)


def _reference(text: str | None) -> str | None:
    """A number of another document; ``None`` when it is only zeros."""
    return values.key(text) if text and text.strip("0 ") else None
