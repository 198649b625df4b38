"""How numba compiles what the search spends its time in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from numba import njit

Compiled = TypeVar("Compiled", bound=Callable[..., object])
_UNCOUNTED: dict[str, Any] = {"cache": True, "nogil": True, "_nrt": False}
"""Numba's type hints don't know the last one: counting references to arrays left out. It counts at every
access to a field of a tuple, which takes most of the time otherwise."""


def bare(function: Compiled) -> Compiled:
    """For functions that make no arrays."""
    compiled: Compiled = njit(**_UNCOUNTED)(function)
    return compiled


def small(function: Compiled) -> Compiled:
    """The same, become part of whoever calls them: a tuple of fifty arrays is long to hand over."""
    compiled: Compiled = njit(**_UNCOUNTED, forceinline=True)(function)
    return compiled
