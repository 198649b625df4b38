"""The content security policy: one strict policy, and named exceptions by URL prefix."""

from __future__ import annotations

from csp.middleware import CSPMiddleware, PolicyParts
from django.conf import settings
from django.http import HttpRequest, HttpResponseBase


class ContentSecurityPolicy(CSPMiddleware):
    """Adds `CONTENT_SECURITY_POLICY_BY_PREFIX` to the policy where a foreign page can't do without."""

    def get_policy_parts(
        self, request: HttpRequest, response: HttpResponseBase, report_only: bool = False
    ) -> PolicyParts:
        parts = super().get_policy_parts(request, response, report_only)
        if parts.replace is None:
            parts.replace = directives_for(request.path_info)
        return parts


def directives_for(path: str) -> dict[str, list[str]] | None:
    """The directives that replace the strict ones under `path`, None where nothing is excepted."""
    exceptions: dict[str, dict[str, list[str]]] = settings.CONTENT_SECURITY_POLICY_BY_PREFIX
    return next((directives for prefix, directives in exceptions.items() if path.startswith(prefix)), None)
