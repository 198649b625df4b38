"""Why machines stand still: the tree of reasons and what people said."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from machines.models.machine import Machine
from machines.models.plant import Plant
from mes.lib.tracking import tracked


class ReasonGroup(models.TextChoices):
    """ISO 22400 reading of a reason: what the time counts as."""

    MALFUNCTION = "malfunction", _("malfunction")
    MATERIAL = "material", _("material or neighbour")
    PERSONNEL = "personnel", _("personnel")
    QUALITY = "quality", _("quality")
    SETUP = "setup", _("setup")
    PLANNED = "planned", _("planned")
    OTHER = "other", _("other")


class Translated(models.Model):
    """A code with a name in each language of the product."""

    code = models.CharField(_("code"), max_length=40)
    name_en = models.CharField(_("name (English)"), max_length=120)
    name_de = models.CharField(_("name (German)"), max_length=120, blank=True, default="")
    erp_code = models.CharField(_("ERP code"), max_length=20, blank=True, default="")
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def name(self) -> str:
        german = (translation.get_language() or "en").startswith("de")
        return self.name_de if german and self.name_de else self.name_en


@tracked
class StopReason(Translated):
    plant = models.ForeignKey(
        Plant, verbose_name=_("plant"), on_delete=models.PROTECT, related_name="stop_reasons"
    )
    parent = models.ForeignKey(
        "self",
        verbose_name=_("under"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
    )
    group = models.CharField(_("counts as"), max_length=20, choices=ReasonGroup, default=ReasonGroup.OTHER)
    planned = models.BooleanField(_("planned"), default=False)
    position = models.PositiveIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("stop reason")
        verbose_name_plural = _("stop reasons")
        ordering = ("plant", "position", "code")
        constraints = (
            models.UniqueConstraint(
                fields=("plant", "code"),
                name="stop_reason_code_unique",
                violation_error_message=_("This plant already has a stop reason with this code."),
            ),
            models.CheckConstraint(
                condition=~Q(parent=models.F("id")),
                name="stop_reason_not_its_own_parent",
                violation_error_message=_("A reason can't stand under itself."),
            ),
        )


class StopCoding(models.Model):
    """What a person (or a machine code) said about a standstill. Never changed, only superseded."""

    append_only = True

    plant = models.ForeignKey(Plant, on_delete=models.PROTECT, related_name="+")
    machine = models.ForeignKey(Machine, on_delete=models.PROTECT, related_name="stop_codings")
    slot = models.PositiveSmallIntegerField(default=1)
    span = DateTimeRangeField(_("interval"))
    reason = models.ForeignKey(StopReason, on_delete=models.PROTECT, related_name="+")
    comment = models.CharField(_("comment"), max_length=500, blank=True, default="")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)
    supersedes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="superseded_by"
    )
    key = models.UUIDField(_("key"), default=uuid.uuid4, unique=True)

    class Meta:
        verbose_name = _("stop coding")
        verbose_name_plural = _("stop codings")
        indexes = (models.Index(fields=("machine", "recorded_at"), name="stop_coding_machine"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(span__isempty=False),
                name="stop_coding_span_not_empty",
                violation_error_message=_("The interval must have a length."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.machine_id}: {self.reason_id}"
