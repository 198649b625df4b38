from django.urls import path

from integrations.signals.http.gateway import BrowseAnswer, Configuration, Heartbeat, Reports
from integrations.signals.http.views import Samples

urlpatterns = [
    path("samples", Samples.as_view(), name="samples"),
    path("gateway/configuration", Configuration.as_view(), name="gateway-configuration"),
    path("gateway/heartbeat", Heartbeat.as_view(), name="gateway-heartbeat"),
    path("gateway/browse/<int:pk>", BrowseAnswer.as_view(), name="gateway-browse"),
    path("gateway/reports", Reports.as_view(), name="gateway-reports"),
]
