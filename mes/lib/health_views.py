"""The doors for load balancer, supervisor and Prometheus."""

from __future__ import annotations

import hmac

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from mes.lib.health import readiness
from mes.lib.metrics import exposition


@require_safe
@never_cache
def live(_request: HttpRequest) -> HttpResponse:
    """200 while the process answers at all."""
    return JsonResponse({"status": "alive"})


@require_safe
@never_cache
def ready(_request: HttpRequest) -> HttpResponse:
    """200 when every check passes, else 503; the body names each check and what is wrong."""
    problems = readiness()
    fit = not any(problems.values())
    return JsonResponse(
        {
            "status": "ready" if fit else "not ready",
            "checks": {name: problem or "ok" for name, problem in problems.items()},
        },
        status=200 if fit else 503,
    )


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus' figures for the bearer of MES_METRICS_TOKEN; without such a token there is no page."""
    if not settings.METRICS_OPEN and not _bears_token(request):
        raise Http404
    return HttpResponse(exposition(), content_type=CONTENT_TYPE_LATEST)


def _bears_token(request: HttpRequest) -> bool:
    expected = f"Bearer {settings.METRICS_TOKEN}".encode()
    given = request.headers.get("Authorization", "").encode()
    return bool(settings.METRICS_TOKEN) and hmac.compare_digest(given, expected)
