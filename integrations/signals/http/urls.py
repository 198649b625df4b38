from django.urls import path

from integrations.signals.http.views import Samples

urlpatterns = [path("samples", Samples.as_view(), name="samples")]
