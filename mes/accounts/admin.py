"""People, skills, machine accounts and locked log-ins."""

from __future__ import annotations

from typing import Any

from axes.models import AccessAttempt
from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminPasswordWidget

from mes.accounts.models import ApiKey, Skill, User, keyed_hash
from mes.accounts.roles import PEOPLE, RIGHTS, MessageType, Right, Role, role_word
from mes.accounts.tables import PIN, PersonTable, SkillTable
from mes.lib.admin.base import AdministrationAdmin, MasterDataAdmin, column, deactivate

ROLE_NAMES = {
    Role.OPERATOR: gettext_lazy("operator: logs on at terminals, reports quantities"),
    Role.SUPERVISOR: gettext_lazy("supervisor: also corrects, releases and sees messages"),
    Role.PLANNER: gettext_lazy("planner: releases and plans orders"),
    Role.QUALITY: gettext_lazy("quality: inspects and corrects"),
    Role.ENGINEER: gettext_lazy("engineer: maintains master data"),
    Role.ADMIN: gettext_lazy("admin: everything, also people and keys"),
}

admin.site.unregister(Group)


def secret_field(label: Any, help_text: Any) -> forms.CharField:
    """A field that can be written and never shows what is stored."""
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=False,
        strip=True,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "new-password"}),
    )


class PersonForm(forms.ModelForm):  # type: ignore[type-arg]
    """A person. Password, badge and PIN are written here and never shown; empty keeps what is stored."""

    roles = forms.MultipleChoiceField(
        label=gettext_lazy("Roles"),
        required=False,
        choices=[(role.value, ROLE_NAMES[role]) for role in PEOPLE],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    new_password = secret_field(gettext_lazy("New password"), gettext_lazy("Empty: stays as it is."))
    new_badge = secret_field(
        gettext_lazy("New badge"), gettext_lazy("Scan the badge here. Empty: stays as it is.")
    )
    new_pin = secret_field(gettext_lazy("New PIN"), gettext_lazy("4 to 12 digits. Empty: stays as it is."))
    forget_badge = forms.BooleanField(label=gettext_lazy("Take the badge away"), required=False)
    forget_pin = forms.BooleanField(label=gettext_lazy("Take the PIN away"), required=False)

    class Meta:
        model = User
        fields = (
            "username",
            "first_name",
            "last_name",
            "email",
            "personnel_number",
            "language",
            "roles",
            "skills",
            "is_active",
        )

    editor: User | None = None

    def clean_new_password(self) -> str:
        password: str = self.cleaned_data["new_password"]
        if password:
            validate_password(password, self.instance)
        return password

    def clean_new_badge(self) -> str:
        badge: str = self.cleaned_data["new_badge"]
        if badge and User.objects.filter(badge_hash=keyed_hash(badge)).exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("Another person already has this badge."))
        return badge

    def clean_new_pin(self) -> str:
        pin: str = self.cleaned_data["new_pin"]
        if pin and not PIN.fullmatch(pin):
            raise ValidationError(_("A PIN has 4 to 12 digits."))
        return pin

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if self.editor is not None and self.editor.pk == self.instance.pk and not self.editor.is_superuser:
            stays = any(Right.ADMINISTER in RIGHTS[Role(role)] for role in cleaned.get("roles", ()))
            if not stays or not cleaned.get("is_active"):
                raise ValidationError(_("You can't lock yourself out of the administration."))
        return cleaned

    def save(self, commit: bool = True) -> Any:
        person = self.instance
        cleaned = self.cleaned_data
        if cleaned["new_password"]:
            person.set_password(cleaned["new_password"])
        elif not person.password:
            person.set_unusable_password()
        if cleaned["new_badge"] or cleaned["forget_badge"]:
            person.set_badge(cleaned["new_badge"])
        if cleaned["new_pin"] or cleaned["forget_pin"]:
            person.set_pin(cleaned["new_pin"])
        person.is_staff = not person.rights.isdisjoint({Right.MASTER_DATA, Right.ADMINISTER})
        return super().save(commit)


@admin.register(User)
class PersonAdmin(MasterDataAdmin):
    """People are deactivated, never deleted: every record keeps its author."""

    right = "administer"
    resource_classes = (PersonTable,)
    form = PersonForm
    list_display = (
        "username",
        "full_name",
        "personnel_number",
        "role_names",
        "has_badge",
        "has_pin",
        "language",
        "last_login",
        "is_active",
    )
    list_filter = ("is_active", "language", "skills")
    search_fields = ("username", "first_name", "last_name", "personnel_number")
    autocomplete_fields = ("skills",)
    readonly_fields = ("last_login", "date_joined")
    actions = ("deactivate_people",)
    history_children = ("skills",)
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("username", "personnel_number"),
                    ("first_name", "last_name"),
                    ("email", "language"),
                    "is_active",
                )
            },
        ),
        (
            gettext_lazy("Roles and skills"),
            {
                "fields": ("roles", "skills"),
                "description": gettext_lazy("What the person may do, and which work he or she has learnt."),
            },
        ),
        (
            gettext_lazy("Log-in"),
            {
                "fields": ("new_password", ("new_badge", "forget_badge"), ("new_pin", "forget_pin")),
                "description": gettext_lazy(
                    "What is stored is never shown. At terminals people log on by badge or PIN, "
                    "everywhere else by password."
                ),
            },
        ),
        (gettext_lazy("Dates"), {"fields": (("last_login", "date_joined"),)}),
    )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change, **kwargs)
        return type(form.__name__, (form,), {"editor": request.user})

    @column(gettext_lazy("name"), order="last_name")
    def full_name(self, person: User) -> str:
        return person.get_full_name()

    @column(gettext_lazy("roles"), order="roles")
    def role_names(self, person: User) -> str:
        return ", ".join(role_word(role) for role in person.roles)

    @column(gettext_lazy("badge"), boolean=True)
    def has_badge(self, person: User) -> bool:
        return bool(person.badge_hash)

    @column(gettext_lazy("PIN"), boolean=True)
    def has_pin(self, person: User) -> bool:
        return bool(person.pin_hash)

    @admin.action(description=gettext_lazy("Deactivate"), permissions=["change"])
    def deactivate_people(self, request: HttpRequest, queryset: Any) -> None:
        number = queryset.exclude(pk=request.user.pk).update(is_active=False)
        self.message_user(request, _("%d deactivated.") % number)


@admin.register(Skill)
class SkillAdmin(MasterDataAdmin):
    resource_classes = (SkillTable,)
    list_display = ("code", "name")
    search_fields = ("code", "name")
    fields = (("code", "name"),)


class ApiKeyForm(forms.ModelForm):  # type: ignore[type-arg]
    """A key and the types of messages that it is kept to."""

    sends = forms.MultipleChoiceField(
        label=gettext_lazy("May send"),
        required=False,
        choices=[(one.value, one.value.replace("_", " ")) for one in MessageType],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    reads = forms.MultipleChoiceField(
        label=gettext_lazy("May read"),
        required=False,
        choices=[(one.value, one.value.replace("_", " ")) for one in MessageType],
        help_text=gettext_lazy("Nothing chosen in both: everything that the role allows."),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )

    class Meta:
        model = ApiKey
        fields = ("name", "role", "active", "expires_at", "sends", "reads")


@admin.register(ApiKey)
class ApiKeyAdmin(AdministrationAdmin):
    """Machine accounts. The key's text is shown once, on the page after its creation, and never stored."""

    form = ApiKeyForm
    list_display = ("name", "role", "prefix", "created_at", "expires_at", "last_used_at", "active")
    list_filter = ("role", "active")
    search_fields = ("name", "prefix")
    actions = (deactivate,)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None:
            return ("name", "role", "expires_at", "sends", "reads")
        return (
            ("name", "role"),
            ("active", "expires_at"),
            ("sends", "reads"),
            ("prefix", "created_at", "last_used_at"),
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if obj is None else ("role", "prefix", "created_at", "last_used_at")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: ApiKey, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        issued, text = ApiKey.issue(
            name=obj.name, role=Role(obj.role), expires_at=obj.expires_at, sends=obj.sends, reads=obj.reads
        )
        obj.pk, obj.prefix = issued.pk, issued.prefix
        request.new_api_key = text  # type: ignore[attr-defined]

    def response_add(self, request: HttpRequest, obj: ApiKey, post_url_continue: Any = None) -> HttpResponse:
        """The one page that ever shows the key: rendered at once, kept nowhere."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("New API key"),
            "opts": self.opts,
            "key": obj,
            "text": request.new_api_key,  # type: ignore[attr-defined]
        }
        response = TemplateResponse(request, "admin/new_api_key.html", context)
        response["Cache-Control"] = "no-store"
        return response


if admin.site.is_registered(AccessAttempt):
    admin.site.unregister(AccessAttempt)


@admin.register(AccessAttempt)
class FailedLogInAdmin(AdministrationAdmin):
    """Failed log-ins. Deleting a row unlocks its name and address."""

    list_display = ("username", "ip_address", "failures_since_start", "attempt_time")
    search_fields = ("username", "ip_address")
    fields = ("username", "ip_address", "failures_since_start", "attempt_time", "user_agent")
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
