"""The fixed vocabularies of machines."""

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
