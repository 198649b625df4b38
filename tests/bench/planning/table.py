"""A table in the terminal, row by row as they come."""

from __future__ import annotations

import sys


def headed(title: str, *columns: str) -> None:
    say(f"\n{title}\n{cells(columns)}")


def row(*values: object) -> None:
    say(cells([f"{one:.1f}" if isinstance(one, float) else str(one) for one in values]))


def cells(values: list[str] | tuple[str, ...]) -> str:
    return "".join(one.ljust(24) if place == 0 else one.rjust(14) for place, one in enumerate(values))


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
