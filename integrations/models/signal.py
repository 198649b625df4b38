"""How machines are connected: gateways, connections, and what each of their items means."""

from __future__ import annotations

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
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
    refused_at = models.DateTimeField(
        _("last refused at"), null=True, help_text=_("It came with a key that is revoked or expired.")
    )

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


class SignalValues(models.Model):
    """What came in last by item of a connection, written while somebody looks.

    ``values``: see ``integrations.signals.seen.Seen.as_json``.
    """

    connection = models.OneToOneField(
        SignalConnection, on_delete=models.CASCADE, primary_key=True, related_name="seen"
    )
    watched_until = models.DateTimeField(_("somebody looks until"), null=True)
    written_at = models.DateTimeField(_("written at"), null=True)
    values = models.JSONField(_("values"), default=dict)

    class Meta:
        verbose_name = _("last values")
        verbose_name_plural = _("last values")

    def __str__(self) -> str:
        return str(self.connection_id)


class BrowseRequest(models.Model):
    """A question to whoever runs a connection: are you there, and what do you offer?

    ``items`` are ``integrations.signals.base.BrowsedItem`` as JSON; ``more`` counts those left out.
    """

    connection = models.ForeignKey(SignalConnection, on_delete=models.CASCADE, related_name="browses")
    requested_at = models.DateTimeField(_("requested at"), default=timezone.now)
    taken_at = models.DateTimeField(_("taken at"), null=True)
    answered_at = models.DateTimeField(_("answered at"), null=True)
    seconds = models.FloatField(_("took (s)"), default=0)
    problem_code = models.CharField(max_length=20, blank=True, default="")
    problem = models.CharField(_("problem"), max_length=500, blank=True, default="")
    items = models.JSONField(_("items"), default=list)
    more = models.PositiveIntegerField(_("items left out"), default=0)

    class Meta:
        verbose_name = _("browse request")
        verbose_name_plural = _("browse requests")
        indexes = (
            models.Index(fields=("requested_at",), condition=Q(answered_at=None), name="browse_unanswered"),
        )

    def __str__(self) -> str:
        return f"{self.connection_id} {self.requested_at}"


class GatewayGap(models.Model):
    """What a gateway had to drop because its buffer was full: the machine's state is unknown in between."""

    append_only = True

    gateway = models.ForeignKey(
        Gateway, verbose_name=_("gateway"), on_delete=models.PROTECT, related_name="gaps"
    )
    key = models.UUIDField(unique=True, editable=False)
    source = models.CharField(_("connection"), max_length=80)
    machine_code = models.CharField(_("machine"), max_length=40)
    since = models.DateTimeField(_("from"))
    until = models.DateTimeField(_("until"))
    samples = models.PositiveIntegerField(_("samples"))
    reported_at = models.DateTimeField(_("reported at"), default=timezone.now)

    class Meta:
        verbose_name = _("gap of a gateway")
        verbose_name_plural = _("gaps of gateways")
        ordering = ("-reported_at",)
        constraints = (
            models.CheckConstraint(
                condition=Q(until__gte=models.F("since")),
                name="gateway_gap_forward",
                violation_error_message=_("A gap ends after it begins."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.machine_code} {self.since}"


class SampleBatch(models.Model):
    """A batch of samples that carried the sender's key, and how it was answered. Kept for some days."""

    account = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(_("key"), max_length=100)
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    answer = models.JSONField(_("answer"))
    received_at = models.DateTimeField(_("received at"), default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("batch of samples")
        verbose_name_plural = _("batches of samples")
        constraints = (
            models.UniqueConstraint(
                fields=("account", "key"),
                name="sample_batch_key_unique",
                violation_error_message=_("This key was used before."),
            ),
        )

    def __str__(self) -> str:
        return self.key


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
