"""The admin pages of machines, by aggregate."""

from machines.admin import andon, calendar, facts, machine, plant, program, reasons, tool

__all__ = ["andon", "calendar", "facts", "machine", "plant", "program", "reasons", "tool"]
