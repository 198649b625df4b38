from quality.models.batch import GoldenBatch
from quality.models.check import Inspection, RequirementCheck
from quality.models.map import AreaMap, MapPicture, MapPlace
from quality.models.nonconformance import (
    ActionLink,
    AuditReview,
    CorrectiveAction,
    DefectCode,
    Disposition,
    Nonconformance,
    NonconformancePhoto,
)
from quality.models.plan import Characteristic, Gauge, InspectionPlan
from quality.models.recall import Recall, RecallLot
from quality.models.result import InspectionDemand, InspectionOmission, InspectionResult
from quality.models.rollup import FactMark, HourRollup, RollupInput, RollupState

__all__ = [
    "ActionLink",
    "AreaMap",
    "AuditReview",
    "Characteristic",
    "CorrectiveAction",
    "DefectCode",
    "Disposition",
    "FactMark",
    "Gauge",
    "GoldenBatch",
    "HourRollup",
    "Inspection",
    "InspectionDemand",
    "InspectionOmission",
    "InspectionPlan",
    "InspectionResult",
    "MapPicture",
    "MapPlace",
    "Nonconformance",
    "NonconformancePhoto",
    "Recall",
    "RecallLot",
    "RequirementCheck",
    "RollupInput",
    "RollupState",
]
