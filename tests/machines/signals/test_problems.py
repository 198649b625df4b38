"""What could not be taken is taken once its cause is mended, and only once."""

import pytest
from django.core.management import call_command
from django.urls import reverse

from machines.domain.problems import replay_problems
from machines.models import Sample, SampleProblem, SampleProblemReplay, Source
from mes.accounts.roles import Role
from mes.lib.errors import Refused
from tests.factories.accounts import UserFactory
from tests.factories.machines import MeasuredMachineFactory
from tests.machines.signals.sending import T0, Gateway, at, interpret, send

pytestmark = pytest.mark.django_db


class Unborn:
    code = "LATER"


def stored():
    return Sample.objects.filter(ts__gte=T0).order_by("ts")


def problems():
    return list(SampleProblem.objects.values_list("pk", flat=True))


@pytest.fixture
def refused():
    """Samples of a machine that nobody created yet."""
    assert send(Gateway(Unborn).cycles(1, 2, 3)) == ["rejected"] * 3


def test_samples_of_a_machine_created_later_get_in_with_their_own_times(refused):
    MeasuredMachineFactory(code="LATER")
    result = replay_problems(problems=problems(), by=None, now=at(7200))
    assert (result.settled, result.open) == (3, 0)
    assert list(stored().values_list("ts", flat=True)) == [at(1), at(2), at(3)]
    assert Source.objects.get().clock_offsets == [], "late is no wrong clock"
    assert interpret(7201) == 1


def test_a_second_try_has_no_effect(refused):
    MeasuredMachineFactory(code="LATER")
    replay_problems(problems=problems(), by=None, now=at(60))
    again = replay_problems(problems=problems(), by=None, now=at(61))
    assert (again.settled, again.open) == (0, 0)
    assert (stored().count(), SampleProblemReplay.objects.count()) == (3, 3)


def test_while_the_cause_stays_each_try_is_a_fact_and_no_new_problem(refused):
    for second in (60, 61):
        assert replay_problems(problems=problems(), by=None, now=at(second)).open == 3
    assert SampleProblem.objects.count() == 3
    assert set(SampleProblemReplay.objects.values_list("settled", "code")) == {(False, "unknown_machine")}
    MeasuredMachineFactory(code="LATER")
    assert replay_problems(problems=problems(), by=None, now=at(62)).settled == 3


def test_what_got_in_another_way_is_settled_too(refused):
    MeasuredMachineFactory(code="LATER")
    send(Gateway(Unborn).cycles(1, 2, 3))
    assert replay_problems(problems=problems(), by=None, now=at(60)).settled == 3
    assert stored().count() == 3


@pytest.mark.parametrize("raw", ['[{"machine": "M1", ', "7", "[]", '["a"]', '{"a": "' + "x" * 5000])
def test_what_was_never_a_sample_stays(raw):
    SampleProblem.objects.create(channel="test", code="broken_json", reason="", raw=raw[:4000])
    assert replay_problems(problems=problems(), by=None, now=at(0)).open == 1


def test_only_who_may_handle_messages_may_replay(refused):
    operator = UserFactory(roles=[Role.OPERATOR])
    with pytest.raises(Refused):
        replay_problems(problems=problems(), by=operator, now=at(60))


def test_from_the_admin_and_from_the_command_line(refused, client):
    MeasuredMachineFactory(code="LATER")
    engineer = UserFactory(roles=[Role.ENGINEER])
    client.force_login(engineer)
    url = reverse("admin:machines_sampleproblem_changelist")
    response = client.post(url, {"action": "replay", "_selected_action": problems()[:1]}, follow=True)
    assert response.status_code == 200
    assert SampleProblemReplay.objects.get().by == engineer
    call_command("replay_samples", code="unknown_machine")
    assert SampleProblemReplay.objects.filter(settled=True).count() == 3
    assert "3" in client.get(url, {"settled": "yes"}).content.decode()
