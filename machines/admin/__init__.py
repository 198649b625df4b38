"""The admin pages of machines, by aggregate."""

from machines.admin import calendar, facts, machine, plant, program, reasons, tool

__all__ = ["calendar", "facts", "machine", "plant", "program", "reasons", "tool"]
