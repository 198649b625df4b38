"""Drawing the plan of an area: its picture, and where its machines stand."""

from __future__ import annotations

from collections.abc import Mapping

import pghistory
from django.db import transaction
from django.utils.translation import gettext as _

from machines.domain.photos import clean_photo
from machines.models import Area, Machine
from mes.accounts.models import User
from mes.lib.errors import InvalidInput, Problem
from quality.models import AreaMap, MapPicture, MapPlace
from quality.models.map import FULL


@transaction.atomic
def place_machines(*, area: Area, places: Mapping[int, tuple[int, int]], by: User) -> AreaMap:
    """Make this the whole plan: machines by id with their place in thousandths; the others leave it.

    Doing it again changes nothing. Raises ``InvalidInput`` ``not_in_area`` and ``off_the_plan``.
    """
    plan = _locked(area)
    known = set(Machine.objects.filter(area=area, pk__in=places).values_list("pk", flat=True))
    if unknown := set(places) - known:
        message = _("A machine of another area can't stand on this plan.")
        raise InvalidInput([Problem("not_in_area", message, "machine", value=str(min(unknown)))])
    for x, y in places.values():
        if not (0 <= x <= FULL and 0 <= y <= FULL):
            message = _("A machine stands on the plan, not beside it.")
            raise InvalidInput([Problem("off_the_plan", message, "x", value=f"{x}, {y}")])
    with pghistory.context(user=by.pk):
        plan.places.exclude(machine__in=places).delete()
        for machine, (x, y) in sorted(places.items()):
            MapPlace.objects.update_or_create(machine_id=machine, defaults={"map": plan, "x": x, "y": y})
    return plan


@transaction.atomic
def draw_plan(*, area: Area, file: bytes | None, by: User) -> AreaMap:
    """Lay a picture (JPEG, PNG, WebP) under the plan, or with None a blank grid; machines keep their places.

    Raises ``InvalidInput`` ``photo_too_large`` and ``not_a_photo``.
    """
    plan = _locked(area)
    plan.picture = None
    if file is not None:
        image, (width, height) = clean_photo(file)
        plan.picture = MapPicture.objects.create(image=image, width=width, height=height, by=by)
    plan.save(update_fields=["picture"])
    return plan


def _locked(area: Area) -> AreaMap:
    Area.objects.select_for_update(no_key=True).get(pk=area.pk)
    return AreaMap.objects.get_or_create(area=area)[0]
