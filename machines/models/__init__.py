from machines.models.alarm import AlarmMapping
from machines.models.andon import (
    AndonCall,
    AndonEvent,
    AndonEventKind,
    AndonKind,
    AndonOutcome,
    AndonStep,
)
from machines.models.calendar import (
    CalendarException,
    ExceptionKind,
    Shift,
    ShiftBreak,
    ShiftPattern,
    Weekday,
)
from machines.models.cycle import Cycle
from machines.models.energy import EnergyMeter, EnergyUse, MeterKind, MeterNews
from machines.models.machine import CountingItem, Machine, Trust
from machines.models.plant import Area, MachineGroup, Plant
from machines.models.program import PlannedCycle, ProgramRole, ThresholdChange
from machines.models.signal import (
    Sample,
    SamplePack,
    SampleProblem,
    SampleProblemReplay,
    Source,
    SourceEpoch,
)
from machines.models.state import (
    Arrival,
    Checkpoint,
    Follower,
    MachineNow,
    Projection,
    Shard,
    ShardWorker,
    StateInterval,
)
from machines.models.stop import CodedBy, ReasonGroup, StopCoding, StopPhoto, StopReason
from machines.models.tool import Tool

__all__ = [
    "AlarmMapping",
    "AndonCall",
    "AndonEvent",
    "AndonEventKind",
    "AndonKind",
    "AndonOutcome",
    "AndonStep",
    "Area",
    "Arrival",
    "CalendarException",
    "Checkpoint",
    "CodedBy",
    "CountingItem",
    "Cycle",
    "EnergyMeter",
    "EnergyUse",
    "ExceptionKind",
    "Follower",
    "Machine",
    "MachineGroup",
    "MachineNow",
    "MeterKind",
    "MeterNews",
    "PlannedCycle",
    "Plant",
    "ProgramRole",
    "Projection",
    "ReasonGroup",
    "Sample",
    "SamplePack",
    "SampleProblem",
    "SampleProblemReplay",
    "Shard",
    "ShardWorker",
    "Shift",
    "ShiftBreak",
    "ShiftPattern",
    "Source",
    "SourceEpoch",
    "StateInterval",
    "StopCoding",
    "StopPhoto",
    "StopReason",
    "ThresholdChange",
    "Tool",
    "Trust",
    "Weekday",
]
