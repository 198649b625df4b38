"""A table in the terminal, row by row as they come, and a copy of each part for the next run."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

KEPT = Path("var/bench-planning")
_copies: list[str] = []


def headed(title: str, *columns: str) -> None:
    say(f"\n{title}\n{cells(columns)}")


def row(*values: object) -> None:
    say(cells([f"{one:.1f}" if isinstance(one, float) else str(one) for one in values]))


def cells(values: list[str] | tuple[str, ...]) -> str:
    return "".join(one.ljust(24) if place == 0 else one.rjust(14) for place, one in enumerate(values))


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
    _copies.append(line)


@contextmanager
def keep(part: str) -> Iterator[None]:
    """What is said within is kept as that part, unless it breaks off."""
    _copies.clear()
    yield
    KEPT.mkdir(parents=True, exist_ok=True)
    (KEPT / f"{part}.txt").write_text("\n".join(_copies) + "\n", encoding="utf-8")


def kept(part: str) -> bool:
    """Prints the part as it was measured before; False: it wasn't."""
    path = KEPT / f"{part}.txt"
    if not path.exists():
        return False
    sys.stdout.write(path.read_text(encoding="utf-8"))
    return True
