"""People and skills as files."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from import_export.fields import Field

from mes.accounts.models import Skill, User
from mes.accounts.roles import PEOPLE, RIGHTS, Right, Role
from mes.lib.admin.files import (
    ChoiceCell,
    CodesCell,
    ListCell,
    TableResource,
    TextCell,
    YesNoCell,
    column,
)

PIN = re.compile(r"\d{4,12}")
OFFICE = frozenset({Right.MASTER_DATA, Right.ADMINISTER})
SECRETS = ("new_badge", "new_pin")


class SecretCell(TextCell):
    """Written from a file, never into one."""

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return ""


class PinCell(SecretCell):
    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        pin: str = super().clean(value, row, **kwargs)
        if pin and not PIN.fullmatch(pin):
            raise ValueError(_("A PIN has 4 to 12 digits."))
        return pin


class SecretColumn(Field):  # type: ignore[misc]
    """Nothing of it can be read: not for an export, not for a comparison."""

    def get_value(self, instance: Any) -> str:
        return ""


class PersonTable(TableResource):
    """``badge`` and ``pin`` set new ones; an empty cell keeps what is stored; no export shows them.

    Whoever is new here logs on by badge or PIN; a password is given in the form.
    """

    username = column("username", TextCell())
    first_name = column("first_name", TextCell())
    last_name = column("last_name", TextCell())
    email = column("email", TextCell())
    personnel_number = column("personnel_number", TextCell())
    language = column("language", ChoiceCell(settings.LANGUAGES))
    roles = column("roles", ListCell([role.value for role in PEOPLE]))
    skills = column("skills", CodesCell(Skill))
    is_active = column("is_active", YesNoCell(), name="active")
    new_badge = SecretColumn(attribute="new_badge", column_name="badge", widget=SecretCell())
    new_pin = SecretColumn(attribute="new_pin", column_name="pin", widget=PinCell())

    class Meta(TableResource.Meta):
        model = User
        use_bulk = False  # skills are links of their own
        import_id_fields = ("username",)
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
            "new_badge",
            "new_pin",
        )

    def set_value(self, instance: Any, attribute: str, value: Any, *, new: bool) -> None:
        if attribute not in SECRETS:
            super().set_value(instance, attribute, value, new=new)
        elif attribute == "new_badge" and value:
            instance.set_badge(value)
        elif value and not instance.pin_is(value):
            instance.set_pin(value)

    def skip_row(self, instance: Any, original: Any, row: Any, import_validation_errors: Any = None) -> bool:
        """A row that brings a new badge or PIN is a change."""
        hashes = ("badge_hash", "pin_hash")
        if any(getattr(instance, name) != getattr(original, name) for name in hashes):
            return False
        return bool(super().skip_row(instance, original, row, import_validation_errors))

    def import_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        if not instance.password:
            instance.set_unusable_password()
        super().import_instance(instance, row, **kwargs)

    def before_save_instance(self, instance: User, row: Any, **kwargs: Any) -> None:
        rights = frozenset[Right]().union(*(RIGHTS[Role(role)] for role in instance.roles))
        instance.is_staff = not rights.isdisjoint(OFFICE)

    def get_export_fields(self, selected_fields: Any = None) -> list[Any]:
        return [f for f in super().get_export_fields(selected_fields) if f.attribute not in SECRETS]


class SkillTable(TableResource):
    code = column("code", TextCell())
    name = column("name", TextCell())

    class Meta(TableResource.Meta):
        model = Skill
        import_id_fields = ("code",)
        fields = ("code", "name")
