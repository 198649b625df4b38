"""Engineering: the revisions of an item with their documents, from draft to release."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mes.lib.tracking import tracked
from orders.models.download import ProgramFile
from orders.models.item import Item


@tracked
class ItemRevision(models.Model):
    """One revision of an item. While it is a draft, nothing is made by it; released, it is never changed."""

    item = models.ForeignKey(Item, verbose_name=_("item"), on_delete=models.PROTECT, related_name="revisions")
    code = models.CharField(_("revision"), max_length=20)
    reason = models.CharField(
        _("reason"), max_length=300, help_text=_("What is new in it, or what the customer asked for.")
    )
    opened_at = models.DateTimeField(_("opened at"), default=timezone.now)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("opened by"),
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
    )
    released_at = models.DateTimeField(_("released at"), null=True, blank=True)
    released_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("released by"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )

    class Meta:
        verbose_name = _("revision of an item")
        verbose_name_plural = _("revisions of items")
        ordering = ("item", "-opened_at", "-pk")
        constraints = (
            models.UniqueConstraint(
                fields=("item", "code"),
                name="item_revision_unique",
                violation_error_message=_("This item already has this revision."),
            ),
            models.UniqueConstraint(
                fields=("item",),
                condition=Q(released_at__isnull=True),
                name="item_revision_one_draft",
                violation_error_message=_("This item already has a revision in work."),
            ),
            models.CheckConstraint(
                condition=~Q(code=""),
                name="item_revision_has_code",
                violation_error_message=_("A revision has a code."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.item.code} {self.code}"


@tracked
class RevisionDocument(models.Model):
    """A drawing, model, program sheet or calculation of a revision, with its own version."""

    revision = models.ForeignKey(
        ItemRevision, verbose_name=_("revision"), on_delete=models.CASCADE, related_name="documents"
    )
    name = models.CharField(_("document"), max_length=120)
    version = models.CharField(_("version"), max_length=20, blank=True, default="")
    file_name = models.CharField(_("file name"), max_length=200)
    file = models.ForeignKey(ProgramFile, verbose_name=_("file"), on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(_("added at"), default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        verbose_name = _("document of a revision")
        verbose_name_plural = _("documents of revisions")
        ordering = ("revision", "name")
        constraints = (
            models.UniqueConstraint(
                fields=("revision", "name"),
                name="revision_document_unique",
                violation_error_message=_("This revision already has this document."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.name} {self.version}".strip()
