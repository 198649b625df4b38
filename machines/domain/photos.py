"""Photos of stops: taken at the machine, checked, made small and freed of what cameras write into them."""

from __future__ import annotations

import io
import uuid
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from PIL import Image, ImageOps, UnidentifiedImageError

from machines.domain.stops import Stop, span_of
from machines.models import Machine, StopPhoto
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib.errors import InvalidInput, NotAllowed, Problem

LARGEST_FILE = 15 * 1024 * 1024
MOST_PIXELS = 60_000_000
LONGEST_SIDE = 1600
QUALITY = 80
MOST_PER_STOP = 10
FORMATS = ("JPEG", "PNG", "WEBP")


@transaction.atomic
def attach_photo(
    *, machine: Machine, stop: Stop, file: bytes, by: User, key: uuid.UUID, now: datetime | None = None
) -> StopPhoto:
    """Keep a photo of ``stop``. The same ``key`` again returns what it made.

    Raises ``InvalidInput`` (``photo_too_large``, ``not_a_photo``, ``too_many_photos``).
    """
    now = now or timezone.now()
    Machine.objects.select_for_update(no_key=True).get(pk=machine.pk)
    if (made := StopPhoto.objects.filter(key=key).first()) is not None:
        return made
    if len(photos_of(machine, stop, now=now)) >= MOST_PER_STOP:
        raise _problem("too_many_photos", _("A stop has at most %d photos.") % MOST_PER_STOP)
    image, (width, height) = clean_photo(file)
    return StopPhoto.objects.create(
        plant_id=machine.plant_id,
        machine=machine,
        slot=stop.slot,
        span=span_of(stop, now),
        image=image,
        width=width,
        height=height,
        by=by,
        recorded_at=now,
        key=key,
    )


def clean_photo(file: bytes) -> tuple[bytes, tuple[int, int]]:
    """The photo as a JPEG of at most 1,600 pixels a side, upright, without place, time and camera.

    Raises ``InvalidInput`` (``photo_too_large``, ``not_a_photo``).
    """
    if len(file) > LARGEST_FILE:
        raise _problem("photo_too_large", _("The photo is larger than 15 MB."))
    try:
        with Image.open(io.BytesIO(file), formats=FORMATS) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise _problem("photo_too_large", _("The photo has more than 60 million pixels."))
            opened.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
            upright = ImageOps.exif_transpose(opened).convert("RGB")
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise _problem("not_a_photo", _("This is no photo (JPEG, PNG or WebP).")) from None
    upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    fresh = Image.new("RGB", upright.size)
    fresh.paste(upright)
    out = io.BytesIO()
    fresh.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue(), fresh.size


def photos_of(machine: Machine, stop: Stop, *, now: datetime | None = None) -> list[StopPhoto]:
    """The photos taken for the time of this stop, without their bytes. One query."""
    return list(
        StopPhoto.objects.filter(machine=machine, slot=stop.slot, removed_at__isnull=True)
        .filter(span__overlap=span_of(stop, now or timezone.now()))
        .select_related("by")
        .defer("image")
        .order_by("recorded_at", "pk")
    )


@transaction.atomic
def remove_photo(*, photo: StopPhoto, by: User) -> StopPhoto:
    """Forget the picture (a face, a customer's drawing); that there was one stays known.

    Raises ``NotAllowed`` unless it is one's own or one may correct. Removing it again changes nothing.
    """
    row = StopPhoto.objects.select_for_update().get(pk=photo.pk)
    if row.by_id != by.pk and not by.may(Right.CORRECT):
        raise NotAllowed("not_yours", _("Only who took it, or a supervisor, removes a photo."))
    if row.removed_at is None:
        row.image, row.removed_at, row.removed_by = b"", timezone.now(), by
        row.save(update_fields=("image", "removed_at", "removed_by"))
    return row


def _problem(code: str, message: str) -> InvalidInput:
    return InvalidInput([Problem(code, message, "photo")])
