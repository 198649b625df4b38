"""The plan of an area: who draws it, what it refuses, what it shows."""

import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from PIL import Image

from mes.accounts.roles import Role
from mes.lib.errors import InvalidInput
from quality.domain.maps import draw_plan, place_machines
from quality.models import AreaMap, MapPlace
from tests.factories.accounts import OperatorFactory, UserFactory
from tests.factories.machines import AreaFactory, MachineFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def area():
    return AreaFactory(name="Forge")


@pytest.fixture
def machines(area):
    return [MachineFactory(plant=area.plant, area=area) for _ in range(3)]


@pytest.fixture
def engineer(client):
    person = UserFactory(roles=[Role.ENGINEER.value])
    client.force_login(person)
    return person


def picture():
    out = io.BytesIO()
    Image.new("RGB", (400, 300), "white").save(out, "PNG")
    return out.getvalue()


def places():
    return {place.machine_id: (place.x, place.y) for place in MapPlace.objects.all()}


def test_what_is_saved_is_the_whole_plan(area, machines, engineer):
    first, second, third = (machine.pk for machine in machines)
    place_machines(area=area, places={first: (100, 200), second: (500, 500)}, by=engineer)
    place_machines(area=area, places={second: (510, 500), third: (1000, 0)}, by=engineer)
    assert places() == {second: (510, 500), third: (1000, 0)}


def test_only_machines_of_the_area_stand_on_it(area, engineer):
    other = MachineFactory()
    with pytest.raises(InvalidInput, match="another area"):
        place_machines(area=area, places={other.pk: (1, 1)}, by=engineer)
    assert not MapPlace.objects.exists()


@pytest.mark.parametrize("place", [(-1, 5), (5, 1001)])
def test_no_machine_stands_beside_the_plan(area, machines, engineer, place):
    with pytest.raises(InvalidInput, match="beside"):
        place_machines(area=area, places={machines[0].pk: place}, by=engineer)
    plan = AreaMap.objects.create(area=area)
    with pytest.raises(IntegrityError), transaction.atomic():
        MapPlace.objects.create(map=plan, machine=machines[0], x=1001, y=0)


def test_a_picture_lies_under_the_plan_and_is_taken_away_again(client, area, machines, engineer):
    address = f"/wall/maps/{area.pk}/picture/"
    client.post(address, {"picture": SimpleUploadedFile("plan.png", picture(), "image/png")})
    plan = AreaMap.objects.get()
    assert (plan.picture.width, plan.picture.height) == (400, 300)
    answer = client.get(f"/wall/map-pictures/{plan.picture_id}/")
    assert answer["Content-Type"] == "image/jpeg"
    client.post(address)
    assert AreaMap.objects.get().picture is None
    with pytest.raises(InvalidInput):
        draw_plan(area=area, file=b"no picture", by=engineer)


def test_the_page_saves_what_was_dragged_and_refuses_nonsense(client, area, machines, engineer):
    address = f"/wall/maps/{area.pk}/places/"

    def post(body):
        return client.post(address, body, content_type="application/json").status_code

    assert post(json.dumps({machines[0].pk: [250, 750]})) == 200
    assert places() == {machines[0].pk: (250, 750)}
    assert post("nonsense") == post("[1]") == post('{"x": [1, 2]}') == 400
    assert post(json.dumps({MachineFactory().pk: [1, 1]})) == 422
    context = client.get(f"/wall/maps/{area.pk}/?edit=1").context
    assert [(face.key, place.x) for face, place in context["standing"]] == [(machines[0].pk, 250)]
    assert {face.key for face in context["waiting"]} == {machine.pk for machine in machines[1:]}
    assert context["editing"]


def test_an_operator_looks_and_does_not_draw(client, area, machines):
    client.force_login(OperatorFactory())
    context = client.get(f"/wall/maps/{area.pk}/?edit=1").context
    assert not context["editing"]
    assert (
        client.post(f"/wall/maps/{area.pk}/places/", "{}", content_type="application/json").status_code == 403
    )


def test_tv_mode_fills_the_screen_with_small_areas_together(client, area, machines, monkeypatch):
    client.force_login(OperatorFactory())
    address = f"/wall/?plant={area.plant.code}"

    def screens(query):
        places = client.get(address + query).context["places"]
        return [(place.name, len(place.faces)) for place in places]

    for name, number in (("Hall", 1), ("Yard", 2)):
        MachineFactory.create_batch(number, plant=area.plant, area=AreaFactory(plant=area.plant, name=name))
    assert screens("&tv=3") == screens("&sort=trouble&tv=3") == [("", 6)]
    monkeypatch.setattr("quality.views.wall.ROOMY", 4)
    areas = dict(screens(""))
    assert areas == {"Forge": 3, "Hall": 1, "Yard": 2}
    joined = screens("&tv=3")
    assert sorted(number for _name, number in joined) == [2, 4]
    assert sorted(name for one, _number in joined for name in one.split(" · ")) == ["Forge", "Hall", "Yard"]
    page = client.get(f"{address}&tv=3")
    assert (page.context["tv"], page.context["size"]) == (5, "roomy")
    assert b"tv.js" in page.content
    assert client.get(f"{address}&tv=soon").context["tv"] is None
