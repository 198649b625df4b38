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
from mes.lib.tracking import tracked, tracked_without


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


class CodedBy(models.TextChoices):
    PERSON = "person", _("person")
    MACHINE = "machine", _("machine code")


class StopCodings(models.QuerySet["StopCoding"]):
    def in_force(self) -> StopCodings:
        """What holds now: neither superseded nor withdrawn."""
        return self.filter(superseded_by__isnull=True, withdrawn=False)


class StopCoding(models.Model):
    """What a person (or a machine code) said about a standstill. Never changed, only superseded.

    Where ``cut_start`` or ``cut_end`` is set, that border of ``span`` is a moment that a person named, inside
    the standstill; any other border follows the standstill when recomputation moves it. Codings with the same
    ``together`` tell of one stop that the machine interrupted for a moment.
    """

    append_only = True

    plant = models.ForeignKey(Plant, on_delete=models.PROTECT, related_name="+")
    machine = models.ForeignKey(Machine, on_delete=models.PROTECT, related_name="stop_codings")
    slot = models.PositiveSmallIntegerField(default=1)
    span = DateTimeRangeField(_("interval"))
    cut_start = models.BooleanField(_("start named by a person"), default=False)
    cut_end = models.BooleanField(_("end named by a person"), default=False)
    together = models.UUIDField(_("one stop with"), null=True)
    reason = models.ForeignKey(StopReason, on_delete=models.PROTECT, related_name="+")
    comment = models.CharField(_("comment"), max_length=500, blank=True, default="")
    why = models.CharField(_("why changed"), max_length=500, blank=True, default="")
    withdrawn = models.BooleanField(_("withdrawn"), default=False)
    source = models.CharField(_("said by"), max_length=10, choices=CodedBy, default=CodedBy.PERSON)
    mapping = models.ForeignKey(
        "machines.AlarmMapping", on_delete=models.PROTECT, null=True, related_name="codings"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    said_at = models.DateTimeField(
        _("said at"), default=timezone.now, help_text=_("Stays when the row only follows its standstill.")
    )
    recorded_at = models.DateTimeField(default=timezone.now)
    supersedes = models.OneToOneField(
        "self", on_delete=models.PROTECT, null=True, related_name="superseded_by"
    )
    key = models.UUIDField(_("key"), default=uuid.uuid4, unique=True)

    objects = StopCodings.as_manager()

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
            models.CheckConstraint(
                condition=~Q(source=CodedBy.MACHINE) | Q(by__isnull=True),
                name="stop_coding_machine_is_nobody",
                violation_error_message=_("What a machine code says was said by nobody."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.machine_id}: {self.reason_id}"

    @property
    def by_person(self) -> bool:
        return self.source == CodedBy.PERSON


@tracked_without("image")
class StopPhoto(models.Model):
    """A photo of a standstill, a JPEG made by us. One backup has its bytes and the facts."""

    plant = models.ForeignKey(Plant, on_delete=models.PROTECT, related_name="+")
    machine = models.ForeignKey(Machine, on_delete=models.PROTECT, related_name="+")
    slot = models.PositiveSmallIntegerField(default=1)
    span = DateTimeRangeField(_("interval"))
    image = models.BinaryField()
    width = models.PositiveSmallIntegerField()
    height = models.PositiveSmallIntegerField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField(default=timezone.now)
    removed_at = models.DateTimeField(null=True)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    key = models.UUIDField(default=uuid.uuid4, unique=True)

    class Meta:
        verbose_name = _("stop photo")
        verbose_name_plural = _("stop photos")
        indexes = (models.Index(fields=("machine", "recorded_at"), name="stop_photo_machine"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True, removed_by__isnull=True)
                | Q(removed_at__isnull=False, removed_by__isnull=False),
                name="stop_photo_removed_by_somebody",
                violation_error_message=_("A removed photo names who removed it."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.machine_id} {self.recorded_at:%Y-%m-%d %H:%M}"
