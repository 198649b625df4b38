"""What items of the companion models usually mean: proposals that an engineer confirms.

Rules stand in order of trust: events before counters, counters before states; of several items with one role
a machine gets the first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from integrations.signals.base import BrowsedItem
from integrations.signals.names import role_of_name
from integrations.signals.opcua.addresses import BASE, Name

MACHINERY = BASE + "Machinery/"
JOB_CONTROL = BASE + "ISA95-JOBCONTROL_V2/"
MACHINE_TOOL = BASE + "MachineTool/"
PLASTICS = BASE + "PlasticsRubber/GeneralTypes/"
MOULDING = BASE + "PlasticsRubber/IMM2MES/"
METAL_FORMING = BASE + "MetalForming/"
PACKML = BASE + "PackML/"
DEVICES = BASE + "DI/"

CYCLE_QUALITY = {"0": "GOOD", "1": "BAD", "2": "TEST_SAMPLE", "3": "FAILED"}
CHANNEL_STATE = {"0": "ACTIVE", "1": "INTERRUPTED", "2": "READY"}
TOOL_MODE = {
    "0": "MANUAL",
    "1": "AUTOMATIC",
    "2": "SETUP",
    "3": "SEMI_AUTOMATIC",
    "4": "SERVICE",
    "5": "OTHER",
}
MOULDING_MODE = {
    "0": "OTHER",
    "1": "AUTOMATIC",
    "2": "SEMI_AUTOMATIC",
    "3": "MANUAL",
    "4": "SETUP",
    "5": "SLEEP",
}
MOULDING_STATUS = {
    "0": "IDLE",
    "1": "NO_PRODUCTION",
    "2": "START_UP",
    "3": "READY_FOR_PRODUCTION",
    "4": "PRODUCTION",
    "5": "DRY_RUN",
}
PACKML_MODE = {"0": "INVALID", "1": "PRODUCTION", "2": "MAINTENANCE", "3": "MANUAL"}
PACKML_STATE = {
    str(number): name
    for number, name in enumerate(
        (
            *("CLEARING", "STOPPED", "STARTING", "IDLE", "SUSPENDED", "EXECUTE", "STOPPING", "ABORTING"),
            *("ABORTED", "HOLDING", "HELD", "UNHOLDING", "SUSPENDING", "UNSUSPENDING", "RESETTING"),
            *("COMPLETING", "COMPLETE"),
        ),
        start=1,
    )
}
JOB_STATE = {"NotAllowedToStart": "IDLE"}


@dataclass(frozen=True, slots=True)
class Rule:
    """An item whose path ends so, in this namespace, has this role."""

    uri: str
    tail: tuple[str, ...]
    role: str
    values: Mapping[str, str] = field(default_factory=dict)
    inside: tuple[str, ...] = ()

    def fits(self, path: Sequence[Name], inside: Sequence[str]) -> bool:
        names = tuple(name.name for name in path[-len(self.tail) :])
        return names == self.tail and path[-1].uri == self.uri and tuple(inside) == self.inside


def _rule(uri: str, path: str, role: str, values: Mapping[str, str] | None = None, inside: str = "") -> Rule:
    return Rule(uri, tuple(path.split("/")), role, values or {}, tuple(inside.split("/")) if inside else ())


EVENTS: Mapping[Name, tuple[str, Mapping[str, str], Name | None]] = {
    Name(PLASTICS, "CycleParametersEventType"): (
        "cycle_event",
        CYCLE_QUALITY,
        Name(PLASTICS, "CycleQuality"),
    ),
    Name(METAL_FORMING, "CyclicEventType"): ("cycle_event", {}, None),
    Name(BASE, "AlarmConditionType"): ("alarm", {}, None),
}
"""Event type → role, value table, and the field that carries the value; no field: the event itself."""

RULES: Sequence[Rule] = (
    # counters
    _rule(PLASTICS, "ActiveJobValues/JobCycleCounter", "cycle_count"),
    _rule(PLASTICS, "ActiveJobValues/JobPartsCounter", "part_count"),
    _rule(PLASTICS, "ActiveJobValues/JobGoodPartsCounter", "good_count"),
    _rule(PLASTICS, "ActiveJobValues/JobBadPartsCounter", "bad_count"),
    _rule(PACKML, "ProdProcessedCount", "part_count", inside="0/AccCount"),
    _rule(PACKML, "ProdDefectiveCount", "bad_count", inside="0/AccCount"),
    _rule(MACHINE_TOOL, "PartsCompleted", "part_count"),
    _rule(MACHINE_TOOL, "PartsGood", "good_count"),
    _rule(MACHINE_TOOL, "PartsProducedInLifetime", "part_count"),
    _rule(DEVICES, "OperationCycleCounter", "cycle_count"),
    _rule(MACHINERY, "OperationCycleCounter", "cycle_count"),
    # what is made
    _rule(MACHINE_TOOL, "ActiveProgram/Name", "program"),
    _rule(PLASTICS, "ActiveProductionDataset/Name", "program"),
    _rule(PLASTICS, "ProductionDatasetInformation/Name", "program"),
    _rule(PLASTICS, "ActiveJobValues/CurrentLotName", "pallet"),
    _rule(PLASTICS, "ActiveJob/JobName", "job"),
    _rule(PLASTICS, "ActiveJobValues/JobName", "job"),
    _rule(JOB_CONTROL, "JobOrderList", "job", inside="0/JobOrder/JobOrderID"),
    # states
    _rule(MACHINE_TOOL, "ChannelState", "state", CHANNEL_STATE),
    _rule(PLASTICS, "ProductionStatus", "state", MOULDING_STATUS),
    _rule(MOULDING, "ProductionStatus", "state", MOULDING_STATUS),
    _rule(PACKML, "StateCurrent", "state", PACKML_STATE),
    _rule(BASE, "MachineryItemState/CurrentState", "state"),
    _rule(BASE, "MachineState/CurrentState", "state"),
    _rule(BASE, "BaseStateMachine/CurrentState", "state"),
    _rule(JOB_CONTROL, "JobOrderList", "state", JOB_STATE, inside="0/State/0/StateText"),
    # modes
    _rule(MACHINE_TOOL, "OperationMode", "mode", TOOL_MODE),
    _rule(PLASTICS, "MachineMode", "mode", MOULDING_MODE),
    _rule(MOULDING, "MachineMode", "mode", MOULDING_MODE),
    _rule(PACKML, "UnitModeCurrent", "mode", PACKML_MODE),
    _rule(BASE, "MachineryOperationMode/CurrentState", "mode"),
    # standstill
    _rule(PACKML, "StopReason", "alarm", inside="ID"),
    _rule(PLASTICS, "IsPresent", "available"),
    _rule(MACHINE_TOOL, "FeedOverride", "override"),
)


LAST = len(RULES)
"""The rank of what no rule knows."""


def rank_and_rule(path: Sequence[Name], inside: Sequence[str] = ()) -> tuple[int, Rule] | None:
    """The rule that fits an item, with its place in the order of trust."""
    for rank, rule in enumerate(RULES):
        if rule.fits(path, inside):
            return rank, rule
    return None


def role_by_name(path: Sequence[Name], inside: Sequence[str] = ()) -> str:
    """What a maker's own node probably means, outside of all companion models; empty where nothing tells."""
    return "" if inside or path[-1].uri.startswith(BASE) else role_of_name(path[-1].name)


def parts_of(path: Sequence[Name]) -> list[tuple[str, ...]]:
    """Places inside a structured item that have a meaning."""
    return [rule.inside for rule in RULES if rule.inside and rule.fits(path, rule.inside)]


def first_of_each(items: Sequence[tuple[int, BrowsedItem]]) -> list[BrowsedItem]:
    """Of several items with one role each device keeps the proposal of the best rank."""
    best: dict[tuple[str, str], int] = {}
    for rank, item in items:
        if item.role:
            key = (item.device, item.role)
            best[key] = min(best.get(key, rank), rank)
    kept: list[BrowsedItem] = []
    for rank, item in items:
        key = (item.device, item.role)
        if item.role and best.get(key) == rank:
            del best[key]
            kept.append(item)
        else:
            kept.append(replace(item, role="", values={}))
    return kept
