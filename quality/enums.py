"""The fixed vocabularies of quality."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Verdict(models.TextChoices):
    PASSED = "passed", _("passed")
    FAILED = "failed", _("failed")


class ShownState(models.TextChoices):
    """What a machine does, in the words of the floor: signals, calendar and order joined."""

    RUNNING = "running", _("running")
    MICRO_STOP = "micro_stop", _("micro-stop")
    STOP = "stop", _("stop")
    SETUP = "setup", _("setup")
    MAINTENANCE = "maintenance", _("maintenance")
    NO_ORDER = "no_order", _("no order")
    BREAK = "break", _("break")
    NO_SHIFT = "no_shift", _("no shift")
    UNKNOWN = "unknown", _("no signal")

    @property
    def icon(self) -> str:
        """A name of Bootstrap Icons: states differ by shape, not by colour alone."""
        return STATE_ICONS[self]


STATE_ICONS = {
    ShownState.RUNNING: "play-fill",
    ShownState.MICRO_STOP: "pause-fill",
    ShownState.STOP: "octagon-fill",
    ShownState.SETUP: "wrench-adjustable",
    ShownState.MAINTENANCE: "tools",
    ShownState.NO_ORDER: "inbox",
    ShownState.BREAK: "cup-hot-fill",
    ShownState.NO_SHIFT: "moon-fill",
    ShownState.UNKNOWN: "question-lg",
}
