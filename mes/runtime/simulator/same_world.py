"""Whether the remembered park is one that this code goes on with: its past is computed anew at each start."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from pathlib import Path

from mes.runtime.failures import CannotStart
from mes.runtime.layout import ROOT

FIRST = "mes.runtime.simulator.park"
OWN = "mes.runtime."


@cache
def world_code() -> str:
    """A digest of all code that decides what happens in the simulated plant."""
    digest = sha256()
    for name in sorted(_with_imports(FIRST)):
        digest.update(_path(name).read_bytes())
    return digest.hexdigest()


def check_same_world(memory: Path) -> None:
    """Raises CannotStart where another plant's past is remembered: it would go on as a different one."""
    if memory.exists() and json.loads(memory.read_text()).get("world") != world_code():
        raise CannotStart(
            "The simulated plant of this version is another one: the demo's past doesn't fit it. "
            "`make demo-fresh` starts anew and deletes the demo's data."
        )


def _with_imports(name: str) -> set[str]:
    found, waiting = {name}, [name]
    while waiting:
        new = set(_imported(waiting.pop())) - found
        found |= new
        waiting += new
    return found


def _imported(name: str) -> Iterator[str]:
    """Our own modules that a module imports, wherever in it."""
    for node in ast.walk(ast.parse(_path(name).read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(OWN):
            yield node.module


def _path(name: str) -> Path:
    return ROOT.joinpath(*name.split(".")).with_suffix(".py")
