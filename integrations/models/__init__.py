from integrations.models.connection import Connection
from integrations.models.inbox import InboundMessage
from integrations.models.outbox import OutboundItem, OutboundMessage
from integrations.models.signal import (
    Gateway,
    GatewayNow,
    MappingTemplate,
    MappingTemplateRow,
    SignalConnection,
    SignalConnectionNow,
    SignalMapping,
)

__all__ = [
    "Connection",
    "Gateway",
    "GatewayNow",
    "InboundMessage",
    "MappingTemplate",
    "MappingTemplateRow",
    "OutboundItem",
    "OutboundMessage",
    "SignalConnection",
    "SignalConnectionNow",
    "SignalMapping",
]
