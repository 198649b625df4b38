"""Where the fields of a flat IDoc's segments lie, as the partner's own system lists them."""

from __future__ import annotations

from django.db import models
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from mes.lib.tracking import tracked


@tracked
class SegmentDictionary(models.Model):
    """The field lists of one SAP system. Several connections may share it."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)

    class Meta:
        verbose_name = _("segment dictionary")
        verbose_name_plural = _("segment dictionaries")
        ordering = ("code",)

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


@tracked
class SegmentField(models.Model):
    """One field of a segment: ``length`` characters from ``offset`` on, counted inside the segment's data.

    ``segment`` is the segment's definition (``E2MARAM005``) or its type (``E1MARAM``); the definition wins.
    """

    dictionary = models.ForeignKey(
        SegmentDictionary, verbose_name=_("dictionary"), on_delete=models.CASCADE, related_name="fields"
    )
    segment = models.CharField(_("segment"), max_length=30)
    name = models.CharField(_("field"), max_length=30)
    kind = models.CharField(_("kind"), max_length=30, blank=True, default="")
    length = models.PositiveSmallIntegerField(_("length"))
    offset = models.PositiveSmallIntegerField(_("offset"))

    class Meta:
        verbose_name = _("segment field")
        verbose_name_plural = _("segment fields")
        ordering = ("dictionary", "segment", "offset")
        constraints = (
            models.UniqueConstraint(
                fields=("dictionary", "segment", "name"),
                name="segment_field_unique",
                violation_error_message=_("The segment has this field already."),
            ),
            models.CheckConstraint(
                condition=models.Q(length__gte=1, offset__lte=1000 - F("length")),
                name="segment_field_inside",
                violation_error_message=_("A field lies inside the 1,000 characters of a segment's data."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.segment}-{self.name}"
