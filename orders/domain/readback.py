"""Whether a machine has what it should have. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from mes.lib.programs import normalise_program


@dataclass(frozen=True, slots=True)
class Expected:
    """What a run shall be made with; what is empty isn't compared."""

    program: str = ""
    revision: str = ""
    sha256: str = ""
    parameters: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Difference:
    name: str
    expected: str
    actual: str

    def __str__(self) -> str:
        return f"{self.name}: {self.actual or '–'} ≠ {self.expected}"


def differences(expected: Expected, actual: Mapping[str, Any]) -> list[Difference]:
    """What ``actual`` says otherwise. Keys: ``program``, ``revision``, ``sha256``, ``parameters``, and
    ``comment``, the program's own comment in which the revision must appear. What isn't told isn't compared.
    """
    found: list[Difference] = []
    program = str(actual.get("program", expected.program))
    if expected.program and normalise_program(program) != normalise_program(expected.program):
        found.append(Difference("program", expected.program, program))
    if expected.revision and "revision" in actual and str(actual["revision"]) != expected.revision:
        found.append(Difference("revision", expected.revision, str(actual["revision"])))
    comment = str(actual.get("comment") or "")
    if expected.revision and comment and expected.revision.casefold() not in _words(comment):
        found.append(Difference("revision", expected.revision, comment))
    if expected.sha256 and "sha256" in actual and actual["sha256"] != expected.sha256:
        found.append(Difference("SHA-256", expected.sha256[:12], str(actual["sha256"])[:12]))
    told = actual.get("parameters", {})
    for name, value in expected.parameters.items():
        if name in told and not same_value(value, told[name]):
            found.append(Difference(name, str(value), str(told[name])))
    return found


def proves(expected: Expected, actual: Mapping[str, Any]) -> bool:
    """Whether a read-back shows the program itself or its bytes, not only that something arrived."""
    if expected.sha256 and actual.get("sha256") == expected.sha256:
        return True
    names_it = bool(expected.program) and "program" in actual
    tells_all = set(expected.parameters) <= set(actual.get("parameters", {}))
    return (names_it or not expected.program) and tells_all and not differences(expected, actual)


def same_value(one: Any, other: Any) -> bool:
    """Numbers by their value (``200`` is ``200.0``), everything else by its text."""
    try:
        return Decimal(str(one)) == Decimal(str(other))
    except InvalidOperation:
        return str(one).strip() == str(other).strip()


def _words(text: str) -> set[str]:
    return {word.casefold() for word in re.findall(r"[\w.\-]+", text)}
