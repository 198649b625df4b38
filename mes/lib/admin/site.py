"""The admin site: entered by right, through the product's own log-in page."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from unfold.sites import UnfoldAdminSite

from mes.lib.admin.audit import audit_page
from mes.lib.admin.audit_form import AuditForm
from mes.lib.admin.rights import may_enter


class PlantAdminSite(UnfoldAdminSite):  # type: ignore[misc]
    def has_permission(self, request: HttpRequest) -> bool:
        return may_enter(request)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """One log-in page for everything. Raises PermissionDenied for whoever is logged in already."""
        if request.user.is_authenticated:
            raise PermissionDenied
        return redirect_to_login(request.GET.get("next", reverse("admin:index")), settings.LOGIN_URL)

    def extra_urls(self) -> list[URLPattern]:
        return [path("history/", self.admin_view(self.audit), name="audit")]

    def audit(self, request: HttpRequest) -> HttpResponse:
        """All changes of master data, newest first, by kind of object, person and day."""
        form = AuditForm(request.GET or None)
        page = audit_page(form.criteria())
        context = {
            **self.each_context(request),
            "title": _("Changes of master data"),
            "form": form,
            "page": page,
            "newer": page.number - 1,
            "older": page.number + 1,
        }
        return TemplateResponse(request, "admin/audit.html", context)
