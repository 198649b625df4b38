"""The roof: every app's pages and doors, by prefix."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path

from mes.lib import health_views, live_views

urlpatterns: list[URLPattern | URLResolver] = [
    path("health/live", health_views.live, name="health-live"),
    path("health/ready", health_views.ready, name="health-ready"),
    path("metrics", health_views.metrics, name="metrics"),
    path("live", live_views.stream, name="live"),
    path("admin/", admin.site.urls),
    path("", include("mes.accounts.urls")),
    path("", include("orders.urls")),
    path("", include("quality.urls")),
    path("", include("integrations.urls")),
]
