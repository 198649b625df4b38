"""What we propose a metric to mean, by its name. A person confirms it; nothing is mapped by itself.

Sparkplug leaves names to the vendor, so that this is a guess; PackML's numbers are told by their datatype.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from integrations.signals.base import BrowsedItem, Observation
from integrations.signals.sparkplug.decode import BOOLEAN, DATE_TIME, STRING, TEXT, name_of
from integrations.signals.sparkplug.session import Host

_PACKML_STATES = (
    *("UNKNOWN", "CLEARING", "IDLE", "STARTING", "IDLE", "SUSPENDED", "EXECUTE", "STOPPING", "ABORTING"),
    *("ABORTED", "HOLDING", "HELD", "UNHOLDING", "SUSPENDING", "UNSUSPENDING", "RESETTING", "COMPLETING"),
    "COMPLETE",
)
PACKML = {str(number): state for number, state in enumerate(_PACKML_STATES)}
"""State numbers of PackML. Stopped (2) without an alarm is idle."""

_MODES = {"1": "AUTOMATIC", "2": "MAINTENANCE", "3": "MANUAL"}
_TRUTH = (BOOLEAN,)
_TEXTS = (STRING, TEXT)
_UNCOUNTABLE = (*_TRUTH, *_TEXTS, DATE_TIME)

_WORDS: tuple[tuple[str, str], ...] = (
    ("cycle_time", r"(actual|last)?cycletime"),
    ("bad_count", r"(scrap|reject(ed)?|bad|defect(ive)?|nok)(part|piece)?s?(count(er)?)?|proddefectivecount"),
    ("good_count", r"(good|ok)(part|piece)?s?(count(er)?)?"),
    ("cycle_count", r"(cycle|shot|stroke)s?(count(er)?)"),
    ("part_count", r"(total|prod(uct(ion)?)?(processed)?)?(part|piece|unit)s?(count(er)?|made|produced)"),
    ("part_count", r"prod(processed)?count(er)?"),
    ("mode", r"(unit|machine|operating|control(ler)?)?mode(current)?"),
    ("state", r"(machine|execution|operating|current)?(state|status)(current)?|execution"),
    ("program_comment", r"program(comment|description)"),
    ("program", r"(main|active|current|nc)?program(name|number|no)?|recipe(name)?"),
    ("tool", r"(current)?tool(id|number|no|name)?|mold(id)?|mould(id)?"),
    ("pallet", r"pallet(id|number|no)?"),
    ("job", r"(job|order|workorder|productionorder)(id|number|no|name)?"),
    ("alarm", r"(active|current)?(alarm|fault|error)(code|number|no)?"),
    ("override", r"(feed(rate)?)override"),
    ("available", r"(available|online|connected)"),
    ("energy", r"(active|total)?energy(meter|counter|kwh)?|kwh"),
    ("power", r"(active|total)?power(kw)?|kw"),
)
_COUNTS = (
    "bad_count",
    "good_count",
    "cycle_count",
    "part_count",
    "cycle_time",
    "override",
    "energy",
    "power",
)
_PATTERNS = [(role, re.compile(pattern)) for role, pattern in _WORDS]


@dataclass(frozen=True, slots=True)
class Proposal:
    role: str
    values: Mapping[str, str] = field(default_factory=dict)


def propose(name: str, datatype: int | None) -> Proposal | None:
    """By the last part of the name, without blanks and marks; a counter must be a number."""
    word = re.sub(r"[^a-z0-9]", "", re.split(r"[/.]", name)[-1].lower())
    for role, pattern in _PATTERNS:
        if not pattern.fullmatch(word):
            continue
        if role in _COUNTS and datatype in _UNCOUNTABLE:
            return None
        if datatype in _TEXTS or datatype in _TRUTH:
            return Proposal(role)
        return Proposal(role, {"state": PACKML, "mode": _MODES}.get(role, {}))
    return None


def browsed(host: Host, values: Mapping[str, Observation]) -> list[BrowsedItem]:
    """All metrics that births announced, without those of the protocol itself."""
    return [
        _item(device.scope, known.name, known.datatype, values.get(f"{device.scope}{known.name}"))
        for _, node in sorted(host.nodes.items())
        for _, device in sorted(node.devices.items())
        for known in device.metrics.values()
        if known.name != "bdSeq" and not known.name.startswith("Node Control/")
    ]


def _item(scope: str, name: str, datatype: int | None, seen: Observation | None) -> BrowsedItem:
    proposal = propose(name, datatype)
    return BrowsedItem(
        address=f"{scope}{name}",
        name=name,
        kind=name_of(datatype),
        device=scope.rstrip("/"),
        value=seen.value if seen else None,
        ts=seen.ts if seen else None,
        role=proposal.role if proposal else "",
        values=proposal.values if proposal else {},
    )
