from orders.models.conflict import ErpConflict
from orders.models.cost import CostEntry, CostQuote, CostQuoteLine
from orders.models.customer import Customer, CustomerOrder, CustomerOrderLine, Requirement
from orders.models.customer_link import CustomerLink
from orders.models.delivery import PurchaseOrder, PurchaseOrderLine, Shipment, ShippedLot
from orders.models.demand import DemandForecast, ItemForecast, PastDemand
from orders.models.download import Download, DownloadRule, DownloadStep, Program, ProgramFile
from orders.models.engineering import ItemRevision, RevisionDocument
from orders.models.erp_rule import ErpRule
from orders.models.event import EventNews, ProductionEvent
from orders.models.family import RunOutput, ToolOutput
from orders.models.genealogy import FeederLoad, GenealogyEdge, GenealogyLink
from orders.models.hold import Hold, HoldKind, HoldPolicy
from orders.models.item import Bom, BomLine, Item, ItemUnit, SetupFamily, Unit
from orders.models.label import LabelTemplate, PrintCursor, Printer, PrintJob, PrintRule
from orders.models.lot import (
    HandlingUnit,
    HandlingUnitContent,
    Lot,
    OutputLotRule,
    Place,
    Serial,
    Substitute,
)
from orders.models.operation import Operation
from orders.models.order import NumberRange, OrderComponent, OrderRequirement, ProductionOrder
from orders.models.plan import Plan, PlanEntry
from orders.models.plan_rule import PlanRule
from orders.models.plan_weights import PlanWeights
from orders.models.profile import MeasuredProfile
from orders.models.promise import OrderForecast, Promise, PromiseAlert, Quote
from orders.models.reading import RequirementReading
from orders.models.routing import Routing, RoutingOperation, ScrapReason
from orders.models.run import Run, RunPerson
from orders.models.settlement import SettledCycle, Settlement, Unresolved
from orders.models.stock import Reservation, StockBalance, StockMove
from orders.models.stocking import ReplenishmentProposal, StockingRule, StockOutlook
from orders.models.threshold import ItemThreshold

__all__ = [
    "Bom",
    "BomLine",
    "CostEntry",
    "CostQuote",
    "CostQuoteLine",
    "Customer",
    "CustomerLink",
    "CustomerOrder",
    "CustomerOrderLine",
    "DemandForecast",
    "Download",
    "DownloadRule",
    "DownloadStep",
    "ErpConflict",
    "ErpRule",
    "EventNews",
    "FeederLoad",
    "GenealogyEdge",
    "GenealogyLink",
    "HandlingUnit",
    "HandlingUnitContent",
    "Hold",
    "HoldKind",
    "HoldPolicy",
    "Item",
    "ItemForecast",
    "ItemRevision",
    "ItemThreshold",
    "ItemUnit",
    "LabelTemplate",
    "Lot",
    "MeasuredProfile",
    "NumberRange",
    "Operation",
    "OrderComponent",
    "OrderForecast",
    "OrderRequirement",
    "OutputLotRule",
    "PastDemand",
    "Place",
    "Plan",
    "PlanEntry",
    "PlanRule",
    "PlanWeights",
    "PrintCursor",
    "PrintJob",
    "PrintRule",
    "Printer",
    "ProductionEvent",
    "ProductionOrder",
    "Program",
    "ProgramFile",
    "Promise",
    "PromiseAlert",
    "PurchaseOrder",
    "PurchaseOrderLine",
    "Quote",
    "ReplenishmentProposal",
    "Requirement",
    "RequirementReading",
    "Reservation",
    "RevisionDocument",
    "Routing",
    "RoutingOperation",
    "Run",
    "RunOutput",
    "RunPerson",
    "ScrapReason",
    "Serial",
    "SettledCycle",
    "Settlement",
    "SetupFamily",
    "Shipment",
    "ShippedLot",
    "StockBalance",
    "StockMove",
    "StockOutlook",
    "StockingRule",
    "Substitute",
    "ToolOutput",
    "Unit",
    "Unresolved",
]
