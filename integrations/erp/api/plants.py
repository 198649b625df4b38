"""The plant that a message names."""

from __future__ import annotations

from machines.models import Plant
from mes.lib.errors import InvalidInput, Problem
from mes.lib.sentences import gettext as _


def plant_of(code: str) -> Plant:
    """Raises InvalidInput for a code that no plant has."""
    plant = Plant.objects.filter(code=code).first()
    if plant is None:
        raise InvalidInput([Problem("unknown_plant", _("There is no such plant."), "plant", value=code[:60])])
    return plant
