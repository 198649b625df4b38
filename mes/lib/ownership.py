"""Master data that the ERP and the plant both know: what the ERP said, and which fields the plant keeps."""

from __future__ import annotations

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.utils.translation import gettext_lazy as _

WITHOUT_AUDIT = ("erp_version", "erp_received_at")
"""They change with every message, also with one that says nothing new."""


class FromErp(models.Model):
    """A record that ERP messages may speak of: which of them was the last one applied.

    ``erp_version`` is compared as text; ``erp_received_at`` decides where a message has no version.
    """

    erp_version = models.CharField(_("ERP version"), max_length=60, blank=True, default="", editable=False)
    erp_received_at = models.DateTimeField(_("last from the ERP"), null=True, blank=True, editable=False)

    class Meta:
        abstract = True


class Pinnable(models.Model):
    """A record whose fields follow the ERP unless the plant has pinned them.

    ``erp_values``: what the ERP said last, by field, as JSON; a field that it never spoke of isn't in it.
    ``pinned``: names of the fields that keep the plant's value.
    """

    erp_values = models.JSONField(
        _("ERP values"), default=dict, blank=True, editable=False, encoder=DjangoJSONEncoder
    )
    pinned = models.JSONField(_("pinned fields"), default=list, blank=True, editable=False)

    class Meta:
        abstract = True
