"""How machines are connected: gateways, connections, and what each of their items means."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from integrations.enums import LinkState, SignalProtocol, SignalRole
from machines.models import Machine, Plant
from mes.accounts.models import ApiKey
from mes.lib.tracking import tracked


@tracked
class Gateway(models.Model):
    """A computer near the machines that runs signal connections and forwards what they give."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    plant = models.ForeignKey(Plant, verbose_name=_("plant"), on_delete=models.PROTECT, related_name="+")
    api_key = models.OneToOneField(
        ApiKey,
        verbose_name=_("API key"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="gateway",
    )
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("gateway")
        verbose_name_plural = _("gateways")
        ordering = ("code",)

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class GatewayNow(models.Model):
    """What a gateway said last about itself. ``buffered`` and ``dropped`` count samples."""

    gateway = models.OneToOneField(Gateway, on_delete=models.CASCADE, primary_key=True, related_name="now")
    seen_at = models.DateTimeField(_("last heard of"))
    started_at = models.DateTimeField(_("running since"), null=True)
    version = models.CharField(_("version"), max_length=40, blank=True, default="")
    buffered = models.BigIntegerField(_("samples waiting in it"), default=0)
    oldest_at = models.DateTimeField(_("oldest waiting sample"), null=True)
    dropped = models.BigIntegerField(_("samples it had to drop"), default=0)

    class Meta:
        verbose_name = _("gateway status")
        verbose_name_plural = _("gateway statuses")

    def __str__(self) -> str:
        return str(self.gateway_id)


@tracked
class SignalConnection(models.Model):
    """One sender of signals: an agent, a server, a broker, a folder. Secrets stay in the environment."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    plant = models.ForeignKey(Plant, verbose_name=_("plant"), on_delete=models.PROTECT, related_name="+")
    gateway = models.ForeignKey(
        Gateway,
        verbose_name=_("gateway"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="connections",
        help_text=_("Who connects to it. Empty: this server."),
    )
    protocol = models.CharField(_("protocol"), max_length=20, choices=SignalProtocol)
    address = models.CharField(
        _("address"), max_length=500, help_text=_("URL of the agent, server or broker, or a folder.")
    )
    secret_name = models.CharField(
        _("secret name"),
        max_length=60,
        blank=True,
        default="",
        help_text=_("Name of the environment variable that holds user:password."),
    )
    options = models.JSONField(_("options"), default=dict, blank=True)
    active = models.BooleanField(
        _("switched on"), default=False, help_text=_("Only then its values reach the machines.")
    )

    class Meta:
        verbose_name = _("signal connection")
        verbose_name_plural = _("signal connections")
        ordering = ("code",)

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class SignalConnectionNow(models.Model):
    """How a connection fares, and where it goes on after a restart."""

    connection = models.OneToOneField(
        SignalConnection, on_delete=models.CASCADE, primary_key=True, related_name="now"
    )
    state = models.CharField(_("state"), max_length=12, choices=LinkState, default=LinkState.OFF)
    since = models.DateTimeField(_("since"), null=True)
    problem = models.CharField(_("problem"), max_length=500, blank=True, default="")
    heard_at = models.DateTimeField(_("last value at"), null=True)
    stood_at = models.DateTimeField(_("last known to be connected"), null=True)
    received = models.BigIntegerField(_("values received"), default=0)
    rejected = models.BigIntegerField(_("values rejected"), default=0)
    rejection = models.CharField(_("last rejection"), max_length=500, blank=True, default="")
    cursor = models.JSONField(_("read up to"), default=dict)
    held_by = models.CharField(_("run by"), max_length=80, blank=True, default="")
    held_until = models.DateTimeField(_("run until"), null=True)

    class Meta:
        verbose_name = _("signal connection status")
        verbose_name_plural = _("signal connection statuses")
        constraints = (
            models.CheckConstraint(
                condition=Q(held_by="", held_until__isnull=True)
                | (~Q(held_by="") & Q(held_until__isnull=False)),
                name="signal_connection_now_lease_pair",
                violation_error_message=_("Who runs a connection and until when belong together."),
            ),
        )

    def __str__(self) -> str:
        return str(self.connection_id)


@tracked
class SignalMapping(models.Model):
    """What one item of a sender means for one machine."""

    connection = models.ForeignKey(
        SignalConnection, verbose_name=_("connection"), on_delete=models.CASCADE, related_name="mappings"
    )
    address = models.CharField(_("item"), max_length=500, help_text=_("As the sender names it."))
    machine = models.ForeignKey(
        Machine, verbose_name=_("machine"), on_delete=models.PROTECT, related_name="+"
    )
    slot = models.PositiveSmallIntegerField(
        _("slot"), default=0, help_text=_("0: the whole machine."), validators=[MinValueValidator(0)]
    )
    role = models.CharField(_("role"), max_length=40, choices=SignalRole)
    values = models.JSONField(
        _("value table"),
        default=dict,
        blank=True,
        help_text=_('What the sender\'s values mean, e.g. {"3": "EXECUTE"}; others stay as they are.'),
    )
    factor = models.DecimalField(
        _("factor"),
        max_digits=18,
        decimal_places=9,
        null=True,
        blank=True,
        help_text=_("Numbers are multiplied by it."),
    )

    class Meta:
        verbose_name = _("signal mapping")
        verbose_name_plural = _("signal mappings")
        ordering = ("connection", "machine", "role")
        constraints = (
            models.UniqueConstraint(
                fields=("connection", "address", "machine"),
                name="signal_mapping_unique",
                violation_error_message=_("This item is already mapped for this machine."),
            ),
            models.CheckConstraint(
                condition=Q(factor__isnull=True) | ~Q(factor=0),
                name="signal_mapping_factor_not_zero",
                violation_error_message=_("A factor of zero would make every value zero."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.address} → {self.role}"


@tracked
class MappingTemplate(models.Model):
    """The mapping of a machine type, ready to be applied to the next machine of its kind."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    protocol = models.CharField(_("protocol"), max_length=20, choices=SignalProtocol)

    class Meta:
        verbose_name = _("mapping template")
        verbose_name_plural = _("mapping templates")
        ordering = ("code",)

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


@tracked
class MappingTemplateRow(models.Model):
    """Items whose address matches ``pattern`` (a shell pattern such as ``*execution``) have this role."""

    template = models.ForeignKey(
        MappingTemplate, verbose_name=_("template"), on_delete=models.CASCADE, related_name="rows"
    )
    pattern = models.CharField(_("item pattern"), max_length=500)
    role = models.CharField(_("role"), max_length=40, choices=SignalRole)
    values = models.JSONField(_("value table"), default=dict, blank=True)
    factor = models.DecimalField(_("factor"), max_digits=18, decimal_places=9, null=True, blank=True)

    class Meta:
        verbose_name = _("mapping template row")
        verbose_name_plural = _("mapping template rows")
        ordering = ("template", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("template", "pattern"),
                name="mapping_template_row_unique",
                violation_error_message=_("This template already has a row for this pattern."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.pattern} → {self.role}"
