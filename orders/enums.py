"""The fixed vocabularies of orders."""

from datetime import datetime
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _


class Strategy(models.TextChoices):
    """How a demand is met (planning strategy of the item or the order)."""

    MTS = "MTS", _("make to stock")
    MTO = "MTO", _("make to order")
    ATO = "ATO", _("assemble to order")
    ETO = "ETO", _("engineer to order")


class OrderState(models.TextChoices):
    PLANNED = "planned", _("planned")
    RELEASED = "released", _("released")
    RUNNING = "running", _("running")
    FINISHED = "finished", _("finished")
    CLOSED = "closed", _("closed")
    CANCELLED = "cancelled", _("cancelled")


class OperationState(models.TextChoices):
    PLANNED = "planned", _("planned")
    RELEASED = "released", _("released")
    SETUP = "setup", _("in setup")
    PRODUCTION = "production", _("in production")
    INTERRUPTED = "interrupted", _("interrupted")
    FINISHED = "finished", _("finished")
    CANCELLED = "cancelled", _("cancelled")


class RunPhase(models.TextChoices):
    SETUP = "setup", _("setup")
    PRODUCTION = "production", _("production")

    @classmethod
    def of(cls, production_at: datetime | None) -> Self:
        """Of a run whose production began then, or not yet."""
        return cls.SETUP if production_at is None else cls.PRODUCTION


class CountingSource(models.TextChoices):
    """Who counts the pieces of an operation; never both."""

    MACHINE = "machine", _("machine")
    PERSON = "person", _("person")


class RequirementKind(models.TextChoices):
    TEXT = "text", _("text")
    CHOICE = "choice", _("choice")
    LIMIT = "limit", _("limit")
    DOCUMENT = "document", _("document")


class ErpStatus(models.TextChoices):
    """The order's status in the ERP, as the ERP last said."""

    PLANNED = "planned", _("planned")
    RELEASED = "released", _("released")
    BLOCKED = "blocked", _("blocked")
    TECHNICALLY_COMPLETE = "technically_complete", _("technically complete")
    CLOSED = "closed", _("closed")


class PlanState(models.TextChoices):
    """How far a plan has come. Exactly one of a plant is published."""

    REQUESTED = "requested", _("requested")
    COMPUTING = "computing", _("being made")
    DRAFT = "draft", _("draft")
    PUBLISHED = "published", _("in force")
    REPLACED = "replaced", _("replaced")
    CANCELLED = "cancelled", _("cancelled")
    FAILED = "failed", _("failed")


class PlanOrigin(models.TextChoices):
    """What a version of the plan came from."""

    ASKED = "asked", _("planned anew")
    MOVED = "moved", _("moved by hand")
    WHAT_IF = "what_if", _("what-if")
    EVENT = "event", _("replanned after events")
    EXTERNAL = "external", _("imported")


class OnStale(models.TextChoices):
    """What the MES does by itself when events make the plan in force stale."""

    OFF = "off", _("only show it")
    DRAFT = "draft", _("make a draft")
    AUTOMATIC = "automatic", _("replan and put in force")


class PromiseSource(models.TextChoices):
    """Where a promised date comes from."""

    QUOTE = "quote", _("a quote")
    STATED = "stated", _("stated by the ERP or a person")


class CostKind(models.TextChoices):
    """What an order costs money for. The time kinds are measured."""

    SETUP = "setup", _("setup")
    MACHINE = "machine", _("machine")
    STOPS = "stops", _("stops")
    SCRAP = "scrap", _("scrap")
    REWORK = "rework", _("rework")
    LABOUR = "labour", _("labour")
    OVERTIME = "overtime", _("overtime")
    MATERIAL = "material", _("material")
    OUTSIDE = "outside", _("outside")
    OTHER = "other", _("other")


class Cause(models.TextChoices):
    """Why an order costs something else than quoted. Each is measured but the last two."""

    SETUP = "setup", _("setup")
    SPEED = "speed", _("speed")
    STOPS = "stops", _("stops")
    SCRAP = "scrap", _("scrap")
    REWORK = "rework", _("rework")
    OTHER_MACHINE = "machine", _("another machine")
    LABOUR = "labour", _("work by people")
    OVERTIME = "overtime", _("overtime")
    MATERIAL = "material", _("material")
    OUTSIDE = "outside", _("supplier")
    OTHER = "other", _("other costs")
    PACE = "pace", _("the rest at the measured pace")
    QUANTITY = "quantity", _("another quantity")


class LateCause(models.TextChoices):
    """What made an order late. Each is measured; the last is what the promise itself lacked, or had left."""

    SETUP = "setup", _("setups took longer")
    SPEED = "speed", _("slower than planned")
    STOPS = "stops", _("stops while it was made")
    REMAKE = "remake", _("scrap and rework")
    SUPPLIER = "supplier", _("supplier took longer")
    HOLD = "hold", _("on hold")
    MATERIAL = "material", _("material came later")
    OVERTAKEN = "overtaken", _("orders that came later went first")
    DOWN = "down", _("its machine stood still")
    IDLE = "idle", _("its machine was free")
    QUEUE = "queue", _("other orders went first")
    CLOSED = "closed", _("no shift")
    PROMISE = "promise", _("the promise itself")


class DownloadState(models.TextChoices):
    """How far a program and its parameters have come on their way to the machine."""

    REQUESTED = "requested", _("requested")
    APPROVED = "approved", _("approved")
    SENT = "sent", _("sent")
    ACCEPTED = "accepted", _("accepted by the machine")
    VERIFIED = "verified", _("sent and verified")
    IN_USE = "in_use", _("in use")
    FAILED = "failed", _("failed")


class OnMismatch(models.TextChoices):
    """What happens when a machine's first cycle runs another program than its run's."""

    NONE = "none", _("nothing")
    WARN = "warn", _("warn")
    HOLD = "hold", _("warn and hold the operation")


class ErpField(models.TextChoices):
    """Groups of fields of an order that the ERP may change."""

    DATES = "dates", _("dates, priority, tolerances")
    QUANTITY_MORE = "quantity_more", _("quantity, more")
    QUANTITY_LESS = "quantity_less", _("quantity, less")
    ITEM = "item", _("item")
    WORK_CENTRE = "work_centre", _("work centre of an operation")
    WORK_PLAN = "work_plan", _("times, program, parameters of an operation")
    CONFIRMATION_NUMBER = "confirmation_number", _("confirmation number")
    NEW_OPERATION = "new_operation", _("a new operation")
    REMOVED_OPERATION = "removed_operation", _("an operation is gone")
    CANCELLATION = "cancellation", _("order cancelled")
    CLOSING = "closing", _("technically complete, closed")
    COMPONENTS = "components", _("components")


class WorkState(models.TextChoices):
    """How far the work has come when the ERP changes something."""

    UNTOUCHED = "untouched", _("nothing begun")
    IN_WORK = "in_work", _("in work")
    FINISHED = "finished", _("finished")


class Outcome(models.TextChoices):
    """What became of one document of the ERP, an order or master data."""

    CREATED = "created", _("created")
    CHANGED = "changed", _("changed")
    UNCHANGED = "unchanged", _("unchanged")
    OBSOLETE = "obsolete", _("obsolete")
    CANCELLED = "cancelled", _("cancelled")
    WAITING = "waiting", _("waiting")
    REFUSED = "refused", _("refused")


class ErpAnswer(models.TextChoices):
    """What is done about a field that the ERP changes."""

    TAKE = "take", _("take")
    TELL = "tell", _("take and tell the operator")
    HOLD = "hold", _("take and hold until acknowledged")
    CONFLICT = "conflict", _("keep ours, raise a conflict")
    LOG = "log", _("keep ours, log only")


class ConflictState(models.TextChoices):
    OPEN = "open", _("open")
    TAKEN = "taken", _("the ERP's value taken")
    KEPT = "kept", _("our value kept")
    PROPOSED = "proposed", _("our value proposed to the ERP")
    SETTLED = "settled", _("settled by itself")


class EventKind(models.TextChoices):
    """What a production event says. The sign of quantities is that of the effect."""

    CREATED = "created", _("created")
    CHANGED = "changed", _("changed")
    CONFLICT = "conflict", _("conflict with the ERP")
    DECIDED = "decided", _("conflict with the ERP decided")
    PROPOSED = "proposed", _("our value proposed to the ERP")
    RELEASED = "released", _("released")
    CANCELLED = "cancelled", _("cancelled")
    CLOSED = "closed", _("closed")
    SETUP_STARTED = "setup_started", _("setup started")
    PRODUCTION_STARTED = "production_started", _("production started")
    INTERRUPTED = "interrupted", _("interrupted")
    RESUMED = "resumed", _("resumed")
    SENT_OUT = "sent_out", _("sent to a supplier")
    FINISHED = "finished", _("finished")
    REPORTED = "reported", _("reported by a person")
    RECLASSIFIED = "reclassified", _("taken from the good pieces")
    COUNTED = "counted", _("counted by the machine")
    REVERSED = "reversed", _("reversed")
    MOVED = "moved", _("run moved to another operation")
    LOGGED_ON = "logged_on", _("person logged on")
    LOGGED_OFF = "logged_off", _("person logged off")
    HELD = "held", _("put on hold")
    HOLD_LIFTED = "hold_lifted", _("hold lifted")


class MoveKind(models.TextChoices):
    RECEIPT = "receipt", _("receipt")
    ISSUE = "issue", _("issue to order")
    PRODUCED = "produced", _("receipt from production")
    ADJUSTMENT = "adjustment", _("adjustment")
    TRANSFER = "transfer", _("transfer")
    COUNT = "count", _("counting difference")
    STATUS = "status", _("change of status")
    SHIPPED = "shipped", _("shipped")


class ForecastState(models.TextChoices):
    """How far a version of the demand forecast has come. Of each origin at most one is in force."""

    REQUESTED = "requested", _("requested")
    COMPUTING = "computing", _("being made")
    DRAFT = "draft", _("draft")
    IN_FORCE = "in_force", _("in force")
    REPLACED = "replaced", _("replaced")
    CANCELLED = "cancelled", _("cancelled")
    FAILED = "failed", _("failed")


class ForecastOrigin(models.TextChoices):
    OWN = "own", _("our own")
    IMPORTED = "imported", _("imported")


class ForecastMethod(models.TextChoices):
    """The ways of orders.planning.forecast.methods in words."""

    SEASONAL_NAIVE = "seasonal_naive", _("the same week a year before")
    ETS = "ets", _("smoothing (ETS)")
    SEASONAL_ETS = "seasonal_ets", _("smoothing with a season (ETS)")
    SBA = "sba", _("Croston, bias corrected (SBA)")
    TSB = "tsb", _("Croston for demand that ends (TSB)")
    RESAMPLED = "resampled", _("past demands drawn again")
    IMPORTED = "imported", _("imported")


class DemandOf(models.TextChoices):
    """What counts as demand of customers for an item kept in stock. What orders consume counts besides."""

    ORDERS = "orders", _("what customers ordered")
    SHIPMENTS = "shipments", _("what was shipped")


class StockPolicy(models.TextChoices):
    """When an item is ordered again."""

    REORDER_POINT = "reorder_point", _("at the reorder point")
    MIN_MAX = "min_max", _("at the minimum, up to the maximum")
    PERIOD = "period", _("at fixed intervals")


class ProposalState(models.TextChoices):
    OPEN = "open", _("open")
    ACCEPTED = "accepted", _("accepted")
    REJECTED = "rejected", _("rejected")
    WITHDRAWN = "withdrawn", _("no longer needed")


class LotStatus(models.TextChoices):
    FREE = "free", _("free")
    QUALITY = "quality", _("in inspection")
    BLOCKED = "blocked", _("blocked")
    CONSUMED = "consumed", _("used up")


class StockStatus(models.TextChoices):
    """Whether stock may be used."""

    FREE = "free", _("free")
    QUALITY = "quality", _("in inspection")
    BLOCKED = "blocked", _("blocked")


class OutputRule(models.TextChoices):
    """When the next lot of what is made begins."""

    ORDER = "order", _("order")
    QUANTITY = "quantity", _("quantity")


class LinkKind(models.TextChoices):
    CONSUMED = "consumed", _("consumed")
    SPLIT = "split", _("split off")
    MERGED = "merged", _("merged")
    SERIAL = "serial", _("serial number given")


class Doubt(models.TextChoices):
    """Why counted pieces are credited to nobody, or in doubt."""

    NO_RUN = "no_run", _("no run at that time")
    CORRECTED = "corrected", _("the counter went back a little")
    SUSPICIOUS = "suspicious", _("the counter fell without a reset")
    IMPLAUSIBLE = "implausible", _("faster than the machine can be")
    CHANGED = "changed", _("changed since it was settled")
    GONE = "gone", _("gone since it was settled")
    NO_ORDER = "no_order", _("a family tool made them, and no order wants them")


class SettlementKind(models.TextChoices):
    """What a person says of cycles. It stands above the rules in every later recomputation."""

    CREDIT = "credit", _("good pieces of a run")
    SETUP = "setup", _("setup pieces of a run")
    NOTHING = "nothing", _("no production")
    RULES = "rules", _("as the rules say")


class Certainty(models.TextChoices):
    """How sure it is that a run made the pieces credited to it."""

    EXACT = "exact", _("the program fits")
    LIKELY = "likely", _("no program known")
    MISMATCH = "mismatch", _("another program ran")
    INFERRED = "inferred", _("the run opened by itself")
    ESTIMATED = "estimated", _("shared out over a gap")
    PERSON = "person", _("settled by a person")


class Reference(models.TextChoices):
    """What a document can refer to before it is here. An order is missing while an earlier message about it
    waits itself; a customer order is linked later to an order that was taken without it."""

    ITEM = "item", _("item")
    WORK_CENTRE = "work_centre", _("work centre")
    ORDER = "order", _("earlier message about the order")
    CUSTOMER_ORDER = "customer_order", _("customer order")


class LabelSubject(models.TextChoices):
    """What a label or a traveller is about."""

    ORDER = "order", _("order")
    REPORT = "report", _("production report")
    LOT = "lot", _("lot")
    SERIAL = "serial", _("serial number")
    UNIT = "unit", _("handling unit")
    SHIPMENT = "shipment", _("shipment")


class LabelFormat(models.TextChoices):
    ZPL = "zpl", _("ZPL (label printer)")
    PDF = "pdf", _("PDF label")
    TRAVELLER = "traveller", _("PDF traveller")


class PrinterKind(models.TextChoices):
    RAW = "raw", _("network printer (raw TCP)")
    DOWNLOAD = "download", _("download by a person")


class PrintTrigger(models.TextChoices):
    """What makes the MES print by itself."""

    RELEASE = "release", _("an order is released")
    REPORT = "report", _("good pieces are reported")
    PRODUCED = "produced", _("stock comes from production")
    RECEIPT = "receipt", _("a supplier's lot is received")
    SHIPMENT = "shipment", _("something is shipped")


class PrintState(models.TextChoices):
    WAITING = "waiting", _("waiting")
    PRINTED = "printed", _("printed")
    FAILED = "failed", _("not printed")
    CANCELLED = "cancelled", _("cancelled")
