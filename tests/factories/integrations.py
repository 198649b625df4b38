"""Connections and the messages that went through them."""

import hashlib

import factory

from integrations.enums import (
    DecisionKind,
    Delivery,
    DifferenceReason,
    DownloadWay,
    Format,
    MappingDirection,
    OutboundState,
    Reaction,
    SignalProtocol,
    SignalRole,
    StepKind,
    TotalSource,
    TranslationKind,
)
from integrations.models import (
    AlarmLimits,
    BulkDecision,
    Connection,
    Difference,
    DownloadChannel,
    FileRules,
    Gateway,
    GatewayGap,
    InboundMessage,
    MappingTemplate,
    MessageMapping,
    MessageMappingVersion,
    MessageStep,
    OutboundItem,
    OutboundMessage,
    ReceivedFile,
    RetryRule,
    SegmentDictionary,
    SegmentField,
    SelfTest,
    SftpServer,
    SignalConnection,
    SignalMapping,
    StatedTotal,
    StatusNotice,
    StatusWebhook,
    Translation,
    TrustFigure,
    UnknownValue,
    WaitingReference,
)
from tests.factories.accounts import ApiKeyFactory, SupervisorFactory, UserFactory
from tests.factories.machines import MONDAY, MachineFactory, PlantFactory
from tests.factories.orders import CustomerOrderFactory, OperationFactory, ProductionEventFactory
from tests.support.mappings import orders_by_line


class ConnectionFactory(factory.django.DjangoModelFactory):
    """A REST partner that pulls confirmations."""

    class Meta:
        model = Connection

    code = factory.Sequence(lambda n: f"erp-{n}")
    name = factory.LazyAttribute(lambda connection: f"ERP {connection.code}")
    plant = factory.SubFactory(PlantFactory)
    format = Format.API
    api_key = factory.SubFactory(ApiKeyFactory)
    delivery = Delivery.PULL


class WebhookConnectionFactory(ConnectionFactory):
    delivery = Delivery.WEBHOOK
    address = "http://127.0.0.1:9/confirmations"


class IdocConnectionFactory(ConnectionFactory):
    format = Format.IDOC
    api_key = None
    delivery = Delivery.FILE
    inbox_folder = factory.LazyAttribute(lambda connection: f"{connection.code}/in")
    outbox_folder = factory.LazyAttribute(lambda connection: f"{connection.code}/out")


class CsvConnectionFactory(IdocConnectionFactory):
    format = Format.CSV


class CalledConnectionFactory(ConnectionFactory):
    """A system that we call: SAP by OData unless told otherwise."""

    format = Format.ODATA
    api_key = None
    delivery = Delivery.CONNECTOR
    address = "http://127.0.0.1:9/erp"
    secret_name = "TEST_ERP_SECRET"
    fetch_every_seconds = 60
    confirm_every_seconds = 0
    release_on_arrival = True


class SegmentDictionaryFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = SegmentDictionary

    code = factory.Sequence(lambda n: f"sap-{n}")
    name = factory.LazyAttribute(lambda dictionary: f"System {dictionary.code}")


class SegmentFieldFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = SegmentField

    dictionary = factory.SubFactory(SegmentDictionaryFactory)
    segment = "E1AFKOL"
    name = factory.Sequence(lambda n: f"FIELD{n}")
    length = 10
    offset = factory.Sequence(lambda n: n % 90 * 10)


class FileRulesFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = FileRules

    connection = factory.SubFactory(IdocConnectionFactory)


class SftpServerFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = SftpServer

    connection = factory.SubFactory(IdocConnectionFactory)
    host = "127.0.0.1"
    port = 9
    username = "mes"
    host_key = "ssh-ed25519 AAAA"
    secret_name = "TEST_SFTP_SECRET"


class InboundMessageFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = InboundMessage

    connection = factory.SubFactory(ConnectionFactory)
    channel = "api"
    message_type = "production-orders"
    body = factory.Sequence(lambda n: b'{"message": %d}' % n)
    size = factory.LazyAttribute(lambda message: len(message.body))
    sha256 = factory.LazyAttribute(lambda message: hashlib.sha256(message.body).hexdigest())
    received_at = MONDAY


class ReceivedFileFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ReceivedFile

    connection = factory.SelfAttribute("message.connection")
    message = factory.SubFactory(InboundMessageFactory)
    name = factory.Sequence(lambda n: f"orders_{n}.xml")
    outcome = "new"
    received_at = MONDAY


class OutboundMessageFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = OutboundMessage

    connection = factory.SubFactory(ConnectionFactory)
    sequence = factory.Sequence(lambda n: n + 1)
    operation = factory.SubFactory(OperationFactory, in_production=True)
    order = factory.SelfAttribute("operation.order")
    kind = "confirmation"
    canonical = factory.LazyFunction(dict)
    created_at = MONDAY
    next_try_at = MONDAY


class OutboundItemFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = OutboundItem

    connection = factory.SubFactory(ConnectionFactory)
    event = factory.SubFactory(ProductionEventFactory)


class GatewayFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Gateway

    code = factory.Sequence(lambda n: f"edge-{n}")
    name = factory.LazyAttribute(lambda gateway: f"Gateway {gateway.code}")
    plant = factory.SubFactory(PlantFactory)


class SignalConnectionFactory(factory.django.DjangoModelFactory):
    """An MTConnect agent, switched on, reached by the server itself."""

    class Meta:
        model = SignalConnection

    code = factory.Sequence(lambda n: f"agent-{n}")
    name = factory.LazyAttribute(lambda connection: f"Agent {connection.code}")
    plant = factory.SubFactory(PlantFactory)
    protocol = SignalProtocol.MTCONNECT
    address = "http://127.0.0.1:5000"
    active = True


class SignalMappingFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = SignalMapping

    connection = factory.SubFactory(SignalConnectionFactory)
    address = factory.Sequence(lambda n: f"execution-{n}")
    machine = factory.SubFactory(MachineFactory, plant=factory.SelfAttribute("..connection.plant"))
    role = SignalRole.STATE


class DownloadChannelFactory(factory.django.DjangoModelFactory):
    """A switched-on DNC folder."""

    class Meta:
        model = DownloadChannel

    machine = factory.SubFactory(MachineFactory)
    way = DownloadWay.FOLDER
    folder = "press"
    active = True


class MappingTemplateFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = MappingTemplate

    code = factory.Sequence(lambda n: f"lathe-{n}")
    name = factory.LazyAttribute(lambda template: f"Template {template.code}")
    protocol = SignalProtocol.MTCONNECT


class GatewayGapFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = GatewayGap

    gateway = factory.SubFactory(GatewayFactory)
    key = factory.Faker("uuid4")
    source = "agent"
    machine_code = "M001"
    since = MONDAY
    until = MONDAY
    samples = 10


class RetryRuleFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = RetryRule

    connection = factory.SubFactory(ConnectionFactory)
    code = factory.Sequence(lambda n: f"E{n}")
    reaction = Reaction.PARK


class AlarmLimitsFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = AlarmLimits

    connection = factory.SubFactory(ConnectionFactory)


class MessageStepFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = MessageStep

    outbound = factory.SubFactory(OutboundMessageFactory)
    connection = factory.SelfAttribute("outbound.connection")
    kind = StepKind.ATTEMPT
    state = OutboundState.QUEUED
    at = MONDAY


class BulkDecisionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = BulkDecision

    kind = DecisionKind.RESEND
    reason = "The period is open again"
    by = factory.SubFactory(SupervisorFactory)
    messages = factory.LazyFunction(list)


class StatedTotalFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = StatedTotal

    connection = factory.SubFactory(ConnectionFactory)
    order_number = factory.Sequence(lambda n: f"{4000 + n}")
    operation_number = "0010"
    source = TotalSource.TOLD
    good = 10
    stated_at = MONDAY


class DifferenceFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Difference

    connection = factory.SubFactory(ConnectionFactory)
    operation = factory.SubFactory(OperationFactory, in_production=True)
    order = factory.SelfAttribute("operation.order")
    order_number = factory.SelfAttribute("operation.order.number")
    operation_number = factory.SelfAttribute("operation.number")
    reason = DifferenceReason.REFUSED
    amounts = factory.LazyFunction(dict)
    opened_at = MONDAY
    seen_at = MONDAY


class TrustFigureFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = TrustFigure

    connection = factory.SubFactory(ConnectionFactory)
    at = MONDAY
    compared = 10
    agreed = 9
    unknown = 0
    sent = 20
    first_time = 20
    open_differences = 1
    figure = 90


class SelfTestFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = SelfTest

    connection = factory.SubFactory(ConnectionFactory)
    at = MONDAY


class MessageMappingFactory(factory.django.DjangoModelFactory):
    """A mapping that reads one order per line: number, item, quantity, unit, due."""

    class Meta:
        model = MessageMapping

    code = factory.Sequence(lambda n: f"layout-{n}")
    name = factory.LazyAttribute(lambda mapping: f"Layout {mapping.code}")
    direction = MappingDirection.IN


class MessageMappingVersionFactory(factory.django.DjangoModelFactory):
    """Published."""

    class Meta:
        model = MessageMappingVersion

    class Params:
        draft = factory.Trait(published_by=None, published_at=None)

    mapping = factory.SubFactory(MessageMappingFactory)
    number = factory.Sequence(lambda n: n + 1)
    definition = factory.LazyFunction(orders_by_line)
    edited_by = factory.SubFactory(UserFactory)
    published_by = factory.SelfAttribute("edited_by")
    published_at = MONDAY


class MappedConnectionFactory(IdocConnectionFactory):
    """A partner with a layout of its own, read by a published mapping."""

    format = Format.MAPPED
    delivery = Delivery.NONE
    outbox_folder = ""
    encoding = ""
    mapping = factory.LazyFunction(lambda: MessageMappingVersionFactory().mapping)


class TranslationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Translation

    connection = factory.SubFactory(ConnectionFactory)
    kind = TranslationKind.WORK_CENTRE
    theirs = factory.Sequence(lambda n: f"THEIRS{n}")
    ours = factory.Sequence(lambda n: f"OURS{n}")


class UnknownValueFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = UnknownValue

    connection = factory.SelfAttribute("first_message.connection")
    kind = TranslationKind.UNIT
    value = factory.Sequence(lambda n: f"UNIT{n}")
    met = 1
    first_message = factory.SubFactory("tests.factories.integrations.InboundMessageFactory")
    last_message = factory.SelfAttribute("first_message")


class WaitingReferenceFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = WaitingReference

    message = factory.SubFactory("tests.factories.integrations.InboundMessageFactory")
    row = 1
    about = "order"
    number = factory.Sequence(lambda n: f"WAIT{n}")
    kind = "item"
    code = factory.Sequence(lambda n: f"MISSING{n}")


class StatusWebhookFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = StatusWebhook

    code = factory.Sequence(lambda n: f"crm-{n}")
    name = "CRM"
    address = "http://127.0.0.1:9/status"
    secret_name = "TEST_WEBHOOK_SECRET"


class StatusNoticeFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = StatusNotice

    webhook = factory.SubFactory(StatusWebhookFactory)
    order = factory.SubFactory(CustomerOrderFactory)
    sequence = factory.Sequence(lambda n: n + 1)
    content = factory.LazyFunction(dict)
