from integrations.models.connection import Connection
from integrations.models.download import DownloadChannel
from integrations.models.fetch import FetchState
from integrations.models.inbox import InboundMessage
from integrations.models.outbox import OutboundItem, OutboundMessage
from integrations.models.signal import (
    BrowseRequest,
    Gateway,
    GatewayGap,
    GatewayNow,
    MappingTemplate,
    MappingTemplateRow,
    SampleBatch,
    SignalConnection,
    SignalConnectionNow,
    SignalMapping,
    SignalValues,
)

__all__ = [
    "BrowseRequest",
    "Connection",
    "DownloadChannel",
    "FetchState",
    "Gateway",
    "GatewayGap",
    "GatewayNow",
    "InboundMessage",
    "MappingTemplate",
    "MappingTemplateRow",
    "OutboundItem",
    "OutboundMessage",
    "SampleBatch",
    "SignalConnection",
    "SignalConnectionNow",
    "SignalMapping",
    "SignalValues",
]
