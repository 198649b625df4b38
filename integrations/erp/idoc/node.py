"""A segment on its way out: what XML and flat files are written from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Node:
    """Fields in the order in which they are written; empty ones are left out."""

    name: str
    fields: Mapping[str, str]
    children: tuple[Node, ...] = ()
