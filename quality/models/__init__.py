from quality.models.check import Inspection, RequirementCheck
from quality.models.rollup import FactMark, HourRollup, RollupInput, RollupState

__all__ = ["FactMark", "HourRollup", "Inspection", "RequirementCheck", "RollupInput", "RollupState"]
