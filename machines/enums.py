"""The fixed vocabularies of machines."""

from enum import IntFlag, auto

from django.db import models
from django.utils.translation import gettext_lazy as _


class MachineState(models.TextChoices):
    """What signals alone tell. Calendar ("no shift") and order ("no order") are layers joined when asked."""

    PRODUCING = "producing", _("producing")
    MICRO_STOP = "micro_stop", _("micro-stop")
    STOP = "stop", _("stop")
    SETUP = "setup", _("setup")
    MAINTENANCE = "maintenance", _("maintenance")
    IDLE = "idle", _("idle")
    UNKNOWN = "unknown", _("unknown")


class ProgramKind(models.TextChoices):
    """What a program does on a machine. The same words as machines.domain.measure.Role."""

    PRODUCE = "produce", _("makes pieces")
    PART_OF = "part_of", _("helps to make a piece")
    SETUP = "setup", _("setup")
    WARM_UP = "warm_up", _("warm-up")


class CycleFlag(IntFlag):
    """What is special about a cycle, in the order of machines.domain.measure.Flag."""

    ESTIMATED = auto()
    ROLLOVER = auto()
    RESET = auto()
    CORRECTED = auto()
    SUSPICIOUS = auto()
    IMPLAUSIBLE = auto()
    INTERPOLATED = auto()
    ABORTED = auto()
    SETUP = auto()
    HELPER = auto()
    WARM_UP = auto()
    FAULT = auto()
    DISAGREE = auto()
    TEST = auto()


class SampleFlag(IntFlag):
    """CLOCK: the device's time was not believed. SNAPSHOT: a value at connect. RESET: the source says so."""

    CLOCK = auto()
    SNAPSHOT = auto()
    RESET = auto()
