"""The fixed vocabularies of integrations."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Format(models.TextChoices):
    """The format of a connection's messages; one folder per format in ``integrations.erp``."""

    IDOC = "idoc", _("SAP IDoc XML")
    CSV = "csv", _("CSV files")
    API = "api", _("REST API")


class Delivery(models.TextChoices):
    """How confirmations leave."""

    NONE = "none", _("not sent")
    WEBHOOK = "webhook", _("signed webhook")
    PULL = "pull", _("pulled by the partner")
    FILE = "file", _("file drop")


class InboundState(models.TextChoices):
    RECEIVED = "received", _("received")
    APPLIED = "applied", _("applied")
    PARTLY = "partly", _("partly applied")
    REFUSED = "refused", _("refused")
    OBSOLETE = "obsolete", _("obsolete")


class OutboundState(models.TextChoices):
    QUEUED = "queued", _("queued")
    SENDING = "sending", _("being sent")
    DELIVERED = "delivered", _("delivered")
    POSTED = "posted", _("posted in the ERP")
    PARKED = "parked", _("refused, waits for a person")
    DISCARDED = "discarded", _("discarded by a person")
