"""The way programs and parameters take to a machine."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from integrations.enums import DownloadWay
from integrations.models.signal import SignalConnection
from machines.models import Machine
from mes.lib.tracking import tracked

SETTINGS_OF_WAY = {
    DownloadWay.FOLDER: {"parameters_file"},
    DownloadWay.MQTT: {"topic", "echo_topic", "with_file"},
    DownloadWay.OPCUA_JOB: {"receiver", "start"},
    DownloadWay.OPCUA_WRITE: {"program", "revision", "sha256", "parameters"},
    DownloadWay.EUROMAP: {"dataset", "parameters"},
    DownloadWay.PACKML: {"machine", "parameters"},
    DownloadWay.SPARKPLUG: {"group", "node", "device", "program", "revision", "sha256", "parameters"},
}
NEEDED_OF_WAY = {
    DownloadWay.MQTT: ("topic", "echo_topic"),
    DownloadWay.OPCUA_JOB: ("receiver",),
    DownloadWay.EUROMAP: ("dataset",),
    DownloadWay.PACKML: ("machine",),
    DownloadWay.SPARKPLUG: ("group", "node"),
}


@tracked
class DownloadChannel(models.Model):
    """How one machine is sent what it shall work with. Switched off until somebody tried it."""

    machine = models.OneToOneField(
        Machine, verbose_name=_("machine"), on_delete=models.CASCADE, related_name="+"
    )
    way = models.CharField(_("way"), max_length=12, choices=DownloadWay)
    folder = models.CharField(
        _("folder"), max_length=300, blank=True, default="", help_text=_("Below the server's DNC folder.")
    )
    connection = models.ForeignKey(
        SignalConnection,
        verbose_name=_("connection"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("The OPC UA server or MQTT broker."),
    )
    options = models.JSONField(
        _("options"),
        default=dict,
        blank=True,
        help_text=_(
            "Folder: parameters_file. MQTT: topic, echo_topic, with_file. OPC UA job order: receiver, start. "
            "OPC UA write: the items program, revision, sha256, and parameters by name. Euromap: dataset, "
            "parameters as items by name. PackML: machine, parameters as numbers by name. Sparkplug: group, "
            "node, device, the metrics program, revision, sha256, and parameters by name."
        ),
    )
    active = models.BooleanField(_("switched on"), default=False)

    class Meta:
        verbose_name = _("download channel")
        verbose_name_plural = _("download channels")
        ordering = ("machine",)
        constraints = (
            models.CheckConstraint(
                condition=~Q(way="folder") | ~Q(folder=""),
                name="download_channel_folder",
                violation_error_message=_("This way needs a folder."),
            ),
            models.CheckConstraint(
                condition=Q(way="folder") | Q(connection__isnull=False),
                name="download_channel_connection",
                violation_error_message=_("This way needs a connection."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.machine}: {self.get_way_display()}"

    def clean(self) -> None:
        """Raises ValidationError for options that the way doesn't know, or lacks."""
        super().clean()
        if self.way not in DownloadWay.values or not isinstance(self.options, dict):
            return
        way = DownloadWay(self.way)
        if unknown := set(self.options) - SETTINGS_OF_WAY[way]:
            raise ValidationError({"options": _("Unknown: %s") % ", ".join(sorted(unknown))})
        if missing := [name for name in NEEDED_OF_WAY.get(way, ()) if not self.options.get(name)]:
            raise ValidationError({"options": _("Missing: %s") % ", ".join(missing)})
