from integrations.models.connection import Connection
from integrations.models.customer_notice import StatusNotice, StatusWebhook
from integrations.models.decision import BulkDecision
from integrations.models.dictionary import SegmentDictionary, SegmentField
from integrations.models.download import DownloadChannel
from integrations.models.exchange import FileRules, ReceivedFile, SftpServer
from integrations.models.fetch import FetchState
from integrations.models.inbox import InboundMessage
from integrations.models.message_mapping import MessageMapping, MessageMappingVersion
from integrations.models.outbox import OutboundItem, OutboundMessage
from integrations.models.reconciliation import Difference, StatedTotal, TrustFigure
from integrations.models.retry import RetryRule
from integrations.models.selftest_request import SelfTestRequest
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
from integrations.models.step import MessageStep
from integrations.models.translation import Translation, UnknownValue
from integrations.models.waiting import WaitingReference
from integrations.models.watch import AlarmLimits, SelfTest

__all__ = [
    "AlarmLimits",
    "BrowseRequest",
    "BulkDecision",
    "Connection",
    "Difference",
    "DownloadChannel",
    "FetchState",
    "FileRules",
    "Gateway",
    "GatewayGap",
    "GatewayNow",
    "InboundMessage",
    "MappingTemplate",
    "MappingTemplateRow",
    "MessageMapping",
    "MessageMappingVersion",
    "MessageStep",
    "OutboundItem",
    "OutboundMessage",
    "ReceivedFile",
    "RetryRule",
    "SampleBatch",
    "SegmentDictionary",
    "SegmentField",
    "SelfTest",
    "SelfTestRequest",
    "SftpServer",
    "SignalConnection",
    "SignalConnectionNow",
    "SignalMapping",
    "SignalValues",
    "StatedTotal",
    "StatusNotice",
    "StatusWebhook",
    "Translation",
    "TrustFigure",
    "UnknownValue",
    "WaitingReference",
]
