"""The pure measurement core: samples in, cycles and state intervals out.

It knows no Django and no database.
"""

from machines.domain.measure.fold import Output, due, fold, tail
from machines.domain.measure.samples import (
    Cycle,
    Flag,
    Interval,
    Limits,
    Note,
    ProgramRule,
    Quality,
    Raw,
    Reference,
    Role,
    Rules,
    Sample,
    State,
    Tail,
    Trust,
)
from machines.domain.measure.state import FoldState

__all__ = [
    "Cycle",
    "Flag",
    "FoldState",
    "Interval",
    "Limits",
    "Note",
    "Output",
    "ProgramRule",
    "Quality",
    "Raw",
    "Reference",
    "Role",
    "Rules",
    "Sample",
    "State",
    "Tail",
    "Trust",
    "due",
    "fold",
    "tail",
]
