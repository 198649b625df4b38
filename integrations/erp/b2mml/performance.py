"""``Confirmation`` -> OperationsPerformance of V0701."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import count
from typing import Any
from zoneinfo import ZoneInfo

from integrations.domain.formats import Rendered
from integrations.erp.b2mml import tables, values
from integrations.erp.b2mml.codec import Node, leaf, write_document
from integrations.erp.b2mml.envelope import RELEASE, envelope, utc_text
from mes.lib.errors import InvalidInput, Problem
from mes.lib.sentences import gettext as _
from orders.domain.documents import Confirmation
from orders.enums import OperationState

COMPLETED, RUNNING, HELD = "Completed", "Running", "Held"
TIMES = (
    ("SetupTime", "setup_seconds"),
    ("RunTime", "run_seconds"),
    ("StopTime", "stop_seconds"),
    ("LabourTime", "labour_seconds"),
)


class PerformanceFormat:
    """The outbox's door to this folder."""

    name = "b2mml"

    def write(
        self,
        confirmations: Sequence[Confirmation],
        *,
        message_id: str,
        created: datetime,
        settings: Mapping[str, Any],
    ) -> Rendered:
        return write_performance(
            confirmations, message_id=message_id, created=created, profile=tables.profile(settings)
        )


def write_performance(
    confirmations: Sequence[Confirmation],
    *,
    message_id: str,
    created: datetime,
    profile: tables.Profile | None = None,
) -> Rendered:
    """One document: a response per order, a segment response per confirmation, under its identity.

    All of them take something back (verb *Cancel*), or none does. Raises ``InvalidInput``.
    """
    profile = profile or tables.Profile()
    reversals = {bool(confirmation.reverses) for confirmation in confirmations}
    if len(reversals) != 1:
        reason = _("A document either tells or takes back.")
        raise InvalidInput([Problem("mixed", reason, field="reverses")])
    _check(confirmations)
    warnings: list[str] = []
    verb = "Cancel" if reversals.pop() else profile.verb
    responses: dict[str, list[Node | None]] = {}
    for confirmation in confirmations:
        responses.setdefault(confirmation.order, []).append(_segment(confirmation, profile, warnings))
    last = {confirmation.order: confirmation for confirmation in confirmations}
    performance = Node(
        "OperationsPerformance",
        (
            leaf("ID", message_id),
            leaf("PublishedDate", utc_text(created)),
            leaf("OperationsType", "Production"),
            *(_response(order, parts, last[order]) for order, parts in responses.items()),
        ),
    )
    asks = {"acknowledgeCode": "Always"} if verb == "Process" else {}
    root = Node(
        f"{verb}OperationsPerformance",
        (
            envelope(message_id, created, profile),
            Node("DataArea", (Node(verb, attributes=asks), performance)),
        ),
        attributes={"releaseID": RELEASE},
    )
    return Rendered(write_document(root), "xml", "application/xml", root.name, tuple(warnings))


def _check(confirmations: Sequence[Confirmation]) -> None:
    problems = [
        Problem(
            "no_operation", _("The order %s as a whole has no segment to respond to.") % one.order, row=row
        )
        for row, one in enumerate(confirmations, start=1)
        if not one.operation
    ]
    problems += [
        Problem("negative", _("A negative amount can't be told."), field=name, row=row, value=str(amount))
        for row, one in enumerate(confirmations, start=1)
        for name in ("good", "scrap", "rework", *(field for _name, field in TIMES))
        if (amount := getattr(one, name)) < 0
    ]
    if problems:
        raise InvalidInput(problems)


def _response(order: str, segments: Sequence[Node | None], last: Confirmation) -> Node:
    return Node(
        "OperationsResponse",
        (
            leaf("ID", order),
            leaf("OperationsRequestID", order),
            leaf("ResponseState", _state(last)),
            *segments,
        ),
    )


def _state(said: Confirmation) -> str:
    if said.final:
        return COMPLETED
    return HELD if said.status == OperationState.INTERRUPTED else RUNNING


def _segment(said: Confirmation, profile: tables.Profile, warnings: list[str]) -> Node:
    zone = ZoneInfo(said.time_zone)
    end = (said.end or said.created).astimezone(zone)
    day = end.replace(hour=0, minute=0, second=0, microsecond=0)
    person = (leaf("ID", "P1"), leaf("PersonID", said.person))
    return Node(
        "SegmentResponse",
        (
            leaf("ID", said.reverses or said.identity),
            leaf("PostingDate", day.isoformat()),
            leaf("ActualStartTime", said.start.astimezone(zone).isoformat() if said.start else ""),
            leaf("ActualEndTime", end.isoformat()),
            leaf("OperationsType", "Production"),
            leaf("SegmentRequirementID", said.operation),
            leaf("SegmentState", _state(said)),
            *_times(said, profile, warnings),
            Node("PersonnelActual", person) if said.person else None,
            Node("EquipmentActual", (leaf("ID", "E1"), leaf("EquipmentID", said.work_centre)))
            if said.work_centre
            else None,
            *_materials(said, profile, warnings),
        ),
    )


def _times(said: Confirmation, profile: tables.Profile, warnings: list[str]) -> list[Node]:
    found = [_data(name, values.duration_text(getattr(said, field)), "duration") for name, field in TIMES]
    if said.confirmation_number:
        found.append(_data("ConfirmationNumber", said.confirmation_number, "string"))
    for place, stop in enumerate(said.stops, start=1):
        reason = _reason(stop.reason, profile, warnings)
        parts = (
            _data("Reason", reason, "string", "SegmentDataChild"),
            _data("Time", values.duration_text(stop.seconds), "duration", "SegmentDataChild"),
        )
        found.append(Node("SegmentData", (leaf("ID", f"Stop{place}"), *parts)))
    return found


def _data(name: str, text: str, kind: str, element: str = "SegmentData") -> Node:
    value = Node("Value", (Node("ValueString", text=text), leaf("DataType", kind)))
    return Node(element, (leaf("ID", name), value))


def _materials(said: Confirmation, profile: tables.Profile, warnings: list[str]) -> list[Node]:
    """Scrap and rework have no use of their own: *Other* with its name beside it."""
    numbers = count(1)
    unit = profile.sent_units.get(said.unit, said.unit)
    found = [_material(f"M{next(numbers)}", Node("MaterialUse", text="Produced"), said.good, unit)]
    reason = _reason(said.scrap_reason, profile, warnings)
    for use, amount, why in (("Scrap", said.scrap, reason), ("Rework", said.rework, "")):
        if amount:
            element = Node("MaterialUse", text="Other", attributes={"OtherValue": use})
            found.append(_material(f"M{next(numbers)}", element, amount, unit, why))
    return found


def _material(identity: str, use: Node, amount: Decimal, unit: str, reason: str = "") -> Node:
    parts: list[Node | None] = [
        leaf("QuantityString", values.amount_text(amount)),
        leaf("DataType", "decimal"),
        leaf("UnitOfMeasure", unit),
    ]
    why = _data("ScrapReason", reason, "string", "MaterialActualProperty") if reason else None
    return Node("MaterialActual", (leaf("ID", identity), use, Node("Quantity", tuple(parts)), why))


def _reason(code: str, profile: tables.Profile, warnings: list[str]) -> str:
    """Our reason in the partner's words; one that is in no table is sent as it is."""
    if code and profile.reasons and code not in profile.reasons:
        warnings.append(_("The reason “%s” is not in the table of reasons and was sent as it is.") % code)
    return profile.reasons.get(code, code)
