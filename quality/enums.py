"""The fixed vocabularies of quality."""

from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _


class Unexplained(models.TextChoices):
    """A delay without a reason: people were asked, or nobody ever is."""

    OPEN = "none", _("no reason given")
    UNASKED = "unasked", _("not asked about")


class Verdict(models.TextChoices):
    PASSED = "passed", _("passed")
    FAILED = "failed", _("failed")


class CharacteristicKind(models.TextChoices):
    MEASURED = "measured", _("measured")
    ATTRIBUTE = "attribute", _("attribute (OK or not)")
    DOCUMENT = "document", _("document")


class PlanState(models.TextChoices):
    DRAFT = "draft", _("draft")
    RELEASED = "released", _("released")
    REPLACED = "replaced", _("replaced")


class Sampling(models.TextChoices):
    """When pieces of an operation are looked at."""

    ALL = "all", _("every piece")
    FIRST = "first", _("first piece")
    LAST = "last", _("last piece")
    BOTH = "both", _("first and last piece")
    PIECES = "pieces", _("every n pieces")
    MINUTES = "minutes", _("every n minutes")
    STOP = "stop", _("after a stop")
    SETUP = "setup", _("after a setup")
    AQL = "aql", _("sample of the lot by AQL")


class InspectionLevel(models.TextChoices):
    """How much is looked at, by ISO 2859-1."""

    I = "I", "I"  # noqa: E741
    II = "II", "II"
    III = "III", "III"
    S1 = "S-1", "S-1"
    S2 = "S-2", "S-2"
    S3 = "S-3", "S-3"
    S4 = "S-4", "S-4"


class Severity(models.TextChoices):
    """How strictly lots are sampled, by ISO 2859-1, clause 9."""

    NORMAL = "normal", _("normal")
    TIGHTENED = "tightened", _("tightened")
    REDUCED = "reduced", _("reduced")
    ALL = "all", _("every piece: sampling is discontinued until an action is effective")


AQLS = [
    (Decimal(text), text)
    for text in (
        *("0.010", "0.015", "0.025", "0.040", "0.065", "0.10", "0.15", "0.25", "0.40", "0.65"),
        *("1.0", "1.5", "2.5", "4.0", "6.5", "10", "15", "25", "40", "65"),
        *("100", "150", "250", "400", "650", "1000"),
    )
]
"""The preferred AQLs: nonconforming percent up to 10, nonconformities per 100 items at any value."""


class Chart(models.TextChoices):
    X_R = "xbar_r", "X\u0304-R"
    X_S = "xbar_s", "X\u0304-s"
    I_MR = "i_mr", "I-MR"
    P = "p", "p"
    NP = "np", "np"
    C = "c", "c"
    U = "u", "u"


class DemandReason(models.TextChoices):
    """What asks for an inspection."""

    FIRST = "first", _("first piece")
    LAST = "last", _("last piece")
    PIECES = "pieces", _("so many pieces made")
    MINUTES = "minutes", _("time over")
    STOP = "stop", _("after a stop")
    SETUP = "setup", _("after a setup")
    ALL = "all", _("every piece")
    LOT = "lot", _("sample of the lot")


class Flag(models.TextChoices):
    """What is doubtful about a result that is recorded all the same."""

    GAUGE_EXPIRED = "gauge_expired", _("calibration expired")
    BEYOND_RANGE = "beyond_range", _("beyond the gauge's range")
    OTHER_GAUGE = "other_gauge", _("another gauge than planned")


class ShownState(models.TextChoices):
    """What a machine does, in the words of the floor: signals, calendar and order joined."""

    RUNNING = "running", _("running")
    MICRO_STOP = "micro_stop", _("micro-stop")
    STOP = "stop", _("stop")
    SETUP = "setup", _("setup")
    MAINTENANCE = "maintenance", _("maintenance")
    NO_ORDER = "no_order", _("no order")
    BREAK = "break", _("break")
    NO_SHIFT = "no_shift", _("no shift")
    UNKNOWN = "unknown", _("no signal")

    @property
    def icon(self) -> str:
        """A name of Bootstrap Icons: states differ by shape, not by colour alone."""
        return STATE_ICONS[self]


STATE_ICONS = {
    ShownState.RUNNING: "play-fill",
    ShownState.MICRO_STOP: "pause-fill",
    ShownState.STOP: "octagon-fill",
    ShownState.SETUP: "wrench-adjustable",
    ShownState.MAINTENANCE: "tools",
    ShownState.NO_ORDER: "inbox",
    ShownState.BREAK: "cup-hot-fill",
    ShownState.NO_SHIFT: "moon-fill",
    ShownState.UNKNOWN: "question-lg",
}


class NonconformanceState(models.TextChoices):
    OPEN = "open", _("open")
    CONTAINED = "contained", _("contained")
    DISPOSITIONED = "dispositioned", _("decided")
    CLOSED = "closed", _("closed")
    CANCELLED = "cancelled", _("cancelled")


class StandsAs(models.TextChoices):
    """As what the pieces of a nonconformance are counted at their operation."""

    GOOD = "good", _("good")
    REWORK = "rework", _("rework")
    SCRAP = "scrap", _("scrap")
    NOWHERE = "", _("not counted")


class DispositionKind(models.TextChoices):
    USE_AS_IS = "use_as_is", _("use as is")
    REWORK = "rework", _("rework")
    SCRAP = "scrap", _("scrap")
    RETURN = "return", _("return to supplier")
    SORT = "sort", _("sort")


class ActionKind(models.TextChoices):
    CORRECTIVE = "corrective", _("corrective")
    PREVENTIVE = "preventive", _("preventive")


class ActionState(models.TextChoices):
    OPEN = "open", _("open")
    STARTED = "started", _("in work")
    DONE = "done", _("done, effect to be checked")
    CLOSED = "closed", _("closed")
    CANCELLED = "cancelled", _("cancelled")


class RecallScope(models.TextChoices):
    """What a recall starts from."""

    LOT = "lot", _("lot or supplier's lot")
    MACHINE = "machine", _("machine and time")
    TOOL = "tool", _("tool")
    GAUGE = "gauge", _("gauge")
