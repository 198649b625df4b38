"""How numba compiles what the search spends its time in."""

from __future__ import annotations

from numba import njit

bare = njit(cache=True, nogil=True, _nrt=False)
"""For functions that make no arrays. Counting references to those they are given, as numba does at every
access to a field of a tuple, takes most of the time otherwise."""

small = njit(cache=True, nogil=True, _nrt=False, forceinline=True)
"""The same, become part of whoever calls them: a tuple of fifty arrays is long to hand over."""
