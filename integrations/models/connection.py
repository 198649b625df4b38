"""Connections: the partners that messages come from and go to."""

from __future__ import annotations

from django.core.validators import URLValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from integrations.enums import ConfirmWhen, Delivery, Format, MappingDirection, NightShiftDay
from integrations.models.dictionary import SegmentDictionary
from integrations.models.message_mapping import MessageMapping
from machines.models import Plant
from mes.accounts.models import ApiKey
from mes.lib.tracking import tracked


@tracked
class Connection(models.Model):
    """One partner system: an ERP client, a file exchange. Secrets stay in the environment, named here."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    plant = models.ForeignKey(
        Plant,
        verbose_name=_("plant"),
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Whose local time the partner's times without zone are, and the plant of its orders."),
    )
    format = models.CharField(_("format"), max_length=20, choices=Format)
    api_key = models.OneToOneField(
        ApiKey,
        verbose_name=_("API key"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="connection",
    )
    inbox_folder = models.CharField(
        _("inbox folder"), max_length=300, blank=True, default="", help_text=_("Below the exchange folder.")
    )
    outbox_folder = models.CharField(_("outbox folder"), max_length=300, blank=True, default="")
    encoding = models.CharField(_("encoding"), max_length=20, blank=True, default="utf-8-sig")
    delivery = models.CharField(_("confirmations by"), max_length=10, choices=Delivery, default=Delivery.NONE)
    address = models.CharField(
        _("address"),
        max_length=500,
        blank=True,
        default="",
        validators=[URLValidator(schemes=("http", "https", "postgresql"))],
        help_text=_("Of the webhook, of the partner's interface, or of its database with staging tables."),
    )
    secret_name = models.CharField(
        _("secret name"),
        max_length=60,
        blank=True,
        default="",
        help_text=_("Name of the environment variable that holds the signing secret or the password."),
    )
    fetch_every_seconds = models.PositiveIntegerField(
        _("ask every (s)"),
        null=True,
        blank=True,
        help_text=_("How often the partner is asked for what it has for us. Empty: never."),
    )
    confirm_every_seconds = models.PositiveIntegerField(
        _("confirm every (s)"), default=60, help_text=_("Reports of an operation are collected this long.")
    )
    confirm_when = models.CharField(
        _("confirm"),
        max_length=20,
        choices=ConfirmWhen,
        default=ConfirmWhen.INTERVAL,
        help_text=_("A finished operation is confirmed at once. No confirmation crosses a shift or a day."),
    )
    upload_delay_seconds = models.PositiveIntegerField(
        _("upload delay (s)"),
        default=0,
        help_text=_("Confirmations wait this long for corrections before they leave."),
    )
    night_shift_day = models.CharField(
        _("night shifts are posted on"),
        max_length=10,
        choices=NightShiftDay,
        default=NightShiftDay.START,
    )
    release_on_arrival = models.BooleanField(
        _("release on arrival"), default=False, help_text=_("Release orders that the ERP has released.")
    )
    segment_dictionary = models.ForeignKey(
        SegmentDictionary,
        verbose_name=_("segment dictionary"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Where the fields of flat IDocs lie. XML needs none."),
    )
    full_load_until = models.DateTimeField(
        _("full load armed until"),
        null=True,
        blank=True,
        help_text=_(
            "Until then a full load of the ERP removes orders that it doesn't name and nobody began."
        ),
    )
    wait_minutes = models.PositiveIntegerField(
        _("wait at most (min)"),
        default=60,
        help_text=_(
            "A message that names an item or work centre which is not here yet waits for it. "
            "Waiting longer than this is shown as trouble."
        ),
    )
    mapping = models.ForeignKey(
        MessageMapping,
        verbose_name=_("mapping of what comes in"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="connections",
        limit_choices_to={"direction": MappingDirection.IN},
        help_text=_("For a partner with a layout of its own."),
    )
    confirmation_mapping = models.ForeignKey(
        MessageMapping,
        verbose_name=_("mapping of confirmations"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="confirmation_connections",
        limit_choices_to={"direction": MappingDirection.OUT},
    )
    options = models.JSONField(_("format options"), default=dict, blank=True)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("connection")
        verbose_name_plural = _("connections")
        ordering = ("code",)
        constraints = (
            models.CheckConstraint(
                condition=~Q(format="mapped")
                | Q(mapping__isnull=False)
                | Q(confirmation_mapping__isnull=False),
                name="connection_mapped_has_mapping",
                violation_error_message=_("A layout of its own needs a message mapping."),
            ),
            models.CheckConstraint(
                condition=~Q(delivery__in=("webhook", "connector")) | ~Q(address=""),
                name="connection_called_has_address",
                violation_error_message=_("A webhook and a partner's interface need an address."),
            ),
            models.CheckConstraint(
                condition=~Q(delivery="file") | ~Q(outbox_folder=""),
                name="connection_file_has_folder",
                violation_error_message=_("A file drop needs a folder."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    @property
    def via(self) -> str:
        """How events name this connection as the channel they came through."""
        return f"erp:{self.code}"

    @property
    def channels(self) -> frozenset[str]:
        """All names of its channels: messages of the inbox, and the API under its key."""
        return frozenset({self.via, f"api:{self.api_key.name}"[:80]} if self.api_key else {self.via})
