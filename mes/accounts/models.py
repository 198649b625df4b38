"""People, what they can do, and the machine accounts of partners and gateways."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from mes.accounts.roles import ACCOUNTS, AT_TERMINALS, PEOPLE, RIGHTS, MessageType, Right, Role
from mes.lib.fields import IntegerMultirangeField
from mes.lib.tracking import tracked, tracked_links, tracked_without


def keyed_hash(secret: str) -> str:
    """The look-up hash of a badge or API key: HMAC-SHA256 with the installation's secret, hexadecimal.

    Deterministic so that it can be looked up by index; worthless without the secret key.
    """
    return hmac.new(settings.SECRET_KEY.encode(), secret.encode(), hashlib.sha256).hexdigest()


class Meaning(models.TextChoices):
    """What a signature says (21 CFR 11.50)."""

    PERFORMED = "performed", _("performed")
    REVIEWED = "reviewed", _("reviewed")
    APPROVED = "approved", _("approved")
    RELEASED = "released", _("released")


class ProofMethod(models.TextChoices):
    """How a person proved to be the one who signs."""

    PASSWORD = "password", _("password")
    BADGE_AND_PIN = "badge_and_pin", _("badge and PIN")


@tracked
class Skill(models.Model):
    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=120)

    class Meta:
        verbose_name = _("skill")
        verbose_name_plural = _("skills")
        ordering = ("code",)

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


@tracked_without("password", "last_login", "badge_hash", "pin_hash")
class User(AbstractUser):
    """A person. Operators log on at a terminal by badge or PIN, everybody else by password.

    Deactivated, never deleted, so that every record keeps its author.
    """

    roles = ArrayField(
        models.CharField(max_length=20, choices=[(role.value, role.value) for role in PEOPLE]),
        verbose_name=_("roles"),
        default=list,
        blank=True,
    )
    personnel_number = models.CharField(_("personnel number"), max_length=20, blank=True, default="")
    badge_hash = models.CharField(max_length=64, blank=True, default="", editable=False)
    pin_hash = models.CharField(max_length=160, blank=True, default="", editable=False)
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES, default="en")
    skills = models.ManyToManyField(Skill, verbose_name=_("skills"), blank=True, related_name="people")

    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ("username",)
        constraints = (
            models.UniqueConstraint(
                fields=("badge_hash",),
                condition=~models.Q(badge_hash=""),
                name="user_badge_unique",
                violation_error_message=_("Another person already has this badge."),
            ),
            models.UniqueConstraint(
                fields=("personnel_number",),
                condition=~models.Q(personnel_number=""),
                name="user_personnel_number_unique",
                violation_error_message=_("Another person already has this personnel number."),
            ),
        )

    def __str__(self) -> str:
        return self.get_full_name() or self.username

    at_terminal = False
    """Logged on by badge or PIN: set by the log-in's backend for this session."""

    @property
    def rights(self) -> frozenset[Right]:
        if not self.is_active:
            return frozenset()
        if self.is_superuser:
            mine = RIGHTS[Role.ADMIN]
        else:
            mine = frozenset().union(*(RIGHTS[Role(role)] for role in self.roles))
        return mine & AT_TERMINALS if self.at_terminal else mine

    def may(self, right: Right) -> bool:
        return right in self.rights

    def set_badge(self, badge: str) -> None:
        self.badge_hash = keyed_hash(badge) if badge else ""

    def set_pin(self, pin: str) -> None:
        self.pin_hash = make_password(pin) if pin else ""

    def pin_is(self, pin: str) -> bool:
        return bool(self.pin_hash) and check_password(pin, self.pin_hash)


@tracked_links
class PersonSkill(User.skills.through):  # type: ignore[misc, name-defined]
    """Who has learnt what, as rows of the audit history."""

    class Meta:
        proxy = True
        verbose_name = _("skill of a person")
        verbose_name_plural = _("skills of people")

    def __str__(self) -> str:
        return f"{self.user}: {self.skill}"


def message_types(name: Any) -> ArrayField[Any, Any]:
    return ArrayField(
        models.CharField(max_length=20, choices=[(one.value, one.value) for one in MessageType]),
        verbose_name=name,
        default=list,
        blank=True,
        help_text=_("Nothing chosen in both: everything that the role allows."),
    )


@tracked_without("key_hash", "last_used_at")
class ApiKey(models.Model):
    """A machine account: an ERP partner or a gateway. Only the hash of its key is kept."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    role = models.CharField(_("role"), max_length=20, choices=[(role.value, role.value) for role in ACCOUNTS])
    sends = message_types(_("may send"))
    reads = message_types(_("may read"))
    prefix = models.CharField(_("prefix"), max_length=8, editable=False)
    key_hash = models.CharField(max_length=64, unique=True, editable=False)
    active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("created at"), default=timezone.now, editable=False)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used at"), null=True, blank=True, editable=False)

    is_authenticated = True
    is_anonymous = False

    class Meta:
        verbose_name = _("API key")
        verbose_name_plural = _("API keys")
        ordering = ("name",)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @classmethod
    def issue(cls, *, name: str, role: Role, key: str = "", **kwargs: Any) -> tuple[ApiKey, str]:
        """Make a key; its text is returned once and never stored."""
        text = key or secrets.token_urlsafe(32)
        return cls.objects.create(
            name=name, role=role, prefix=text[:8], key_hash=keyed_hash(text), **kwargs
        ), text

    @property
    def is_active(self) -> bool:
        return self.active

    def valid_at(self, moment: datetime) -> bool:
        return self.active and (self.expires_at is None or moment < self.expires_at)

    @property
    def rights(self) -> frozenset[Right]:
        return RIGHTS[Role(self.role)] if self.active else frozenset()

    def may(self, right: Right) -> bool:
        return right in self.rights

    def exchanges(self, message_type: str, *, reading: bool) -> bool:
        """Whether the key is meant for such messages; its role decides besides. Doors that belong to no type
        are closed to a key that is kept to some."""
        if not self.sends and not self.reads:
            return True
        return message_type in (self.reads if reading else self.sends)


class Signature(models.Model):
    """An electronic signature: who signed what, when, and what it means (21 CFR 11.50, 11.70).

    ``content`` is what was signed, as text, and ``digest`` its SHA-256; ``name`` is the printed name at that
    time. The record is named by its table and number: a signature outlives everything, and refers upwards.
    """

    append_only = True

    table = models.CharField(_("table"), max_length=63)
    record = models.BigIntegerField(_("record"))
    meaning = models.CharField(_("meaning"), max_length=20, choices=Meaning)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+"
    )
    name = models.CharField(_("printed name"), max_length=320)
    method = models.CharField(_("proved by"), max_length=20, choices=ProofMethod)
    content = models.TextField(_("signed content"))
    digest = models.CharField(_("SHA-256"), max_length=64)
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("signature")
        verbose_name_plural = _("signatures")
        ordering = ("id",)
        indexes = (models.Index(fields=("table", "record"), name="signature_record"),)

    def __str__(self) -> str:
        return f"{self.name}: {self.get_meaning_display()}"


class SigningFailure(models.Model):
    """An attempt to sign that failed: who was logged on, from where, and why."""

    append_only = True

    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("by"), on_delete=models.PROTECT, related_name="+"
    )
    address = models.GenericIPAddressField(_("address"), null=True)
    reason = models.CharField(_("reason"), max_length=40)
    at = models.DateTimeField(_("at"), default=timezone.now)

    class Meta:
        verbose_name = _("failed signature")
        verbose_name_plural = _("failed signatures")
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.by_id} {self.reason}"


class Seal(models.Model):
    """Audit rows that were there when they were sealed, chained: nobody changes one without being found.

    ``row_hashes`` holds the SHA-256 of each row in order of ``ids``; ``digest`` covers them and the seal
    before of the same table. ``columns`` are those that were hashed, so that a later column breaks nothing.
    """

    append_only = True

    table = models.CharField(_("table"), max_length=63)
    ids = IntegerMultirangeField(_("rows"))
    columns = ArrayField(models.CharField(max_length=63), verbose_name=_("columns"))
    row_hashes = models.BinaryField(_("hashes of the rows"))
    previous = models.CharField(_("seal before"), max_length=64, blank=True, default="")
    digest = models.CharField(_("seal"), max_length=64)
    sealed_at = models.DateTimeField(_("sealed at"), default=timezone.now)

    class Meta:
        verbose_name = _("seal")
        verbose_name_plural = _("seals")
        ordering = ("id",)
        constraints = (models.UniqueConstraint(fields=("table", "previous"), name="seal_one_chain"),)

    def __str__(self) -> str:
        return f"{self.table} {self.digest[:12]}"
