"""Connecting a machine on the pages: choose, test, map, see values, switch on; templates and files."""

import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection as database
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from integrations.domain import browsing
from integrations.domain.mappings import fitting, patterns_of
from integrations.models import (
    GatewayNow,
    MappingTemplate,
    SignalConnection,
    SignalConnectionNow,
    SignalMapping,
    SignalValues,
)
from integrations.views import connections as views
from machines.domain.wrong_clocks import wrong_clocks
from mes.accounts.roles import Role
from tests.factories.integrations import GatewayFactory, SignalConnectionFactory, SignalMappingFactory
from tests.factories.machines import MachineFactory, MeasuredMachineFactory, SourceFactory
from tests.support.admin import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def engineer(client):
    return client_of(client, Role.ENGINEER)


@pytest.fixture
def connection():
    return SignalConnectionFactory(code="cell", active=False)


def item(address, role="", *, device="Mazak", value=None, values=None):
    return {
        "address": address,
        "name": address,
        "kind": "",
        "unit": "",
        "device": device,
        "value": value,
        "ts": "",
        "role": role,
        "values": values or {},
    }


def answered(connection, *items, code="", problem=""):
    request = browsing.ask(connection=connection)
    found = {"items": list(items), "problem_code": code, "problem": problem, "seconds": 0.4, "more": 0}
    assert browsing.answer(request=request.pk, gateway=connection.gateway, found=found)


def content(answer, status=200):
    assert answer.status_code == status, answer.status_code
    return answer.content.decode()


def test_clocks_that_go_wrong_are_listed_with_whose_time_is_used(client):
    machine = MeasuredMachineFactory()
    SourceFactory(machine=machine, code="slow", clock_offsets=[12.0] * 5)
    SourceFactory(machine=machine, code="fast", clock_offsets=[-90.0] * 4 + [0.0, -95.0])
    SourceFactory(machine=machine, code="right", clock_offsets=[0.2] * 5)
    SourceFactory(machine=machine, code="new", clock_offsets=[500.0] * 4)
    found = wrong_clocks()
    assert [(one.source.code, one.ahead, one.seconds, one.believed) for one in found] == [
        ("fast", True, 90.0, False),
        ("slow", False, 12.0, True),
    ]
    page = content(client_of(client, Role.ENGINEER).get(reverse("connections")))
    assert "Clocks that go wrong" in page
    assert page.index("fast") < page.index("slow")


def test_a_new_connection_is_switched_off_and_has_the_options_of_its_protocol(engineer, monkeypatch):
    from integrations.signals.base import Option

    plant = MachineFactory().plant
    options = (Option("interval", "Interval", "number", 1000), Option("fast", "Fast", "yes_no", False))
    monkeypatch.setattr(views, "is_installed", lambda name: True)
    monkeypatch.setattr(views, "options_of", lambda name: options)
    url = reverse("connection-new")
    assert "MTConnect" in content(engineer.get(url))
    page = content(engineer.get(url, {"protocol": "mtconnect"}))
    assert 'name="option-interval" value="1000"' in page
    data = {
        "code": "cell",
        "name": "Cell",
        "plant": plant.pk,
        "address": "http://10.0.0.5:5000",
        "option-interval": "500",
        "option-fast": "on",
    }
    assert engineer.post(f"{url}?protocol=mtconnect", data).status_code == 302
    made = SignalConnection.objects.get()
    assert (made.protocol, made.active, made.options) == ("mtconnect", False, {"interval": 500, "fast": True})
    assert content(engineer.post(f"{url}?protocol=mtconnect", {**data, "code": ""}), 422)
    assert engineer.get(url, {"protocol": "telegraph"}).status_code == 404


def test_showing_items_asks_the_sender_and_says_why_nothing_answers(engineer, connection):
    url = reverse("connection-items", args=[connection.pk])
    assert "Asking the sender" in content(engineer.get(url))
    assert connection.browses.filter(answered_at=None).count() == 1
    answered(connection, code="refused", problem="[Errno 111] Connect call failed")
    page = content(engineer.get(url))
    assert "nothing listens at this port" in page
    assert "Errno 111" in page


def test_a_question_that_nobody_takes_says_what_does_not_run(engineer, connection):
    url = reverse("connection-items", args=[connection.pk])
    engineer.get(url)
    connection.browses.update(requested_at=timezone.now() - timedelta(minutes=1))
    assert "manage.py gateway" in content(engineer.get(url))
    connection.gateway = GatewayFactory(plant=connection.plant)
    connection.save()
    assert "The gateway did not answer" in content(engineer.get(url))


def test_proposals_are_ticked_and_mapped_to_the_machine_of_the_device(engineer, connection):
    machine = MachineFactory(code="MAZAK", plant=connection.plant)
    answered(
        connection,
        item("exec", "state", value="ACTIVE", device="Mazak 1", values={"3": "ACTIVE"}),
        item("load", value=12.5, device="Mazak 1"),
    )
    page = content(engineer.get(reverse("connection-items", args=[connection.pk])))
    assert f'<option value="{machine.pk}" selected>' in page
    assert 'value="exec" aria-label="exec" checked' in page
    assert 'value="load" aria-label="load" checked' not in page
    data = {
        "machine": machine.pk,
        "slot": 0,
        "device": "Mazak 1",
        "item": ["exec"],
        "address": ["exec", "load"],
        "role": ["state", "override"],
    }
    assert engineer.post(reverse("connection-map", args=[connection.pk]), data).status_code == 302
    (mapping,) = SignalMapping.objects.all()
    assert (mapping.address, mapping.role, mapping.values) == ("exec", "state", {"3": "ACTIVE"})
    assert "MAZAK" in content(engineer.get(reverse("connection-items", args=[connection.pk])))


def test_a_slot_that_the_machine_has_not_is_refused_in_words(engineer, connection):
    machine = MachineFactory(plant=connection.plant, slots=1)
    answered(connection, item("exec", "state"))
    data = {"machine": machine.pk, "slot": 4, "item": ["exec"], "address": ["exec"], "role": ["state"]}
    answer = engineer.post(reverse("connection-map", args=[connection.pk]), data, follow=True)
    assert "has 1 slots" in content(answer)
    assert not SignalMapping.objects.exists()


def test_items_are_found_by_words_and_refreshed_in_place(engineer, connection):
    answered(connection, item("exec", value="ACTIVE"), item("load", value=12.5))
    page = content(engineer.get(reverse("connection-items", args=[connection.pk]), {"q": "LOAD"}))
    assert 'value="load"' in page
    assert 'value="exec"' not in page
    values = content(engineer.get(reverse("connection-item-values", args=[connection.pk])))
    assert values.count("hx-swap-oob") == 2
    assert ">12.5<" in values


def test_values_show_what_they_mean_and_which_words_nobody_knows(engineer):
    mapping = SignalMappingFactory(values={"3": "ACTIVE"})
    last = {
        "value": 3,
        "quality": "good",
        "ts": "",
        "received": timezone.now().isoformat(),
        "count": 7,
        "unknown": {"LÄUFT": 2, "3": 1},
    }
    connection = mapping.connection
    browsing.write_values({connection.pk: {mapping.address: last}})
    page = content(engineer.get(reverse("connection", args=[connection.pk])))
    assert "<b>ACTIVE</b>" in page
    assert "1 unknown word: LÄUFT" in page
    assert SignalValues.objects.get().watched_until > timezone.now()
    shown = views.render_values([str(connection.pk)])[str(connection.pk)]
    assert "<b>ACTIVE</b>" in shown
    edit = content(engineer.get(reverse("mapping", args=[mapping.pk])))
    assert 'value="LÄUFT"' in edit


def test_a_mapping_is_changed_with_its_value_table(engineer):
    mapping = SignalMappingFactory()
    data = {
        "machine": mapping.machine_id,
        "slot": 0,
        "role": "state",
        "factor": "",
        "raw": ["LÄUFT", " ", "HALT"],
        "word": ["ACTIVE", "x", "STOPPED"],
    }
    url = reverse("mapping", args=[mapping.pk])
    assert engineer.post(url, data).status_code == 302
    mapping.refresh_from_db()
    assert mapping.values == {"LÄUFT": "ACTIVE", "HALT": "STOPPED"}
    assert "zero" in content(engineer.post(url, {**data, "factor": "0"}), 422)
    assert "slots" in content(engineer.post(url, {**data, "slot": "9"}), 422)
    assert engineer.post(reverse("mapping-remove", args=[mapping.pk])).status_code == 302
    assert not SignalMapping.objects.exists()


def test_a_connection_without_a_mapping_is_not_switched_on(engineer, connection):
    url = reverse("connection-switch", args=[connection.pk])
    assert "Map at least one item" in content(engineer.post(url, {"on": "yes"}, follow=True))
    connection.refresh_from_db()
    assert not connection.active
    SignalMappingFactory(connection=connection)
    engineer.post(url, {"on": "yes"})
    connection.refresh_from_db()
    assert connection.active


def test_how_it_fares_is_judged_by_the_clock(engineer):
    gateway = GatewayFactory(name="Hall 1")
    served = SignalConnectionFactory(name="Cell A", plant=gateway.plant)
    SignalConnectionFactory(name="Cell B", plant=gateway.plant, gateway=gateway)
    now = timezone.now()
    SignalConnectionNow.objects.create(
        connection=served, state="connected", held_by="x", held_until=now + timedelta(seconds=10)
    )
    told = GatewayNow.objects.create(gateway=gateway, seen_at=now - timedelta(seconds=4))
    strip = reverse("connection-troubles")
    assert "Cell" not in content(engineer.get(strip))
    GatewayNow.objects.filter(pk=told.pk).update(seen_at=now - timedelta(seconds=16))
    page = content(engineer.get(strip))
    assert "Hall 1" in page
    assert "Cell B" not in page, "its gateway says it already"
    SignalConnectionNow.objects.update(held_until=now - timedelta(seconds=1))
    assert "nobody runs it" in content(engineer.get(strip))
    GatewayNow.objects.filter(pk=told.pk).update(seen_at=now, refused_at=now)
    assert "refused" in content(engineer.get(strip))


def test_the_strip_is_on_the_wall(client):
    assert reverse("connection-troubles") in content(client_of(client, Role.OPERATOR).get(reverse("wall")))


def test_a_template_maps_the_next_machine_of_its_kind(engineer, connection):
    first = MachineFactory(code="A", plant=connection.plant)
    second = MachineFactory(code="B", plant=connection.plant)
    for address, role in (("line/press1/state", "state"), ("line/press1/count", "part_count")):
        SignalMappingFactory(connection=connection, machine=first, address=address, role=role)
    page = reverse("connection-template", args=[connection.pk])
    assert "*state" in content(engineer.get(page))
    data = {"machine": first.pk, "code": "press", "name": "Press"}
    assert engineer.post(page, data).status_code == 302
    assert "already exists" in content(engineer.post(page, data), 422)
    template = MappingTemplate.objects.get()
    whats = ("state", "count", "x")
    answered(
        connection,
        *[item(f"line/press{n}/{what}", device=f"press{n}") for n in (1, 2) for what in whats],
    )
    mapped = {"machine": second.pk, "slot": 0, "template": template.pk, "device": "press2"}
    engineer.post(reverse("connection-map", args=[connection.pk]), mapped)
    rows = SignalMapping.objects.filter(machine=second).values_list("address", "role")
    assert set(rows) == {("line/press2/state", "state"), ("line/press2/count", "part_count")}
    assert "*count" in content(engineer.get(reverse("mapping-templates")))


@pytest.mark.parametrize(
    ("addresses", "patterns"),
    [
        ([], []),
        (["execution"], ["execution"]),
        (["Mazak01_execution", "Mazak01_mode"], ["*execution", "*mode"]),
        (["a/b/state"], ["*state"]),
        (["a/b/state[1]", "a/b/x*"], ["*state[[]1]", "*x[*]"]),
        (["abc", "abd"], ["abc", "abd"]),
    ],
)
def test_patterns_keep_what_is_not_common(addresses, patterns):
    assert patterns_of(addresses) == patterns


def test_a_saved_pattern_finds_its_own_items_again(connection):
    machine = MachineFactory(plant=connection.plant)
    addresses = ["ns=urn:x;Objects/[1]/state*", "ns=urn:x;Objects/[1]/count?"]
    template = MappingTemplate.objects.create(code="t", name="t", protocol="opcua")
    for address, pattern in zip(addresses, patterns_of(addresses), strict=True):
        template.rows.create(pattern=pattern, role="state")
        assert address
    assert [meaning.address for meaning in fitting(template, addresses, machine)] == addresses


def file_of(data):
    return SimpleUploadedFile("mapping.json", json.dumps(data).encode(), content_type="application/json")


def test_a_mapping_goes_out_and_comes_back_as_a_file(engineer):
    mapping = SignalMappingFactory(values={"3": "ACTIVE"}, factor="0.5")
    connection = mapping.connection
    text = content(engineer.get(reverse("connection-export", args=[connection.pk])))
    data = json.loads(text)
    url = reverse("connection-import", args=[connection.pk])
    assert "0 new, 0 changed, 1 as they are" in content(engineer.post(url, {"file": file_of(data)}))
    data["mappings"][0] |= {"role": "mode", "factor": None}
    data["mappings"].append({"address": "new", "machine": mapping.machine.code, "role": "alarm"})
    SignalMappingFactory(connection=connection, machine=mapping.machine, address="old")
    answer = engineer.post(url, {"file": file_of(data)})
    assert "1 new, 1 changed, 0 as they are" in content(answer)
    mapping.refresh_from_db()
    assert mapping.role == "state", "showing the differences changes nothing"
    applied = {"text": answer.context["text"], "apply": "yes", "remove": "yes"}
    assert engineer.post(url, applied).status_code == 302
    rows = connection.mappings.order_by("address").values_list("address", "role")
    assert dict(rows) == {mapping.address: "mode", "new": "alarm"}
    forged = applied["text"].replace("alarm", "state")
    assert "Choose the file again" in content(engineer.post(url, {**applied, "text": forged}), 422)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"format": "x"}, "no file with a mapping"),
        ({"version": 9}, "version"),
        ({"protocol": "opcua"}, "opcua"),
        ({"mappings": 7}, "list"),
        ({"mappings": [7]}, "object"),
        ({"mappings": [{"address": "", "machine": "M", "role": "state"}]}, "1 to 500"),
        ({"mappings": [{"address": "a", "machine": "NOBODY", "role": "state"}]}, "no machine"),
        ({"mappings": [{"address": "a", "machine": "M", "role": "boss"}]}, "no such role"),
        ({"mappings": [{"address": "a", "machine": "M", "role": "state", "slot": 40}]}, "slots"),
        ({"mappings": [{"address": "a", "machine": "M", "role": "state", "factor": 0}]}, "other than zero"),
        ({"mappings": [{"address": "a", "machine": "M", "role": "state", "factor": "NaN"}]}, "than zero"),
        ({"mappings": [{"address": "a", "machine": "M", "role": "state", "values": [1]}]}, "value table"),
        ({"mappings": [{"address": "a", "machine": "M", "role": "state"}] * 2}, "already mapped"),
    ],
)
def test_a_wrong_file_is_refused_with_row_and_field(engineer, connection, change, said):
    MachineFactory(code="M", plant=connection.plant)
    data = {"format": "mes-signal-mapping", "version": 1, "protocol": "mtconnect", "mappings": []} | change
    page = content(
        engineer.post(reverse("connection-import", args=[connection.pk]), {"file": file_of(data)}), 422
    )
    assert said in page
    assert not SignalMapping.objects.exists()


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"[" * 100_000])
def test_a_file_that_is_no_json_is_refused(engineer, connection, body):
    file = SimpleUploadedFile("m.json", body)
    answer = engineer.post(reverse("connection-import", args=[connection.pk]), {"file": file})
    assert answer.status_code == 422


def queries(client, url):
    with CaptureQueriesContext(database) as found:
        content(client.get(url))
    return len(found)


def test_lists_cost_the_same_for_one_row_and_for_three(engineer):
    mapping = SignalMappingFactory(connection__gateway=GatewayFactory())
    connection = mapping.connection
    answered(connection, item("s", "state"))
    urls = [
        reverse("connections"),
        reverse("connection-troubles"),
        reverse("connection", args=[connection.pk]),
        reverse("connection-items", args=[connection.pk]),
        reverse("gateway", args=[connection.gateway_id]),
        reverse("connection-template", args=[connection.pk]),
        reverse("connection-export", args=[connection.pk]),
    ]
    engineer.get(reverse("connections"))
    one = {url: queries(engineer, url) for url in urls}
    for n in range(2):
        SignalMappingFactory(connection__gateway=GatewayFactory())
        SignalMappingFactory(
            connection=connection, machine=MachineFactory(plant=connection.plant), address=f"s{n}"
        )
    answered(connection, *[item(f"s{n}", "state", device=f"d{n}") for n in range(3)])
    three = {url: queries(engineer, url) for url in urls}
    device_selects = 2  # each device has its own choice of machines
    items = urls[3]
    assert three.pop(items) <= one.pop(items) + device_selects
    assert three == one
