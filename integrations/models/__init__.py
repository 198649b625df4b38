from integrations.models.connection import Connection
from integrations.models.inbox import InboundMessage
from integrations.models.outbox import OutboundItem, OutboundMessage

__all__ = ["Connection", "InboundMessage", "OutboundItem", "OutboundMessage"]
