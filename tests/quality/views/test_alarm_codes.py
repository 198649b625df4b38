import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from machines.enums import MachineState
from machines.models import AlarmMapping, CodedBy, StopCoding
from mes.accounts.roles import Role
from tests.factories.machines import (
    MeasuredMachineFactory,
    StateIntervalFactory,
    StopCodingFactory,
    StopReasonFactory,
)
from tests.support.admin import client_of, queries_of

pytestmark = pytest.mark.django_db
PAGE = reverse("stop-codes")


@pytest.fixture
def machine():
    return MeasuredMachineFactory(code="PRESS-1")


def stopped(machine, days, alarm="E10", reason=None):
    start = timezone.now() - timedelta(days=days)
    end = start + timedelta(minutes=10)
    StateIntervalFactory(
        machine=machine, state=MachineState.STOP, alarm=alarm, started_at=start, ended_at=end
    )
    if reason:
        StopCodingFactory(machine=machine, reason=reason, span=(start, end))


def form_of(page, action):
    """The hidden fields of the first form that posts to ``action``."""
    found = re.search(rf'<form[^>]*action="{re.escape(action)}".*?</form>', page, re.S)
    return dict(re.findall(r'name="(\w+)" value="([^"]*)"', found[0]))


def test_a_proposal_is_accepted_with_one_click_and_the_past_with_a_second(client, machine):
    engineer = client_of(client, Role.ENGINEER)
    jam = StopReasonFactory(plant=machine.plant, name_en="Jam")
    for days in (1, 2):
        stopped(machine, days, reason=jam)
    stopped(machine, 3)
    stopped(machine, 60)
    page = engineer.get(PAGE).content.decode()
    assert "E10" in page
    assert "people said so 2 of 2 times (100 %)" in page
    answer = engineer.post(reverse("stop-code-map"), form_of(page, reverse("stop-code-map")), follow=True)
    mapping = AlarmMapping.objects.get()
    assert (mapping.pattern, mapping.reason, mapping.group) == ("E10", jam, machine.group)
    page = answer.content.decode()
    assert "1 stop (10 min) of the last 30 days has this code and no reason." in page
    url = reverse("stop-code-apply", args=[mapping.pk])
    answer = engineer.post(url, form_of(page, url), follow=True)
    assert "1 stop has a reason now." in answer.content.decode()
    assert StopCoding.objects.filter(source=CodedBy.MACHINE).count() == 1
    assert "Without a meaning 0" in re.sub(r"\s+", " ", answer.content.decode())


def test_who_only_looks_sees_no_button(client, machine):
    stopped(machine, 1, reason=StopReasonFactory(plant=machine.plant))
    page = client_of(client, Role.OPERATOR).get(PAGE).content.decode()
    assert "E10" in page
    assert "Accept" not in page


@pytest.mark.parametrize(
    "form", [{}, {"group": "1", "reason": "x"}, {"group": "9" * 30, "reason": "9" * 30}, {"pattern": "E"}]
)
def test_nonsense_is_not_found(client, machine, form):
    assert client_of(client, Role.ENGINEER).post(reverse("stop-code-map"), form).status_code == 404


def test_the_number_of_queries_does_not_depend_on_codes(client, machine):
    engineer = client_of(client, Role.ENGINEER)
    stopped(machine, 1)
    queries_of(engineer, PAGE)
    one = queries_of(engineer, PAGE)
    for number in (2, 3):
        stopped(MeasuredMachineFactory(plant=machine.plant), number, alarm=f"E{number}")
    assert len(queries_of(engineer, PAGE)) == len(one)
