from quality.models.check import Inspection, RequirementCheck
from quality.models.map import AreaMap, MapPicture, MapPlace
from quality.models.rollup import FactMark, HourRollup, RollupInput, RollupState

__all__ = [
    "AreaMap",
    "FactMark",
    "HourRollup",
    "Inspection",
    "MapPicture",
    "MapPlace",
    "RequirementCheck",
    "RollupInput",
    "RollupState",
]
