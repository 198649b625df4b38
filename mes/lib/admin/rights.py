"""Who may do what in the admin: asked of the person's rights, never of Django's permission rows."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

MASTER_DATA = "master_data"
ADMINISTER = "administer"


def may(request: HttpRequest, *rights: str) -> bool:
    """True if the person has any of ``rights`` (values of ``mes.accounts.roles.Right``)."""
    user: Any = request.user
    return bool(user.is_active and user.is_authenticated and rights and not user.rights.isdisjoint(rights))


def may_enter(request: HttpRequest) -> bool:
    """The admin is for those who maintain master data or people."""
    return may(request, MASTER_DATA, ADMINISTER)


def may_maintain(request: HttpRequest) -> bool:
    return may(request, MASTER_DATA)


def may_administer(request: HttpRequest) -> bool:
    return may(request, ADMINISTER)


class ByRight:
    """Admin mixin: whoever has ``right`` may do everything with the rows, everybody else nothing."""

    right = MASTER_DATA

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may(request, self.right)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request, self.right)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request, self.right)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request, self.right)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may(request, self.right)

    def has_import_permission(self, request: HttpRequest) -> bool:
        return self.has_add_permission(request) and self.has_change_permission(request)

    def has_export_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)


class LookOnly:
    """Admin mixin for facts and projections: everybody in the admin may look, nobody may touch."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return may_enter(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return may_enter(request)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
