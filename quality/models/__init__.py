from quality.models.check import Inspection, RequirementCheck

__all__ = ["Inspection", "RequirementCheck"]
