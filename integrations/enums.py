"""The fixed vocabularies of integrations."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Format(models.TextChoices):
    """The format of a connection's messages; one folder per format in ``integrations.erp``."""

    IDOC = "idoc", _("SAP IDoc XML")
    CSV = "csv", _("CSV files")
    API = "api", _("REST API")
    MAPPED = "mapped", _("own layout (mapping)")
    B2MML = "b2mml", _("B2MML")
    ODATA = "odata", _("SAP S/4HANA OData")
    BUSINESS_CENTRAL = "bc", _("Business Central")
    TRYTON = "tryton", _("Tryton")
    MEASURED = "measured", _("measured values (CSV)")
    AQDEF = "aqdef", _("measured values (Q-DAS AQDEF)")


class Delivery(models.TextChoices):
    """How confirmations leave."""

    NONE = "none", _("not sent")
    WEBHOOK = "webhook", _("signed webhook")
    PULL = "pull", _("pulled by the partner")
    FILE = "file", _("file drop")
    CONNECTOR = "connector", _("posted to the partner's interface")


class ConfirmWhen(models.TextChoices):
    """How long the events of an operation are collected before they are told in one confirmation."""

    INTERVAL = "interval", _("every so many seconds")
    SHIFT_END = "shift_end", _("at the end of the shift")
    STATUS_CHANGE = "status_change", _("when the operation's state changes")
    OPERATION_END = "operation_end", _("at the end of the operation")


class NightShiftDay(models.TextChoices):
    """The day on which a shift over midnight is posted."""

    START = "start", _("the day it begins")
    END = "end", _("the day it ends")
    CLOCK = "clock", _("the day of the clock: cut at midnight")


class MappingDirection(models.TextChoices):
    """Whether a mapping of messages reads what a partner sends or writes what it gets."""

    IN = "in", _("reads")
    OUT = "out", _("writes")


class InboundState(models.TextChoices):
    RECEIVED = "received", _("received")
    WAITING = "waiting", _("waits for what it refers to")
    APPLIED = "applied", _("applied")
    PARTLY = "partly", _("partly applied")
    REFUSED = "refused", _("refused")
    OBSOLETE = "obsolete", _("obsolete")


class PartKind(models.TextChoices):
    """Parts of a received message that are neither orders nor master data."""

    ANSWER = "answer", _("answer")
    WORD = "word", _("word of the partner")
    MEASURED = "measured value", _("measured value")


class OutboundState(models.TextChoices):
    QUEUED = "queued", _("queued")
    SENDING = "sending", _("being sent")
    DELIVERED = "delivered", _("accepted, not posted yet")
    POSTED = "posted", _("posted in the ERP")
    PARKED = "parked", _("refused, waits for a person")
    DISCARDED = "discarded", _("discarded by a person")


class Reaction(models.TextChoices):
    """What is done about an answer of a partner."""

    REPEAT = "repeat", _("repeat by itself")
    REDATE = "redate", _("post with today's date by itself")
    PARK = "park", _("refused: wait for a person")
    SUCCESS = "success", _("treat as accepted")
    ASK = "ask", _("ask a person whether it is booked")


class Mend(models.TextChoices):
    """What a person does about a refused message to get it through."""

    NONE = "", _("look into it and send again")
    REDATE = "redate", _("post with today's date")
    TRANSLATE = "translate", _("complete the translation, then send again")
    CONNECTION = "connection", _("put the connection right, then send again")
    ORDER = "order", _("put the order right in the ERP, then send again")


class StepKind(models.TextChoices):
    """Who moved a message on."""

    ATTEMPT = "attempt", _("attempt")
    RECEIPT = "receipt", _("partner's receipt")
    DECISION = "decision", _("decision of a person")


class DecisionKind(models.TextChoices):
    """What a person may decide about many messages."""

    RESEND = "resend", _("send again")
    REDATE = "redate", _("post with today's date")
    DISCARD = "discard", _("discard")


class TotalSource(models.TextChoices):
    """Where an ERP total comes from."""

    CONNECTOR = "connector", _("asked at its interface")
    TOLD = "told", _("told by the partner")
    DOWNLOAD = "download", _("stood in the order it sent")
    RECEIPTS = "receipts", _("sum of its receipts")


class DifferenceReason(models.TextChoices):
    """Why MES and ERP differ, the most serious first."""

    UNKNOWN_HERE = "unknown_here", _("order not known here")
    UNKNOWN_THERE = "unknown_there", _("order not known there")
    BY_HAND = "by_hand", _("posted by hand in the ERP")
    CANCELLED = "cancelled", _("cancelled or changed there")
    REFUSED = "refused", _("refused by the ERP")
    GIVEN_UP = "given_up", _("discarded here, not booked there")
    ACCEPTED = "accepted", _("accepted there, not posted yet")
    IN_FLIGHT = "in_flight", _("on its way")


class FileCompletion(models.TextChoices):
    """How we know that a file is complete."""

    STILL = "still", _("it stands still")
    TRIGGER = "trigger", _("a trigger file stands beside it")
    RENAMED = "renamed", _("it is named by the ready suffix")


class FileCheck(models.TextChoices):
    """How we know that a file is whole, and how partners know it of ours."""

    NONE = "none", _("nothing")
    MD5 = "md5", _("MD5 file beside it")
    SHA256 = "sha256", _("SHA-256 file beside it")
    TRAILER = "trailer", _("trailer line with the row count")


class FileOutcome(models.TextChoices):
    NEW = "new", _("new")
    SKIPPED = "skipped", _("skipped: same content as before")
    VERSION = "version", _("new version: same name, other content")
    BROKEN = "broken", _("not whole")


class AlarmKind(models.TextChoices):
    """What may be alarming about a partner."""

    UNSENT = "unsent", _("oldest unsent message")
    SILENT = "silent", _("silent longer than usual")
    CODES = "codes", _("unknown codes")
    GAP = "gap", _("numbers missing")
    CLOCK = "clock", _("clock difference")


class SelfCheck(models.TextChoices):
    """The live checks of a partner, in their order."""

    REACH = "reach", _("reach it")
    AUTHENTICATE = "authenticate", _("be let in")
    READ_ORDER = "read_order", _("read an order")
    WRITE_AND_FIND = "write_and_find", _("write a test confirmation and find it")
    REPEAT = "repeat", _("repeat it without a second effect")
    CANCEL = "cancel", _("cancel it")
    CLOCK = "clock", _("clock difference")


class CheckResult(models.TextChoices):
    PASSED = "passed", _("passed")
    FAILED = "failed", _("failed")
    IMPOSSIBLE = "impossible", _("not possible this way")


class SignalProtocol(models.TextChoices):
    """How a sender of machine signals talks; one folder per protocol in ``integrations.signals``."""

    MTCONNECT = "mtconnect", _("MTConnect agent")
    OPCUA = "opcua", _("OPC UA server")
    SPARKPLUG = "sparkplug", _("MQTT Sparkplug B")
    TOPICS = "topics", _("MQTT topics (unified namespace)")
    PULSE = "pulse", _("counter inputs (Modbus TCP)")
    FILE = "file", _("file drop")


class SignalRole(models.TextChoices):
    """What a sender's item means: the items of the one envelope (``machines.domain.envelope``)."""

    STATE = "state", _("state")
    MODE = "mode", _("mode")
    PROGRAM = "program", _("program")
    PROGRAM_COMMENT = "program_comment", _("program comment")
    CYCLE_COUNT = "cycle_count", _("cycle counter")
    PART_COUNT = "part_count", _("part counter")
    GOOD_COUNT = "good_count", _("good part counter")
    BAD_COUNT = "bad_count", _("bad part counter")
    CYCLE_EVENT = "cycle_event", _("cycle event")
    CYCLE_TIME = "cycle_time", _("cycle time")
    TOOL = "tool", _("tool")
    PALLET = "pallet", _("pallet")
    JOB = "job", _("job")
    ALARM = "alarm", _("alarm")
    OVERRIDE = "override", _("override")
    AVAILABLE = "available", _("availability")
    SETUP = "setup", _("setup switch")
    PULSE = "pulse", _("pulse")
    ENERGY = "energy", _("energy meter (kWh)")
    POWER = "power", _("power (kW)")


class DownloadWay(models.TextChoices):
    """How programs and parameters get to a machine: the ways of ``integrations.signals.downloads``."""

    FOLDER = "folder", _("file to the DNC folder")
    MQTT = "mqtt", _("MQTT command with echo")
    OPCUA_JOB = "opcua_job", _("OPC UA job order")
    OPCUA_WRITE = "opcua_write", _("OPC UA write and read back")
    EUROMAP = "euromap", _("Euromap 77/83 production dataset")
    PACKML = "packml", _("PackML product and parameters")
    SPARKPLUG = "sparkplug", _("Sparkplug B command")


class LinkState(models.TextChoices):
    """How a signal connection fares."""

    OFF = "off", _("off")
    CONNECTING = "connecting", _("connecting")
    CONNECTED = "connected", _("connected")
    LOST = "lost", _("lost")


class TranslationKind(models.TextChoices):
    """What a partner has words of its own for."""

    UNIT = "unit", _("unit")
    REASON = "reason", _("scrap or stop reason")
    WORK_CENTRE = "work_centre", _("work centre")
    ACTIVITY = "activity", _("activity slot")
    ORDER_TYPE = "order_type", _("order type")
    PERSON = "person", _("person")
    PLANT = "plant", _("plant")
    SHIFT = "shift", _("shift")


class Direction(models.TextChoices):
    """Which way a translation holds."""

    BOTH = "both", _("both ways")
    IN = "in", _("only what comes in")
    OUT = "out", _("only what goes out")
