"""Photos of stops: only pictures, made small, without what cameras write into them."""

import io
import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from PIL import Image

from machines.domain.photos import MOST_PER_STOP, attach_photo, clean_photo, photos_of, remove_photo
from machines.domain.stops import stop_at
from machines.enums import MachineState
from machines.models import StopPhoto
from mes.accounts.roles import Role
from mes.lib.errors import InvalidInput, NotAllowed
from tests.factories.accounts import OperatorFactory, UserFactory
from tests.factories.machines import MONDAY, StateIntervalFactory

ORIENTATION, GPS = 0x0112, 0x8825


def picture(width=40, height=20, kind="JPEG", **tags):
    image = Image.new("RGB", (width, height), "red")
    exif = Image.Exif()
    for tag, value in tags.items():
        exif[int(tag[1:])] = value
    out = io.BytesIO()
    image.save(out, kind, **({"exif": exif} if tags else {}))
    return out.getvalue()


def code_of(file):
    with pytest.raises(InvalidInput) as refusal:
        clean_photo(file)
    return refusal.value.problems[0].code


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_photo_becomes_a_small_jpeg(kind):
    image, size = clean_photo(picture(3200, 1600, kind))
    assert size == (1600, 800)
    assert Image.open(io.BytesIO(image)).format == "JPEG"


def test_it_stands_upright_and_tells_nothing_of_the_camera():
    image, size = clean_photo(picture(40, 20, **{f"t{ORIENTATION}": 6, f"t{0x010F}": "Camera maker"}))
    assert size == (20, 40)
    assert not Image.open(io.BytesIO(image)).getexif()


@pytest.mark.parametrize(
    "file", [b"", b"<svg/>", b"GIF89a" + bytes(50), picture()[:200], b"\xff\xd8\xff" + bytes(100)]
)
def test_what_is_no_photo_is_refused(file):
    assert code_of(file) == "not_a_photo"


def test_too_large_is_refused_before_it_is_unpacked():
    assert code_of(bytes(15 * 1024 * 1024 + 1)) == "photo_too_large"
    bomb = io.BytesIO()
    Image.new("1", (10_000, 7_000)).save(bomb, "PNG")
    assert code_of(bomb.getvalue()) == "photo_too_large"


@pytest.fixture
def stop(db):
    row = StateIntervalFactory(
        state=MachineState.STOP, started_at=MONDAY, ended_at=MONDAY + timedelta(minutes=10)
    )
    return stop_at(row.machine, 1, MONDAY), row.machine


def attach(stop, **more):
    row, machine = stop
    return attach_photo(
        machine=machine,
        stop=row,
        file=picture(),
        **{"by": OperatorFactory(), "key": uuid.uuid4(), **more},
    )


def test_a_photo_stays_with_its_stop(stop):
    key = uuid.uuid4()
    photo = attach(stop, key=key)
    assert attach(stop, key=key) == photo
    assert photos_of(stop[1], stop[0]) == [photo]
    for _ in range(MOST_PER_STOP - 1):
        attach(stop)
    with pytest.raises(InvalidInput):
        attach(stop)


def test_who_took_it_or_a_supervisor_removes_it(stop):
    photo = attach(stop)
    with pytest.raises(NotAllowed):
        remove_photo(photo=photo, by=OperatorFactory())
    boss = UserFactory(roles=[Role.SUPERVISOR.value])
    removed = remove_photo(photo=photo, by=boss)
    assert remove_photo(photo=photo, by=OperatorFactory(roles=[Role.SUPERVISOR.value])) == removed
    assert (removed.removed_by, removed.image) == (boss, b"")
    assert photos_of(stop[1], stop[0]) == []
    with pytest.raises(IntegrityError), transaction.atomic():
        StopPhoto.objects.update(removed_by=None)
