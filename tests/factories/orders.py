"""Items, routings, customers, production orders and what happened to them.

Rows made here are consistent with each other (one plant, the operation of the order …) but don't come about
by a command: an order made ``RELEASED`` has no production event that says so.
"""

from datetime import date, timedelta
from decimal import Decimal

import factory
from django.utils import timezone

from orders.domain.programs import store_program_file
from orders.enums import (
    ErpAnswer,
    ErpField,
    EventKind,
    LabelFormat,
    LabelSubject,
    MoveKind,
    OperationState,
    OrderState,
    PrintTrigger,
    PromiseSource,
    RequirementKind,
    Strategy,
    WorkState,
)
from orders.models import (
    Bom,
    BomLine,
    Customer,
    CustomerOrder,
    CustomerOrderLine,
    DemandForecast,
    DownloadRule,
    ErpConflict,
    ErpRule,
    EventNews,
    GenealogyLink,
    HandlingUnit,
    Hold,
    HoldKind,
    HoldPolicy,
    Item,
    ItemForecast,
    ItemRevision,
    ItemThreshold,
    ItemUnit,
    LabelTemplate,
    Lot,
    NumberRange,
    Operation,
    OrderComponent,
    OrderForecast,
    OrderRequirement,
    OutputLotRule,
    PastDemand,
    Place,
    PlanRule,
    PlanWeights,
    Printer,
    PrintJob,
    PrintRule,
    ProductionEvent,
    ProductionOrder,
    Program,
    Promise,
    PromiseAlert,
    PurchaseOrder,
    PurchaseOrderLine,
    Quote,
    ReplenishmentProposal,
    Requirement,
    RequirementReading,
    RevisionDocument,
    Routing,
    RoutingOperation,
    Run,
    RunPerson,
    ScrapReason,
    SetupFamily,
    Shipment,
    StockBalance,
    StockingRule,
    StockMove,
    StockOutlook,
    Substitute,
    ToolOutput,
    Unit,
)
from tests.factories.accounts import OperatorFactory
from tests.factories.machines import MONDAY, MachineFactory, MachineGroupFactory, PlantFactory, ToolFactory


class UnitFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Unit
        django_get_or_create = ("code",)

    code = "C62"
    symbol = "pc"
    name = "piece"


class KilogramFactory(UnitFactory):
    code = "KGM"
    symbol = "kg"
    name = "kilogram"
    decimals = 3


class SetupFamilyFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = SetupFamily
        django_get_or_create = ("code",)

    code = factory.Sequence(lambda n: f"FAMILY{n}")
    name = factory.LazyAttribute(lambda family: f"Family {family.code}")


class ItemFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Item
        django_get_or_create = ("code",)

    code = factory.Sequence(lambda n: f"ITEM{n:04}")
    name = factory.LazyAttribute(lambda item: f"Item {item.code}")
    unit = factory.SubFactory(UnitFactory)
    strategy = Strategy.MTO


class ItemUnitFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ItemUnit

    item = factory.SubFactory(ItemFactory)
    unit = factory.SubFactory("tests.factories.orders.KilogramFactory")
    numerator = Decimal(2)


class BomFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Bom

    item = factory.SubFactory(ItemFactory)


class BomLineFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = BomLine

    bom = factory.SubFactory(BomFactory)
    position = factory.Sequence(lambda n: f"{10 * (n % 900 + 1):04}")
    item = factory.SubFactory(ItemFactory)
    quantity = Decimal(2)


class RoutingFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Routing

    plant = factory.SubFactory(PlantFactory)
    item = factory.SubFactory(ItemFactory)


class RoutingOperationFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = RoutingOperation

    routing = factory.SubFactory(RoutingFactory)
    number = factory.Sequence(lambda n: f"{10 * (n % 900 + 1):04}")
    text = "Turn"
    machine_group = factory.SubFactory(MachineGroupFactory, plant=factory.SelfAttribute("..routing.plant"))
    setup_seconds = Decimal(600)
    run_seconds = Decimal(30)


class ScrapReasonFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ScrapReason

    plant = factory.SubFactory(PlantFactory)
    code = factory.Sequence(lambda n: f"S{n % 1000:03}")
    name_en = factory.LazyAttribute(lambda reason: f"Reason {reason.code}")
    name_de = factory.LazyAttribute(lambda reason: f"Grund {reason.code}")


class CustomerFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Customer
        django_get_or_create = ("code",)

    code = factory.Sequence(lambda n: f"C{n:04}")
    name = factory.LazyAttribute(lambda customer: f"Customer {customer.code}")


class CustomerOrderFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = CustomerOrder

    number = factory.Sequence(lambda n: f"SO{n:05}")
    customer = factory.SubFactory(CustomerFactory)
    received_at = MONDAY


class CustomerOrderLineFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = CustomerOrderLine

    order = factory.SubFactory(CustomerOrderFactory)
    position = factory.Sequence(lambda n: str(10 * (n % 900 + 1)))
    item = factory.SubFactory(ItemFactory)
    quantity = Decimal(100)
    unit = factory.SelfAttribute("item.unit")


class RequirementFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Requirement

    line = factory.SubFactory(CustomerOrderLineFactory)
    code = factory.Sequence(lambda n: f"REQ{n}")
    kind = RequirementKind.TEXT
    text = "Pack in blue boxes"


class NumberRangeFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = NumberRange
        django_get_or_create = ("code",)

    code = factory.Sequence(lambda n: f"range-{n}")


class ProductionOrderFactory(factory.django.DjangoModelFactory):
    """A planned order. ``released=True`` gives it a release time and state."""

    class Meta:
        model = ProductionOrder

    class Params:
        released = factory.Trait(state=OrderState.RELEASED, released_at=MONDAY)
        running = factory.Trait(state=OrderState.RUNNING, released_at=MONDAY, started_at=MONDAY)
        finished = factory.Trait(
            state=OrderState.FINISHED,
            released_at=MONDAY,
            started_at=MONDAY,
            finished_at=MONDAY + timedelta(hours=8),
        )

    plant = factory.SubFactory(PlantFactory)
    number = factory.Sequence(lambda n: f"{1000000 + n}")
    item = factory.SubFactory(ItemFactory)
    quantity = Decimal(100)
    unit = factory.SelfAttribute("item.unit")
    created_at = MONDAY


class OperationFactory(factory.django.DjangoModelFactory):
    """A planned operation; ``released``, ``in_setup`` and ``in_production`` set states and times."""

    class Meta:
        model = Operation

    class Params:
        released = factory.Trait(state=OperationState.RELEASED, order__released=True)
        in_setup = factory.Trait(state=OperationState.SETUP, started_at=MONDAY, order__running=True)
        in_production = factory.Trait(state=OperationState.PRODUCTION, started_at=MONDAY, order__running=True)

    plant = factory.SelfAttribute("order.plant")
    order = factory.SubFactory(ProductionOrderFactory)
    position = factory.Sequence(lambda n: n + 1)
    number = factory.LazyAttribute(lambda operation: f"{10 * ((operation.position - 1) % 900 + 1):04}")
    text = "Turn"
    machine_group = factory.SubFactory(MachineGroupFactory, plant=factory.SelfAttribute("..plant"))
    quantity = factory.SelfAttribute("order.quantity")
    setup_seconds = Decimal(600)
    run_seconds = Decimal(30)


class OrderComponentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = OrderComponent

    order = factory.SubFactory(ProductionOrderFactory)
    position = factory.Sequence(lambda n: f"{10 * (n % 900 + 1):04}")
    item = factory.SubFactory(ItemFactory)
    quantity = Decimal(200)
    unit = factory.SelfAttribute("item.unit")


class OrderRequirementFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = OrderRequirement

    order = factory.SubFactory(ProductionOrderFactory)
    code = factory.Sequence(lambda n: f"REQ{n}")
    kind = RequirementKind.TEXT
    text = "Pack in blue boxes"


class RequirementReadingFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = RequirementReading

    plant = factory.SelfAttribute("requirement.order.plant")
    requirement = factory.SubFactory(OrderRequirementFactory)
    operation = factory.SubFactory(OperationFactory, order=factory.SelfAttribute("..requirement.order"))
    content = "0" * 32
    by = factory.SubFactory(OperatorFactory)
    at = MONDAY


class RunFactory(factory.django.DjangoModelFactory):
    """An open run in production on a machine of the operation's group."""

    class Meta:
        model = Run

    plant = factory.SelfAttribute("operation.plant")
    operation = factory.SubFactory(OperationFactory, in_production=True)
    machine = factory.SubFactory(
        MachineFactory,
        plant=factory.SelfAttribute("..plant"),
        group=factory.SelfAttribute("..operation.machine_group"),
    )
    started_at = MONDAY
    production_at = factory.SelfAttribute("started_at")


class RunPersonFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = RunPerson

    run = factory.SubFactory(RunFactory)
    person = factory.SubFactory(OperatorFactory)
    started_at = factory.SelfAttribute("run.started_at")


class PlanRuleFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = PlanRule

    plant = factory.SubFactory(PlantFactory)


class PlanWeightsFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = PlanWeights

    plant = factory.SubFactory(PlantFactory)


class ErpRuleFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ErpRule

    order_type = factory.Sequence(lambda n: f"PP{n % 100_000:02}")
    field = ErpField.WORK_PLAN
    state = WorkState.IN_WORK
    answer = ErpAnswer.TELL


class ErpConflictFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ErpConflict

    order = factory.SubFactory(ProductionOrderFactory)
    field = ErpField.QUANTITY_LESS
    name = "quantity"
    mes_value = "100"
    erp_value = "50"
    reason = "Quantity 50 is less than the 60 already reported."
    hold = factory.LazyAttribute(lambda conflict: HoldFactory(order=conflict.order, kind=HoldKind.ERP_CHANGE))
    via = "erp:sap"
    raised_at = MONDAY


class HoldFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Hold

    order = factory.SubFactory(ProductionOrderFactory)
    kind = HoldKind.MANUAL
    reason = "Drawing is unclear"
    placed_at = MONDAY


class HoldPolicyFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = HoldPolicy

    plant = factory.SubFactory(PlantFactory)
    kind = HoldKind.MANUAL
    second_person = True


class ProductionEventFactory(factory.django.DjangoModelFactory):
    """A report of ten good pieces. It does not change the operation's counters."""

    class Meta:
        model = ProductionEvent

    plant = factory.SelfAttribute("order.plant")
    kind = EventKind.REPORTED
    operation = factory.SubFactory(OperationFactory, in_production=True)
    order = factory.SelfAttribute("operation.order")
    good = Decimal(10)
    occurred_at = MONDAY + timedelta(hours=1)
    recorded_at = factory.SelfAttribute("occurred_at")


class EventNewsFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = EventNews

    event = factory.SubFactory(ProductionEventFactory)


class StockMoveFactory(factory.django.DjangoModelFactory):
    """A receipt. It does not change the balance."""

    class Meta:
        model = StockMove

    plant = factory.SubFactory(PlantFactory)
    item = factory.SubFactory(ItemFactory)
    quantity = Decimal(100)
    kind = MoveKind.RECEIPT
    occurred_at = MONDAY


class StockBalanceFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = StockBalance
        django_get_or_create = ("plant", "item", "lot", "place", "status")

    plant = factory.SubFactory(PlantFactory)
    item = factory.SubFactory(ItemFactory)
    lot = ""
    place = None
    status = "free"
    on_hand = Decimal(100)


class LotFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Lot
        django_get_or_create = ("item", "number")

    item = factory.SubFactory(ItemFactory)
    number = factory.Sequence(lambda n: f"LOT{n:05}")
    made_at = MONDAY


class PlaceFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Place
        django_get_or_create = ("plant", "code")

    plant = factory.SubFactory(PlantFactory)
    code = factory.Sequence(lambda n: f"SHELF{n:03}")


class HandlingUnitFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = HandlingUnit

    plant = factory.SubFactory(PlantFactory)
    sscc = factory.Sequence(lambda n: f"34012345{n:010}")


class OutputLotRuleFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = OutputLotRule

    item = factory.SubFactory(ItemFactory)


class SubstituteFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Substitute

    item = factory.SubFactory(ItemFactory)
    substitute = factory.SubFactory(ItemFactory)


class GenealogyLinkFactory(factory.django.DjangoModelFactory):
    """A link alone. It does not change the edge that a trace walks along."""

    class Meta:
        model = GenealogyLink

    plant = factory.SubFactory(PlantFactory)
    parent = factory.SubFactory(LotFactory)
    child = factory.SubFactory(LotFactory)
    quantity = Decimal(1)


class PurchaseOrderFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = PurchaseOrder

    plant = factory.SubFactory(PlantFactory)
    number = factory.Sequence(lambda n: f"45{n:06}")
    supplier = "Steel works"


class PurchaseOrderLineFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = PurchaseOrderLine

    order = factory.SubFactory(PurchaseOrderFactory)
    position = factory.Sequence(lambda n: f"{n + 1:05}")
    item = factory.SubFactory(ItemFactory)
    quantity = Decimal(100)
    expected_on = MONDAY.date()


class ShipmentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Shipment

    plant = factory.SubFactory(PlantFactory)
    number = factory.Sequence(lambda n: f"80{n:06}")
    line = factory.SubFactory("tests.factories.orders.CustomerOrderLineFactory")


class ItemRevisionFactory(factory.django.DjangoModelFactory):
    """A revision in work."""

    class Meta:
        model = ItemRevision

    item = factory.SubFactory(ItemFactory)
    code = factory.Sequence(lambda n: f"R{n}")
    reason = "The customer wants a longer arm"


class RevisionDocumentFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = RevisionDocument

    revision = factory.SubFactory(ItemRevisionFactory)
    name = factory.Sequence(lambda n: f"Drawing {n}")
    file_name = "drawing.pdf"
    file = factory.LazyFunction(lambda: store_program_file(content=b"a drawing"))


class LabelTemplateFactory(factory.django.DjangoModelFactory):
    """A lot's label in ZPL."""

    class Meta:
        model = LabelTemplate

    code = factory.Sequence(lambda n: f"LABEL{n:03}")
    name = "Lot label"
    subject = LabelSubject.LOT
    format = LabelFormat.ZPL
    body = "^XA^CI28^FO40,40^A0N,40,40^FD{lot.number}^FS^XZ"


class PrinterFactory(factory.django.DjangoModelFactory):
    """A printer at an address at which nothing listens."""

    class Meta:
        model = Printer

    plant = factory.SubFactory(PlantFactory)
    code = factory.Sequence(lambda n: f"ZEBRA{n:03}")
    host = "127.0.0.1"
    port = 1


class PrintRuleFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = PrintRule

    plant = factory.SubFactory(PlantFactory)
    trigger = PrintTrigger.RECEIPT
    template = factory.SubFactory(LabelTemplateFactory)
    printer = factory.SubFactory(PrinterFactory, plant=factory.SelfAttribute("..plant"))


class PrintJobFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = PrintJob

    plant = factory.SelfAttribute("printer.plant")
    template = factory.SubFactory(LabelTemplateFactory)
    printer = factory.SubFactory(PrinterFactory)
    subject_id = factory.LazyFunction(lambda: LotFactory().pk)
    title = "LOT1"
    created_at = MONDAY


class ProgramFactory(factory.django.DjangoModelFactory):
    """A program of the library for every machine of the plant, with its file."""

    class Meta:
        model = Program

    plant = factory.SubFactory(PlantFactory)
    name = "O1234"
    revision = "B"
    file_name = "O1234.NC"
    content = b"%\nO1234 (REV B)\nM30\n%\n"

    @classmethod
    def _create(cls, model, *args, content, **values):
        return super()._create(model, *args, **values, file=store_program_file(content=content))


class DownloadRuleFactory(factory.django.DjangoModelFactory):
    """Switched on, without approval."""

    class Meta:
        model = DownloadRule

    machine = factory.SubFactory(MachineFactory)
    active = True
    approval_needed = False


class ItemThresholdFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ItemThreshold

    machine = factory.SubFactory(MachineFactory)
    item = factory.SubFactory(ItemFactory)
    micro_stop_seconds = Decimal(120)


class ToolOutputFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ToolOutput

    tool = factory.SubFactory(ToolFactory)
    item = factory.SubFactory(ItemFactory)
    pieces = Decimal(2)


class Distributed(factory.django.DjangoModelFactory):
    """A day to go, two at the latest."""

    class Meta:
        abstract = True

    zero_at = factory.LazyFunction(timezone.now)
    futures = 1000
    grid = factory.LazyFunction(lambda: [86_400 + 864 * step for step in range(101)])
    levels = factory.LazyFunction(lambda: [0.5, 0.8, 0.95])
    raw_p50_at = factory.LazyAttribute(lambda said: said.zero_at + timedelta(hours=36))
    raw_p80_at = factory.LazyAttribute(lambda said: said.zero_at + timedelta(hours=43, minutes=12))
    raw_p95_at = factory.LazyAttribute(lambda said: said.zero_at + timedelta(hours=46, minutes=48))
    p50_at = factory.LazyAttribute(lambda said: said.raw_p50_at)
    p80_at = factory.LazyAttribute(lambda said: said.raw_p80_at)
    p95_at = factory.LazyAttribute(lambda said: said.raw_p95_at)


class QuoteFactory(Distributed):
    class Meta:
        model = Quote

    plant = factory.SubFactory(PlantFactory)
    item = factory.SubFactory(ItemFactory)
    quantity = Decimal(10)
    unit = factory.LazyAttribute(lambda quote: quote.item.unit)
    seed = 1
    inputs = b""
    inputs_hash = ""
    certain_at = factory.LazyAttribute(lambda quote: quote.zero_at + timedelta(hours=30))


class PromiseFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Promise

    class Params:
        of_line = factory.Trait(order=None, line=factory.SubFactory(CustomerOrderLineFactory))

    order = factory.SubFactory(ProductionOrderFactory)
    version = 1
    promised_at = factory.LazyFunction(lambda: timezone.now() + timedelta(days=5))
    source = PromiseSource.STATED


class OrderForecastFactory(Distributed):
    class Meta:
        model = OrderForecast

    order = factory.SubFactory(ProductionOrderFactory)


class PromiseAlertFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = PromiseAlert

    order = factory.LazyAttribute(lambda alert: alert.forecast.order)
    forecast = factory.SubFactory(OrderForecastFactory)
    promised_at = factory.LazyAttribute(lambda alert: alert.forecast.p50_at)


class PastDemandFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = PastDemand

    plant = factory.SubFactory(PlantFactory)
    item = factory.SubFactory(ItemFactory)
    week = factory.Sequence(lambda n: date(2026, 6, 1) - timedelta(weeks=n))
    quantity = Decimal(10)


class DemandForecastFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = DemandForecast

    plant = factory.SubFactory(PlantFactory)
    number = factory.Sequence(lambda n: n + 1000)
    zero_on = date(2026, 6, 8)


class ItemForecastFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ItemForecast

    version = factory.SubFactory(DemandForecastFactory, state="draft", made_at=MONDAY)
    item = factory.SubFactory(ItemFactory)
    method = "resampled"
    history = factory.LazyFunction(lambda: [0.0, 4.0] * 20)
    mean = factory.LazyFunction(lambda: [2.0] * 26)
    low = factory.LazyFunction(lambda: [0.0] * 26)
    high = factory.LazyFunction(lambda: [4.0] * 26)
    next_quarter = Decimal(26)
    demands = 20


class StockingRuleFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = StockingRule

    plant = factory.SubFactory(PlantFactory)
    item = factory.SubFactory(ItemFactory, strategy=Strategy.MTS)


class StockOutlookFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = StockOutlook

    rule = factory.SubFactory(StockingRuleFactory)
    made_at = MONDAY
    reorder_point = Decimal(40)
    position = Decimal(25)
    figures = factory.LazyFunction(lambda: {"on_hand": 25.0, "on_order": 0.0, "lead_p50": 14.0})


class ReplenishmentProposalFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ReplenishmentProposal

    rule = factory.SubFactory(StockingRuleFactory)
    quantity = Decimal(50)
    needed_on = date(2026, 6, 8)
    figures = factory.LazyFunction(lambda: {"position": 25.0, "point": 40.0, "lead_p50": 14.0})
