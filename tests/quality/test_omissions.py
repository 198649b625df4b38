"""An inspection that was not done stays asked for until somebody says why."""

import uuid
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from mes.lib.admin.audit import Criteria
from mes.lib.errors import InvalidInput, NotAllowed
from quality.domain.omissions import give_up_inspections
from quality.domain.results import Found, record_result
from quality.models import InspectionDemand, InspectionOmission
from quality.queries.audit import Trail
from quality.queries.due import open_demands
from tests.factories.accounts import OperatorFactory, QualityFactory
from tests.factories.quality import InspectionDemandFactory, InspectionOmissionFactory

pytestmark = pytest.mark.django_db


def sampled_twice(**more):
    """The sample of three o'clock was not taken, that of four is due."""
    newer = InspectionDemandFactory(reason="minutes", trigger="minutes:7:1", due_at=timezone.now(), **more)
    older = InspectionDemandFactory(
        operation=newer.operation,
        characteristic=newer.characteristic,
        reason="minutes",
        trigger="minutes:7:0",
        due_at=newer.due_at - timedelta(hours=1),
        **more,
    )
    return older, newer


def give_up(demands, reason="The pieces were gone", by=None, key=None):
    return give_up_inspections(
        demands=[one.pk for one in demands],
        reason=reason,
        by=by or QualityFactory(),
        key=key or uuid.uuid4(),
    )


def still_open():
    return {one.pk: one.missed for one in open_demands(now=timezone.now())}


def test_it_is_asked_for_until_somebody_says_why():
    older, newer = sampled_twice(wanted=3)
    assert still_open() == {older.pk: True, newer.pk: False}
    inspector = QualityFactory()
    assert give_up([older], by=inspector) == 1
    assert still_open() == {newer.pk: False}
    said = InspectionOmission.objects.get()
    assert (said.operation, said.characteristic, said.trigger) == (
        older.operation,
        older.characteristic,
        older.trigger,
    )
    assert (said.missing, said.due_at, said.by) == (3, older.due_at, inspector)


def test_saying_it_twice_is_once_and_what_was_done_stays_done():
    older, newer = sampled_twice()
    InspectionDemand.objects.filter(pk=newer.pk).update(done=F("wanted"))
    key = uuid.uuid4()
    assert give_up([older, newer], key=key) == 1
    assert give_up([older, newer], key=key) == 0
    assert give_up([older], reason="Another one") == 0
    assert InspectionOmission.objects.get().reason == "The pieces were gone"


@pytest.mark.parametrize(
    ("more", "error"), [({"reason": "  "}, InvalidInput), ({"by": OperatorFactory}, NotAllowed)]
)
def test_without_a_reason_or_the_right_it_stays(more, error):
    older, _newer = sampled_twice()
    by = more.get("by")
    with pytest.raises(error):
        give_up([older], reason=more.get("reason", "x"), by=by() if by else None)
    assert older.pk in still_open()


def test_the_database_wants_a_reason_and_one_per_inspection():
    with pytest.raises(IntegrityError, match="inspection_omission_says_why"), transaction.atomic():
        InspectionOmissionFactory(reason="")
    said = InspectionOmissionFactory()
    with pytest.raises(IntegrityError, match="inspection_omission_once"), transaction.atomic():
        InspectionOmissionFactory(operation=said.operation, characteristic=said.characteristic)


def test_a_result_answers_what_is_still_asked_for():
    older, newer = sampled_twice()
    give_up([older])
    result = record_result(
        characteristic=newer.characteristic,
        operation=newer.operation,
        found=Found(value="25.00", unit="mm"),
        by=OperatorFactory(),
        key=uuid.uuid4(),
    )
    assert result.trigger == newer.trigger


def test_the_audit_trail_tells_who_gave_up_what_and_why():
    older, newer = sampled_twice()
    give_up([older, newer])
    entries = Trail(Criteria(), what="omissions")[:]
    assert [entry.details for entry in entries] == ["The pieces were gone"] * 2
    assert older.characteristic.code in entries[0].name
    assert Trail(Criteria(person=OperatorFactory().pk), what="omissions")[:] == []


def test_on_the_page_the_chosen_ones_leave_with_one_reason(client):
    client.force_login(QualityFactory())
    pairs = [sampled_twice() for _ in range(2)]
    page = client.get(reverse("inspections")).content.decode()
    assert page.count('name="demand"') == 2
    said = {"key": str(uuid.uuid4()), "demand": [str(older.pk) for older, _newer in pairs]}
    refused = client.post(reverse("inspections-not-done"), said | {"reason": ""})
    assert refused.status_code == 422
    assert refused.content.decode().count("checked") == 2
    assert len(still_open()) == 4
    answer = client.post(reverse("inspections-not-done"), said | {"reason": "Meeting"}, follow=True)
    text = answer.content.decode()
    assert text.count("Meeting") == 2
    assert 'name="demand"' not in text
    assert client.post(reverse("inspections-not-done"), {"reason": "x"}).status_code == 422


def test_who_may_not_inspect_sees_no_choice(client):
    client.force_login(OperatorFactory())
    older, _newer = sampled_twice()
    page = client.get(reverse("inspections")).content.decode()
    assert 'name="demand"' not in page
    assert client.post(reverse("inspections-not-done"), {"demand": [older.pk]}).status_code == 403
    assert older.pk in still_open()


def test_the_page_takes_the_same_queries_whatever_is_missed(client, django_assert_num_queries):
    client.force_login(QualityFactory())
    give_up(sampled_twice()[:1])
    sampled_twice()
    client.get(reverse("inspections"))
    with CaptureQueriesContext(connection) as one:
        client.get(reverse("inspections"))
    for _ in range(2):
        give_up(sampled_twice()[:1])
        sampled_twice()
    with django_assert_num_queries(len(one)):
        client.get(reverse("inspections"))
