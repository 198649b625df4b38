"""Labels and travellers: their templates, the printers, when to print by itself, and the queue of prints."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from machines.models import Plant
from mes.lib.tracking import tracked
from orders.enums import LabelFormat, LabelSubject, PrinterKind, PrintState, PrintTrigger
from orders.models.item import Item


@tracked
class LabelTemplate(models.Model):
    """How a label or a traveller looks. ``body`` is ZPL, or lines as ``docs/how-to/labels.md`` describes
    them; ``{item.code}`` and the like are filled in."""

    code = models.CharField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)
    subject = models.CharField(_("about"), max_length=10, choices=LabelSubject)
    format = models.CharField(_("format"), max_length=10, choices=LabelFormat, default=LabelFormat.ZPL)
    width_mm = models.PositiveSmallIntegerField(_("width (mm)"), default=100)
    height_mm = models.PositiveSmallIntegerField(_("height (mm)"), default=50)
    dots_per_mm = models.PositiveSmallIntegerField(
        _("dots per mm"), default=8, help_text=_("Of the label printer: 8 (203 dpi), 12 (300 dpi), 24.")
    )
    body = models.TextField(_("content"))
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("label template")
        verbose_name_plural = _("label templates")
        ordering = ("code",)
        constraints = (
            models.CheckConstraint(
                condition=Q(width_mm__range=(10, 300)) & Q(height_mm__range=(5, 420)),
                name="label_size_sensible",
                violation_error_message=_("A label is 10 to 300 mm wide and 5 to 420 mm high."),
            ),
            models.CheckConstraint(
                condition=Q(dots_per_mm__range=(6, 24)),
                name="label_resolution_sensible",
                violation_error_message=_("A label printer has 6 to 24 dots per millimetre."),
            ),
            models.CheckConstraint(
                condition=~Q(format="traveller") | Q(subject="order"),
                name="label_traveller_of_order",
                violation_error_message=_("A traveller is about an order."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


@tracked
class Printer(models.Model):
    """Where prints go. A network printer listens on a port and prints what it gets."""

    plant = models.ForeignKey(Plant, verbose_name=_("plant"), on_delete=models.PROTECT, related_name="+")
    code = models.CharField(_("code"), max_length=40)
    name = models.CharField(_("name"), max_length=120, blank=True, default="")
    kind = models.CharField(_("kind"), max_length=10, choices=PrinterKind, default=PrinterKind.RAW)
    host = models.CharField(
        _("address"), max_length=200, blank=True, default="", help_text=_("Host name or IP address.")
    )
    port = models.PositiveIntegerField(_("port"), default=9100)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("printer")
        verbose_name_plural = _("printers")
        ordering = ("plant", "code")
        constraints = (
            models.UniqueConstraint(
                fields=("plant", "code"),
                name="printer_code_unique",
                violation_error_message=_("This plant already has a printer with this code."),
            ),
            models.CheckConstraint(
                condition=Q(kind="download") | ~Q(host=""),
                name="printer_has_address",
                violation_error_message=_("A network printer has an address."),
            ),
            models.CheckConstraint(
                condition=Q(port__range=(1, 65535)),
                name="printer_port",
                violation_error_message=_("A port is a number from 1 to 65535."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.name}".strip()


@tracked
class PrintRule(models.Model):
    """What is printed by itself when something happens; for one item or, without one, for all."""

    plant = models.ForeignKey(Plant, verbose_name=_("plant"), on_delete=models.PROTECT, related_name="+")
    trigger = models.CharField(_("when"), max_length=10, choices=PrintTrigger)
    item = models.ForeignKey(
        Item,
        verbose_name=_("item"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Empty: every item."),
    )
    template = models.ForeignKey(
        LabelTemplate, verbose_name=_("template"), on_delete=models.PROTECT, related_name="rules"
    )
    printer = models.ForeignKey(
        Printer, verbose_name=_("printer"), on_delete=models.PROTECT, related_name="rules"
    )
    copies = models.PositiveSmallIntegerField(_("copies"), default=1)
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("print rule")
        verbose_name_plural = _("print rules")
        ordering = ("plant", "trigger", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(copies__range=(1, 50)),
                name="print_rule_copies",
                violation_error_message=_("1 to 50 copies are printed."),
            ),
            models.UniqueConstraint(
                fields=("plant", "trigger", "item", "template", "printer"),
                nulls_distinct=False,
                name="print_rule_unique",
                violation_error_message=_("There already is such a rule."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_trigger_display()}: {self.template_id}"


class PrintCursor(models.Model):
    """How far a rule has looked at the facts of its trigger.

    Up to ``settled`` everything was looked at for good. ``marked`` was the newest fact at ``marked_at``: it
    becomes ``settled`` some time later, so that what commits late is seen too.
    """

    rule = models.OneToOneField(PrintRule, on_delete=models.CASCADE, primary_key=True, related_name="cursor")
    settled = models.BigIntegerField()
    marked = models.BigIntegerField()
    marked_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.rule_id} {self.settled}"


class PrintJob(models.Model):
    """One print in the queue. ``content`` is what was made of the template at the first attempt and stays.

    ``source`` names the fact that a rule printed for: at most one job for both. ``claimed_until`` is the
    lease of the worker that prints.
    """

    key = models.UUIDField(_("key"), default=uuid.uuid4, unique=True)
    plant = models.ForeignKey(Plant, on_delete=models.PROTECT, related_name="+")
    template = models.ForeignKey(
        LabelTemplate, verbose_name=_("template"), on_delete=models.PROTECT, related_name="jobs"
    )
    printer = models.ForeignKey(
        Printer, verbose_name=_("printer"), on_delete=models.PROTECT, related_name="jobs"
    )
    subject_id = models.BigIntegerField(_("about"))
    title = models.CharField(_("title"), max_length=120)
    copies = models.PositiveSmallIntegerField(_("copies"), default=1)
    rule = models.ForeignKey(
        PrintRule,
        verbose_name=_("rule"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="jobs",
    )
    source = models.CharField(max_length=40, blank=True, default="")
    state = models.CharField(_("state"), max_length=10, choices=PrintState, default=PrintState.WAITING)
    content = models.BinaryField(_("content"), null=True)
    attempts = models.PositiveIntegerField(_("attempts"), default=0)
    problem = models.CharField(_("problem"), max_length=500, blank=True, default="")
    created_at = models.DateTimeField(_("asked for"), default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, null=True, related_name="+"
    )
    next_try_at = models.DateTimeField(_("next try at"), default=timezone.now)
    claimed_until = models.DateTimeField(null=True)
    printed_at = models.DateTimeField(_("printed at"), null=True)

    class Meta:
        verbose_name = _("print")
        verbose_name_plural = _("prints")
        ordering = ("-id",)
        indexes = (
            models.Index(fields=("next_try_at",), name="print_waiting", condition=Q(state="waiting")),
            models.Index(fields=("id",), name="print_failed", condition=Q(state="failed")),
        )
        constraints = (
            models.UniqueConstraint(
                fields=("rule", "source"),
                condition=Q(rule__isnull=False),
                name="print_once_per_rule_and_fact",
                violation_error_message=_("This rule has already printed for it."),
            ),
            models.CheckConstraint(
                condition=~Q(state="failed") | ~Q(problem=""),
                name="print_failed_with_reason",
                violation_error_message=_("A print that failed says why."),
            ),
            models.CheckConstraint(
                condition=Q(state="printed", printed_at__isnull=False)
                | (~Q(state="printed") & Q(printed_at__isnull=True)),
                name="print_printed_with_time",
                violation_error_message=_("Exactly what is printed has a time of printing."),
            ),
        )

    def __str__(self) -> str:
        return self.title
