"""How gateways' keys stand in the OpenAPI document: as any API key, under a name of their own."""

from __future__ import annotations

from mes.accounts.openapi import ApiKeyScheme


class GatewayKeyScheme(ApiKeyScheme):  # type: ignore[no-untyped-call]
    target_class = "integrations.signals.http.gateway.GatewayAuthentication"
    name = "gatewayKey"
