"""Signing: two components, counted failures, nothing by an API key, broken when the content changes."""

import json
from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone

from mes.accounts.models import Signature, SigningFailure
from mes.accounts.signing import Meaning, prove, sign, signatures_of
from mes.lib.errors import NotAllowed
from orders.models import Hold
from tests.factories.accounts import PASSWORD, ApiKeyFactory, QualityFactory
from tests.factories.orders import HoldFactory
from tests.support.signing import proof_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def request_of(rf):
    def make(person):
        request = rf.post("/", REMOTE_ADDR="10.0.0.7")
        request.user, request.session = person, SessionStore()
        return request

    return make


def refused(request, **said):
    with pytest.raises(NotAllowed) as refusal:
        prove(request, **said)
    return refusal.value.code


def test_the_first_signature_of_a_session_needs_both_components_and_later_ones_the_password(request_of):
    person = QualityFactory()
    request = request_of(person)
    assert refused(request, password=PASSWORD) == "user_name_missing"
    assert prove(request, username=person.username, password=PASSWORD).person == person
    assert prove(request, password=PASSWORD).method == "password"
    assert refused(request, password="") == "wrong_password"
    assert refused(request, password=PASSWORD) == "user_name_missing"  # a failure begins anew
    assert refused(request_of(person), password=PASSWORD) == "user_name_missing"  # so does a log-in


def test_after_a_quarter_of_an_hour_both_are_asked_again(request_of, monkeypatch):
    person = QualityFactory()
    request = request_of(person)
    prove(request, username=person.username, password=PASSWORD)
    request.session["signed_at"] = "2026-01-05T06:00:00+00:00"
    assert refused(request, password=PASSWORD) == "user_name_missing"


def test_nobody_signs_with_what_belongs_to_somebody_else(request_of):
    person, other = QualityFactory(badge="B1", pin="1234"), QualityFactory(badge="B2", pin="5678")
    assert refused(request_of(person), username=other.username, password=PASSWORD) == "somebody_else"
    assert refused(request_of(person), badge="B2", pin="5678") == "somebody_else"
    assert refused(request_of(person), badge="B1", pin="5678") == "wrong_badge_or_pin"
    assert prove(request_of(person), badge="B1", pin="1234").method == "badge_and_pin"


def test_no_signing_by_a_key_or_by_nobody(request_of):
    assert refused(request_of(ApiKeyFactory()), password="x") == "not_a_person"
    assert refused(request_of(AnonymousUser()), password="x") == "not_a_person"


def test_failures_are_kept_with_who_and_where_and_lock(request_of, settings):
    settings.AXES_ENABLED = True
    person = QualityFactory()
    codes = [refused(request_of(person), username=person.username, password="wrong") for _ in range(6)]
    assert codes[0] == "wrong_password"
    assert codes[-1] == "locked"
    assert refused(request_of(person), username=person.username, password=PASSWORD) == "locked"
    first = SigningFailure.objects.order_by("pk").first()
    assert (first.by, first.address, first.reason) == (person, "10.0.0.7", "wrong_password")
    assert SigningFailure.objects.count() == 7
    assert not Signature.objects.exists()


def test_a_signature_holds_name_time_meaning_and_what_was_signed():
    hold, person = HoldFactory(), QualityFactory(first_name="Jörg", last_name="Weiß")
    signature = sign(record=hold, meaning=Meaning.APPROVED, proof=proof_of(person))
    assert signature.name == f"Jörg Weiß ({person.username})"
    assert json.loads(signature.content)["reason"] == hold.reason
    assert [one.intact for one in signatures_of(Hold, [hold])[hold.pk]] == [True]
    person.first_name = "Somebody"
    person.save()
    signature.refresh_from_db()
    assert signature.name.startswith("Jörg Weiß")


def test_a_proof_is_for_this_request_only():
    old = proof_of(QualityFactory(), timezone.now() - timedelta(minutes=2))
    with pytest.raises(NotAllowed) as refusal:
        sign(record=HoldFactory(), meaning=Meaning.APPROVED, proof=old)
    assert refusal.value.code == "proof_too_old"


def test_a_signature_can_not_be_moved_to_another_record():
    hold, other = HoldFactory(), HoldFactory(reason="Another one")
    signature = sign(record=hold, meaning=Meaning.APPROVED, proof=proof_of(QualityFactory()))
    Signature.objects.filter(pk=signature.pk).update(record=other.pk)
    assert [one.intact for one in signatures_of(Hold, [other])[other.pk]] == [False]
