"""Machine accounts: who is let in, who is not, and what a wrong key costs."""

from datetime import timedelta

import pytest
from django.test import override_settings
from django.utils import timezone
from rest_framework.response import Response
from rest_framework.test import APIRequestFactory
from rest_framework.views import APIView

from mes.accounts import authentication
from mes.accounts.authentication import Has, MachineAccount, channel_of, person_of
from mes.accounts.models import ApiKey
from mes.accounts.roles import Right
from mes.accounts.throttling import RateThrottle, Window
from tests.factories.accounts import ApiKeyFactory, OperatorFactory

pytestmark = pytest.mark.django_db
TEXT = "a-key-that-a-partner-sends"


class Door(APIView):
    permission_classes = [Has(Right.SEND_ORDERS)]

    def get(self, request):
        return Response({"by": person_of(request), "via": channel_of(request), "who": str(request.user)})


def ask(authorization=None, user=None, address="10.0.0.1"):
    request = APIRequestFactory().get("/", REMOTE_ADDR=address)
    if authorization is not None:
        request.META["HTTP_AUTHORIZATION"] = authorization
    if user is not None:
        request.user = user
    return Door.as_view()(request)


@pytest.fixture(autouse=True)
def no_failures_yet():
    authentication.failures.clear()
    RateThrottle.windows.clear()
    yield
    authentication.failures.clear()
    RateThrottle.windows.clear()


def test_a_valid_key_is_let_in_as_a_machine_not_a_person():
    key = ApiKeyFactory(text=TEXT, name="SAP")
    answer = ask(f"Api-Key {TEXT}")
    assert answer.status_code == 200
    assert answer.data == {"by": None, "via": "api:SAP", "who": "SAP"}
    assert not hasattr(MachineAccount(key), "_meta")


@pytest.mark.parametrize(
    "state",
    [{"active": False}, {"expires_at": timezone.now() - timedelta(seconds=1)}],
    ids=["inactive", "expired"],
)
def test_inactive_and_expired_keys_are_refused(state):
    ApiKeyFactory(text=TEXT, **state)
    answer = ask(f"Api-Key {TEXT}")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == 'Api-Key realm="api"'


@pytest.mark.parametrize("header", ["Api-Key wrong", "Api-Key", "Api-Key  ", "Bearer x", "\xff\xfe"])
def test_wrong_headers_are_refused(header):
    ApiKeyFactory(text=TEXT)
    assert ask(header).status_code == 401


def test_a_key_without_the_right_is_refused():
    ApiKeyFactory(text=TEXT, role="gateway")
    assert ask(f"Api-Key {TEXT}").status_code == 403


def test_a_person_without_the_right_is_refused():
    assert ask(user=OperatorFactory()).status_code == 403


def test_use_is_noted_once_a_minute(django_assert_num_queries):
    ApiKeyFactory(text=TEXT)
    with django_assert_num_queries(2):
        ask(f"Api-Key {TEXT}")
    first = ApiKey.objects.get().last_used_at
    assert first is not None
    with django_assert_num_queries(1):
        ask(f"Api-Key {TEXT}")
    assert ApiKey.objects.get().last_used_at == first


def test_many_wrong_keys_lock_their_address_only():
    ApiKeyFactory(text=TEXT)
    for _ in range(authentication.FAILURES_PER_MINUTE):
        assert ask("Api-Key wrong").status_code == 401
    locked = ask(f"Api-Key {TEXT}")
    assert locked.status_code == 429
    assert int(locked["Retry-After"]) <= 60
    assert ask(f"Api-Key {TEXT}", address="10.0.0.2").status_code == 200


def test_an_account_has_its_own_rate(settings):
    ApiKeyFactory(text=TEXT)
    ApiKeyFactory(text="another-key-of-a-partner")
    with override_settings(
        REST_FRAMEWORK={
            **settings.REST_FRAMEWORK,
            "DEFAULT_THROTTLE_RATES": {"anon": "1/day", "user": "3/day"},
        }
    ):
        assert [ask(f"Api-Key {TEXT}").status_code for _ in range(4)] == [200, 200, 200, 429]
        assert ask("Api-Key another-key-of-a-partner").status_code == 200


def test_a_window_forgets_when_it_ends():
    now = [0.0]
    window = Window(60, clock=lambda: now[0])
    assert [window.add("a"), window.add("a"), window.add("b")] == [1, 2, 1]
    now[0] = 59.9
    assert window.count("a") == 2
    assert window.remaining() == pytest.approx(0.1)
    now[0] = 60.0
    assert window.count("a") == 0
