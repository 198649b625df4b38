"""Work centres and customers: records without lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from machines.models import MachineGroup
from mes.lib.errors import Problem
from mes.lib.prepared import Insert, Update
from mes.lib.sentences import gettext as _
from orders.domain.master.known import Known
from orders.domain.master.ownership import follow_erp
from orders.domain.master.result import Kind, MasterResult
from orders.domain.master.rows import Rows, is_obsolete, stamp, too_long
from orders.domain.master_documents import CustomerDocument, WorkCentreDocument
from orders.enums import Outcome
from orders.models import Customer

_STAMPS = ("erp_version", "erp_received_at")
_INSERT_GROUPS, _STAMP_GROUPS = Insert(MachineGroup), Update(MachineGroup, *_STAMPS)
_UPDATE_GROUPS = Update(
    MachineGroup, "name", "erp_code", "internal_id", "standard_key", "active", "erp_values", *_STAMPS
)
_INSERT_CUSTOMERS, _STAMP_CUSTOMERS = Insert(Customer), Update(Customer, *_STAMPS)
_UPDATE_CUSTOMERS = Update(Customer, "name", "active", "erp_values", *_STAMPS)


class PlainRecords:
    """What both have in common: a record is made, changed, or switched off."""

    rows: Rows[Any]

    def __init__(self, known: Known) -> None:
        self.known = known

    def write(self) -> None:
        self.rows.write()

    def settle(
        self, result: MasterResult, record: Any, document: Any, said: dict[str, Any], *, is_new: bool
    ) -> MasterResult:
        if not is_new and is_obsolete(record, document.version, self.known.received_at):
            result.outcome = Outcome.OBSOLETE
            return result
        difference = follow_erp(record, said)
        if stamp(record, document.version, self.known.received_at):
            self.rows.stamped(record)
        if difference.is_any:
            self.rows.change(record)
            result.outcome = Outcome.CHANGED
        if is_new:
            result.outcome = Outcome.CREATED
        result.changes, result.kept = difference.changes, difference.kept
        return result


class WorkCentres(PlainRecords):
    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self.rows = Rows(_INSERT_GROUPS, _UPDATE_GROUPS, _STAMP_GROUPS)

    def take(self, document: WorkCentreDocument) -> MasterResult:
        result = MasterResult(document.row, Kind.WORK_CENTRE, document.code, Outcome.UNCHANGED)
        plant = self.known.plant_of(document)
        result.problems = list(self._problems(document))
        if result.problems or plant is None:
            result.outcome = Outcome.REFUSED
            return result
        group = self.known.group_of(plant.pk, document.code)
        if group is None and document.internal_id:
            group = self.known.groups_by_id.get((plant.pk, document.internal_id))
        if group is None and document.gone:
            return result
        is_new = group is None
        if group is None:
            group = MachineGroup(plant=plant, code=document.code, name=document.code, erp_code=document.code)
            self.rows.add(group)
        settled = self.settle(result, group, document, self._said(document), is_new=is_new)
        self.known.groups[plant.pk, document.code] = group
        if group.internal_id:
            self.known.groups_by_id[plant.pk, group.internal_id] = group
        return settled

    def _said(self, document: WorkCentreDocument) -> dict[str, Any]:
        if document.gone:
            return {"active": False}
        said = {
            "name": document.name or None,
            "erp_code": document.code,
            "internal_id": document.internal_id,
            "standard_key": document.standard_key,
            "active": True,
        }
        return {name: value for name, value in said.items() if value is not None}

    def _problems(self, document: WorkCentreDocument) -> Iterator[Problem]:
        yield from too_long(
            document, {"code": 40, "name": 120, "internal_id": 40, "standard_key": 20, "version": 60}
        )
        if not document.code.strip():
            yield Problem("missing", _("The work centre's code is missing."), "code", document.row)
        if self.known.plant_of(document) is None:
            message = _("There is no plant with this code.")
            yield Problem("unknown_plant", message, "plant", document.row, str(document.plant)[:120])


class Customers(PlainRecords):
    def __init__(self, known: Known) -> None:
        super().__init__(known)
        self.rows = Rows(_INSERT_CUSTOMERS, _UPDATE_CUSTOMERS, _STAMP_CUSTOMERS)

    def take(self, document: CustomerDocument) -> MasterResult:
        result = MasterResult(document.row, Kind.CUSTOMER, document.code, Outcome.UNCHANGED)
        result.problems = list(too_long(document, {"code": 40, "name": 200, "version": 60}))
        if not document.code.strip():
            message = _("The customer's code is missing.")
            result.problems.append(Problem("missing", message, "code", document.row))
        if result.problems:
            result.outcome = Outcome.REFUSED
            return result
        customer = self.known.customers.get(document.code)
        is_new = customer is None
        if customer is None:
            if document.gone:
                return result
            customer = self.known.customers[document.code] = Customer(code=document.code, name=document.code)
            self.rows.add(customer)
        said: dict[str, Any] = {"active": not document.gone}
        if document.name and not document.gone:
            said["name"] = document.name
        return self.settle(result, customer, document, said, is_new=is_new)
