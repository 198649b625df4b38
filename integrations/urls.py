"""The doors of partners, and the pages about their messages."""

from django.urls import URLPattern, URLResolver, include, path
from django.utils.translation import gettext_lazy as _
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from integrations.views import agreement, inbound, outbound
from mes.accounts import navigation
from mes.accounts.roles import Right

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/v1/", include("integrations.erp.api.urls")),
    path("api/v1/", include("integrations.signals.http.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="api-schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="api-schema"), name="api-docs"),
    path("messages/in/", inbound.inbound_list, name="messages-in"),
    path("messages/in/<int:pk>/", inbound.inbound, name="message-in"),
    path("messages/in/<int:pk>/raw/", inbound.inbound_raw, name="message-in-raw"),
    path("messages/in/<int:pk>/replay/", inbound.replay_inbound, name="message-replay"),
    path("messages/out/", outbound.outbound_list, name="messages-out"),
    path("messages/out/<int:pk>/", outbound.outbound, name="message-out"),
    path("messages/out/<int:pk>/resend/", outbound.resend_outbound, name="message-resend"),
    path("messages/out/<int:pk>/hold-back/", outbound.hold_back_outbound, name="message-hold-back"),
    path("messages/out/<int:pk>/discard/", outbound.discard_outbound, name="message-discard"),
    path("messages/agreement/", agreement.agreement_page, name="messages-agreement"),
    path("messages/agreement/orders/<int:pk>/", agreement.order_agreement, name="order-agreement"),
]

navigation.add(
    url_name="messages-in", label=_("Messages"), icon="envelope-paper", right=Right.MESSAGES, position=60
)
