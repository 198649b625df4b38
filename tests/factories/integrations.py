"""Connections and the messages that went through them."""

import hashlib

import factory

from integrations.enums import Delivery, DownloadWay, Format, SignalProtocol, SignalRole
from integrations.models import (
    Connection,
    DownloadChannel,
    Gateway,
    GatewayGap,
    InboundMessage,
    MappingTemplate,
    OutboundItem,
    OutboundMessage,
    SignalConnection,
    SignalMapping,
)
from tests.factories.accounts import ApiKeyFactory
from tests.factories.machines import MONDAY, MachineFactory, PlantFactory
from tests.factories.orders import OperationFactory, ProductionEventFactory


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
