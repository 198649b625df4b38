"""The HTTP door: what is taken, what is refused, and that an answer means stored."""

import gzip
import json

import pytest
from django.utils import timezone

from integrations.signals.http import views
from machines.models import Sample, SampleProblem
from mes.accounts.models import ApiKey
from mes.accounts.roles import Role
from tests.factories.machines import MeasuredMachineFactory

pytestmark = pytest.mark.django_db

URL = "/api/v1/samples"


@pytest.fixture
def machine():
    return MeasuredMachineFactory()


@pytest.fixture
def headers():
    _, key = ApiKey.issue(name="gateway", role=Role.GATEWAY)
    return {"Authorization": f"Api-Key {key}"}


def entry(machine, seq=1, **rest):
    return {
        "machine": machine.code,
        "source": "plc",
        "boot": "b1",
        "seq": seq,
        "ts": timezone.now().isoformat(),
        "item": "cycle_event",
        "value": True,
        **rest,
    }


def post(client, headers, data, **rest):
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    return client.post(URL, body, content_type="application/json", headers={**headers, **rest})


def stored():
    return Sample.objects.filter(ts__gte="2020-01-01T00:00:00Z").count()


def test_a_list_is_taken_entry_by_entry(client, headers, machine):
    batch = [entry(machine, 1), {}, {**entry(machine, 2), "machine": "NOBODY"}, entry(machine, 3)]
    batch[1] = dict(batch[0])
    answer = post(client, headers, batch)
    assert answer.status_code == 202
    body = answer.json()
    assert [one["status"] for one in body["answers"]] == ["accepted", "duplicate", "rejected", "accepted"]
    assert body["answers"][2]["code"] == "unknown_machine"
    assert body["answers"][2]["field"] == "machine"
    assert (body["accepted"], body["duplicate"], body["rejected"]) == (2, 1, 1)
    assert stored() == 2
    assert SampleProblem.objects.get().channel == "api:gateway"


def test_a_repeated_request_changes_nothing(client, headers, machine):
    batch = [entry(machine, seq) for seq in range(5)]
    post(client, headers, batch)
    again = post(client, headers, batch)
    assert (again.status_code, again.json()["duplicate"]) == (202, 5)
    assert stored() == 5


def test_one_object_or_a_named_list_is_taken_too(client, headers, machine):
    assert post(client, headers, entry(machine, 1)).json()["accepted"] == 1
    assert post(client, headers, {"samples": [entry(machine, 2)]}).json()["accepted"] == 1


def test_gzip(client, headers, machine):
    body = gzip.compress(json.dumps([entry(machine)]).encode())
    assert post(client, headers, body, **{"Content-Encoding": "gzip"}).status_code == 202
    assert stored() == 1


@pytest.mark.parametrize(
    ("body", "encoding", "status", "code"),
    [
        (b"", "", 400, "not_json"),
        (b"{", "", 400, "not_json"),
        (b'[{"a": NaN}]', "", 400, "not_json"),
        ('["ä"]'.encode("latin-1"), "", 400, "not_json"),
        (b"[" * 100_000, "", 400, "not_json"),
        (b"[]", "", 422, "invalid"),
        (b"7", "", 422, "invalid"),
        (json.dumps([{}] * 5001).encode(), "", 422, "invalid"),
        (b"no gzip", "gzip", 400, "not_gzip"),
        (gzip.compress(b"[]" * 1000)[:-20], "gzip", 400, "not_gzip"),
        (gzip.compress(b" " * 30_000_000), "gzip", 413, "too_large"),
        (b"[]", "br", 400, "unknown_encoding"),
    ],
    ids=[
        "empty", "broken", "NaN", "latin-1", "deep", "empty list", "number", "too many",
        "not gzip", "cut gzip", "gzip bomb", "brotli",
    ],
)  # fmt: skip
def test_bad_bodies_are_refused_clearly(client, headers, body, encoding, status, code):
    answer = post(client, headers, body, **({"Content-Encoding": encoding} if encoding else {}))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["message"]
    assert stored() == 0


def test_a_broken_body_is_kept(client, headers):
    post(client, headers, b'[{"machine": "M1", ')
    problem = SampleProblem.objects.get()
    assert (problem.code, problem.raw) == ("not_json", '[{"machine": "M1", ')


def test_a_hundred_megabytes_are_refused_without_reading_them(client, headers):
    answer = client.generic(
        "POST",
        URL,
        b"[]",
        content_type="application/json",
        headers=headers,
        CONTENT_LENGTH=str(100 * 1024 * 1024),
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_nothing_taken_is_no_success(client, headers, machine):
    answer = post(client, headers, [entry(machine, seq=-1), "text", None])
    assert answer.status_code == 422
    assert [one["code"] for one in answer.json()["answers"]] == [
        "out_of_range",
        "not_an_object",
        "not_an_object",
    ]


def test_only_gateways_may_send(client, machine):
    _, erp = ApiKey.issue(name="erp", role=Role.ERP)
    assert post(client, {}, [entry(machine)]).status_code == 401
    assert post(client, {"Authorization": "Api-Key wrong"}, [entry(machine)]).status_code == 401
    assert post(client, {"Authorization": f"Api-Key {erp}"}, [entry(machine)]).status_code == 403
    assert stored() == 0


def test_when_all_places_are_taken_the_sender_is_asked_to_wait(client, headers, machine, monkeypatch):
    monkeypatch.setattr(views, "PATIENCE_SECONDS", 0.01)
    taken = [views.places.acquire() for _ in range(views.AT_ONCE)]
    try:
        answer = post(client, headers, [entry(machine)])
    finally:
        for _ in taken:
            views.places.release()
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "2")
    assert stored() == 0
    assert post(client, headers, [entry(machine)]).status_code == 202


def test_a_lost_database_is_no_loss_of_samples(client, headers, machine, monkeypatch):
    from django.db import OperationalError

    def fail(*args, **kwargs):
        raise OperationalError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(views, "append", fail)
        assert post(client, headers, [entry(machine)]).status_code == 503
    assert post(client, headers, [entry(machine)]).status_code == 202
