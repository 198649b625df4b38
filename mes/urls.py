"""The roof: every app's pages and doors, by prefix; what is asked most often stands first."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from mes.lib import health_views, live_views

urlpatterns: list[URLPattern | URLResolver] = [
    path("health/live", health_views.live, name="health-live"),
    path("health/ready", health_views.ready, name="health-ready"),
    path("metrics", health_views.metrics, name="metrics"),
    path("api/v1/", include("integrations.erp.api.urls")),
    path("api/v1/", include("integrations.signals.http.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="api-schema"), name="api-docs"),
    path("live", live_views.stream, name="live"),
    path("admin/", admin.site.urls),
    path("", include("mes.accounts.urls")),
    path("", include("orders.urls")),
    path("", include("quality.urls")),
    path("", include("integrations.urls")),
]
