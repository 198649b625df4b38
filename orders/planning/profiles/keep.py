"""Versions of what was measured: made, kept, read. They hold nothing that the plant's records don't say."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Max

from machines.models import Plant
from orders.models import MeasuredProfile
from orders.planning.profiles.collect import collect
from orders.planning.profiles.estimate import Profiles
from orders.planning.profiles.measured import Measurements, digest

KEPT = 10
"""Versions of a plant that are kept."""
MOST = 8
"""Plants whose profiles a process keeps, with all that was estimated from them."""
FRESH = timedelta(hours=1)
"""An older version means that nobody makes new ones: then what was measured is read from the records."""

_read: dict[int, tuple[tuple[int, str], Profiles]] = {}


@transaction.atomic
def make_profile(plant: Plant, *, now: datetime) -> MeasuredProfile:
    """Read the records and keep what they say as a new version; the last one, if it says the same of the same
    moment."""
    Plant.objects.select_for_update(no_key=True).get(pk=plant.pk)
    content = collect(plant, now=now).content()
    kept = MeasuredProfile.objects.filter(plant=plant)
    same = kept.filter(digest=digest(content)).first()
    if same is not None:
        return same
    last = kept.aggregate(last=Max("number"))["last"] or 0
    made = MeasuredProfile.objects.create(
        plant=plant,
        number=last + 1,
        measured_from=datetime.fromtimestamp(content["since"], UTC),
        measured_to=datetime.fromtimestamp(content["until"], UTC),
        digest=digest(content),
        content=content,
    )
    kept.filter(number__lte=made.number - KEPT).delete()
    return made


def make_profiles(*, now: datetime) -> int:
    """Of every plant. Returns how many."""
    plants = list(Plant.objects.order_by("pk"))
    for plant in plants:
        make_profile(plant, now=now)
    return len(plants)


def profiles_of(plant: Plant, *, now: datetime) -> Profiles:
    """What was measured before ``now``. One query while versions are made as they should be, and one more for
    a version that this process hasn't read yet."""
    current = MeasuredProfile.objects.filter(
        plant=plant, measured_to__lte=now, measured_to__gt=now - FRESH
    ).order_by("-number")
    newest = current.values_list("pk", "digest").first()
    if newest is None:
        return Profiles(collect(plant, now=now))
    known = _read.get(plant.pk)
    if known is not None and known[0] == newest:
        return known[1]
    content = MeasuredProfile.objects.values_list("content", flat=True).filter(pk=newest[0]).first()
    if content is None:  # newer ones have pushed it out meanwhile
        return profiles_of(plant, now=now)
    profiles = Profiles(Measurements.of(content))
    if len(_read) >= MOST:
        _read.clear()
    _read[plant.pk] = newest, profiles
    return profiles
