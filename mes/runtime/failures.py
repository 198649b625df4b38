"""What stops a start: one sentence for the person at the keyboard."""

from __future__ import annotations


class CannotStart(Exception):
    """Something on this machine prevents the start. The message says what to do."""
