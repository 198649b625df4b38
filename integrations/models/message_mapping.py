"""How a partner's own layout is read or written, as data in versions that never change once published."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from integrations.enums import MappingDirection
from mes.lib.tracking import tracked, tracked_without


@tracked_without("sample")
class MessageMapping(models.Model):
    """The mapping of one layout. ``sample`` is a file of that layout, kept for the preview."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    direction = models.CharField(_("direction"), max_length=3, choices=MappingDirection)
    sample = models.BinaryField(_("sample"), blank=True, default=b"")
    sample_name = models.CharField(_("sample file"), max_length=255, blank=True, default="")

    class Meta:
        verbose_name = _("message mapping")
        verbose_name_plural = _("message mappings")
        ordering = ("code",)

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def published(self) -> MessageMappingVersion | None:
        """The version in force."""
        return self.versions.filter(published_at__isnull=False).order_by("-number").first()

    @property
    def draft(self) -> MessageMappingVersion | None:
        return self.versions.filter(published_at__isnull=True).first()


@tracked
class MessageMappingVersion(models.Model):
    """One state of a mapping. ``definition``: see ``integrations.erp.mapped.definition``. ``revision`` counts
    the saves of a draft, so that two people don't overwrite each other."""

    mapping = models.ForeignKey(
        MessageMapping, verbose_name=_("message mapping"), on_delete=models.PROTECT, related_name="versions"
    )
    number = models.PositiveIntegerField(_("version"))
    definition = models.JSONField(_("definition"), default=dict)
    note = models.CharField(_("what changed"), max_length=300, blank=True, default="")
    revision = models.PositiveIntegerField(_("saved times"), default=1)
    edited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("edited by"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )
    edited_at = models.DateTimeField(_("edited at"), default=timezone.now)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("published by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    published_at = models.DateTimeField(_("published at"), null=True, blank=True)

    class Meta:
        verbose_name = _("version of a message mapping")
        verbose_name_plural = _("versions of message mappings")
        ordering = ("mapping", "-number")
        constraints = (
            models.UniqueConstraint(
                fields=("mapping", "number"),
                name="mapping_version_unique",
                violation_error_message=_("This mapping has this version already."),
            ),
            models.UniqueConstraint(
                fields=("mapping",),
                condition=Q(published_at__isnull=True),
                name="mapping_one_draft",
                violation_error_message=_("A mapping has one draft at a time."),
            ),
            models.CheckConstraint(
                condition=Q(published_at__isnull=True, published_by__isnull=True)
                | Q(published_at__isnull=False, published_by__isnull=False),
                name="mapping_published_who_when",
                violation_error_message=_("Who published a version and when belong together."),
            ),
        )
        triggers = (
            pgtrigger.Protect(
                name="published_is_final",
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Q(old__published_at__isnull=False),
            ),
        )

    def __str__(self) -> str:
        return f"{self.mapping.code} v{self.number}"
