"""The pages: two taps at the terminal, deciding and closing with a signature, actions, holds, the trail."""

import csv
import io
import uuid
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from machines.models import Plant
from mes.accounts.models import Signature
from orders.domain.reports import Quantities, report
from orders.domain.rework import ReworkStep
from orders.models import Hold, Operation
from quality.domain.nonconformances import dispose, raise_nonconformance
from quality.domain.subjects import subject_of_event
from quality.enums import DispositionKind
from quality.models import AuditReview, CorrectiveAction, Nonconformance
from quality.queries.repairs import repairs_of
from tests.factories.accounts import PASSWORD, OperatorFactory, QualityFactory, SupervisorFactory
from tests.factories.machines import MachineFactory, MachineGroupFactory
from tests.factories.orders import (
    HoldFactory,
    HoldPolicyFactory,
    OperationFactory,
    RunFactory,
    ScrapReasonFactory,
)
from tests.factories.quality import (
    CorrectiveActionFactory,
    DefectCodeFactory,
    InspectionFactory,
    NonconformanceFactory,
)
from tests.support.signing import proof_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def inspector(client):
    person = QualityFactory()
    client.force_login(person)
    client.person = person
    client.sign = {"username": person.username, "password": PASSWORD}
    return client


def post(client, name, *args, query="", **said):
    return client.post(reverse(name, args=args) + query, {"key": str(uuid.uuid4()), **said})


def test_lists_say_the_plants_time(inspector):
    row = NonconformanceFactory()
    Plant.objects.filter(pk=row.plant_id).update(time_zone="America/New_York")
    Nonconformance.objects.filter(pk=row.pk).update(raised_at=datetime(2026, 11, 23, 3, 5, tzinfo=UTC))
    assert "22:05:00" in inspector.get(reverse("nonconformances")).content.decode()


def test_two_taps_at_the_terminal_raise_it_once(client):
    operation = OperationFactory(in_production=True)
    machine = MachineFactory(plant=operation.plant, group=operation.machine_group)
    group = DefectCodeFactory(plant=operation.plant, name_en="Surface")
    burr = DefectCodeFactory(plant=operation.plant, parent=group, name_en="Burr")
    person = OperatorFactory()
    event = report(
        operation=operation,
        quantities=Quantities(scrap=Decimal(3)),
        scrap_reason=ScrapReasonFactory(plant=operation.plant),
        by=person,
        key=uuid.uuid4(),
    )
    client.force_login(person)
    page = client.get(reverse("terminal-operation", args=[machine.pk, operation.pk])).content.decode()
    link = reverse("terminal-nonconformance", args=[machine.pk, operation.pk]) + f"?event={event.pk}"
    assert link in page
    form = client.get(link).content.decode()
    assert "Burr" in form
    assert f'name="defect" value="{group.pk}"' not in form
    assert 'name="quantity" value="3"' in form
    said = {"key": str(uuid.uuid4()), "defect": burr.pk, "quantity": "3", "description": ""}
    for _again in range(2):
        assert client.post(link, said).status_code == 302
    row = Nonconformance.objects.get()
    assert (row.quantity, row.stands_as, row.machine, row.event) == (3, "scrap", machine, event)
    assert client.post(link, said | {"key": str(uuid.uuid4()), "defect": group.pk}).status_code == 422


def test_a_repairs_time_is_shown_to_all_and_its_cost_to_those_who_answer_for_it(client):
    operation = OperationFactory(in_production=True, position=1, number="0010")
    group = MachineGroupFactory(plant=operation.plant, hourly_rate=Decimal(80))
    bench = MachineFactory(plant=operation.plant, group=group)
    inspector = QualityFactory()
    event = report(
        operation=operation,
        quantities=Quantities(rework=Decimal(2)),
        scrap_reason=ScrapReasonFactory(plant=operation.plant),
        by=inspector,
        key=uuid.uuid4(),
    )
    row = raise_nonconformance(
        subject=subject_of_event(event),
        defect=DefectCodeFactory(plant=operation.plant),
        quantity=Decimal(2),
        by=inspector,
        key=uuid.uuid4(),
    )
    decided = dispose(
        nonconformance=row,
        kind=DispositionKind.REWORK,
        quantity=Decimal(2),
        reason="Bush",
        steps=[ReworkStep("Bush and hone", group)],
        by=inspector,
        key=uuid.uuid4(),
        proof=proof_of(inspector),
    )
    repair = Operation.objects.get(pk__in=decided.operations)
    start = timezone.now() - timedelta(minutes=90)
    Operation.objects.filter(pk=repair.pk).update(
        state="finished", started_at=start, finished_at=timezone.now()
    )
    RunFactory(operation=repair, machine=bench, started_at=start, ended_at=start + timedelta(minutes=45))
    for person, euros in ((inspector, True), (SupervisorFactory(), True), (OperatorFactory(), False)):
        client.force_login(person)
        page = client.get(reverse("nonconformance", args=[row.pk])).content.decode()
        assert "45 min" in page
        assert ("60.00 €" in page) is euros
    with CaptureQueriesContext(connection) as queries:
        found = repairs_of(row.order, [decided], with_euros=True)
    assert [(one.seconds, one.euros) for one in found[decided.pk]] == [(2700, 60)]
    assert len(queries) < 20


def test_an_inspection_becomes_a_nonconformance_that_is_decided_and_closed_with_signatures(inspector):
    inspection = InspectionFactory(defective=2, verdict="failed", operation__good=Decimal(20))
    operation = inspection.operation
    defect = DefectCodeFactory(plant=operation.plant)
    query = f"?inspection={inspection.pk}"
    assert 'value="2"' in inspector.get(reverse("nonconformance-new") + query).content.decode()
    answer = post(inspector, "nonconformance-new", query=query, defect=defect.pk, quantity="2")
    row = Nonconformance.objects.get()
    assert answer.url == reverse("nonconformance", args=[row.pk])
    post(inspector, "nonconformance", row.pk, action="contain", what="operation")
    assert Hold.objects.get().operation == operation
    said = {"action": "decide", "kind": "scrap", "quantity": "2", "reason": "too thin"}
    wrong = post(
        inspector, "nonconformance", row.pk, **said, username=inspector.person.username, password="no"
    )
    assert wrong.context["decide_form"].errors["password"] == ["The password is wrong."]
    assert wrong.status_code == 422
    assert post(inspector, "nonconformance", row.pk, **said, **inspector.sign).status_code == 302
    page = inspector.get(reverse("nonconformance", args=[row.pk])).content.decode()
    assert f"({inspector.person.username})" in page
    assert "approved" in page
    done = post(inspector, "nonconformance", row.pk, action="close", conclusion="done", password=PASSWORD)
    assert done.status_code == 302
    row.refresh_from_db()
    assert row.state == "closed"
    assert not Hold.objects.get().open
    meanings = Signature.objects.order_by("pk").values_list("meaning", flat=True)
    assert list(meanings) == ["approved", "released", "reviewed"]


def test_who_may_not_decide_sees_no_form_and_changes_nothing(client):
    row = NonconformanceFactory()
    client.force_login(SupervisorFactory())
    said = {"action": "decide", "kind": "scrap", "quantity": "2", "reason": "x", "password": PASSWORD}
    page = post(client, "nonconformance", row.pk, **said).content.decode()
    assert "Decide and sign" not in page
    assert not row.dispositions.exists()


@pytest.mark.parametrize("url", ["nonconformances", "actions", "holds"])
def test_lists_ask_the_same_for_one_row_and_for_three(inspector, url):
    counts = []
    for number in (1, 2):
        for _ in range(number):
            row = NonconformanceFactory()
            CorrectiveActionFactory().nonconformances.add(row)
            HoldFactory()
        inspector.get(reverse(url))
        with CaptureQueriesContext(
            connection,
        ) as queries:
            assert inspector.get(reverse(url)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_an_action_goes_from_its_cause_to_the_signed_check_by_another_person(inspector):
    row = NonconformanceFactory()
    owner = SupervisorFactory()
    query = f"?nonconformance={row.pk}"
    said = {"kind": "corrective", "title": "New die", "owner": owner.pk, "due_on": "2026-01-05"}
    post(inspector, "action-new", query=query, plant=row.plant_id, **said)
    action = CorrectiveAction.objects.get()
    assert list(action.nonconformances.all()) == [row]
    assert "overdue" in inspector.get(reverse("actions") + "?state=overdue").content.decode()
    done = {"action": "done", "done": "Die changed", "check_on": "2026-02-05"}
    refusal = post(inspector, "action", action.pk, **done)
    assert "Name the root cause first." in refusal.content.decode()
    post(inspector, "action", action.pk, action="findings", why_1="Burr", root_cause="Die worn")
    post(inspector, "action", action.pk, **done)
    action.refresh_from_db()
    assert (action.state, action.whys) == ("done", ["Burr"])
    check = {"action": "effect", "effective": "yes", "effect": "1,000 pieces without burr"}
    post(inspector, "action", action.pk, **check, **inspector.sign)
    action.refresh_from_db()
    assert (action.state, action.effective, action.checked_by) == ("closed", True, inspector.person)
    assert Signature.objects.get().table == "quality_correctiveaction"


def test_an_owner_does_not_check_the_own_work(inspector):
    action = CorrectiveActionFactory(
        owner=inspector.person, state="done", done="x", done_at="2026-01-05T06:00Z"
    )
    check = {"action": "effect", "effective": "yes", "effect": "fine"}
    answer = post(inspector, "action", action.pk, **check, **inspector.sign)
    assert answer.status_code == 422
    action.refresh_from_db()
    assert action.state == "done"


def test_a_hold_is_released_by_two_people_with_signatures(inspector, client):
    hold = HoldFactory(kind="nonconformance")
    HoldPolicyFactory(plant=hold.order.plant, kind="nonconformance", signature=True)
    assert post(inspector, "hold-release", hold.pk, reason="measured").status_code == 422
    assert post(inspector, "hold-release", hold.pk, reason="measured", **inspector.sign).status_code == 302
    assert "A second person" in inspector.get(reverse("hold-release", args=[hold.pk])).content.decode()
    second = QualityFactory()
    client.force_login(second)
    post(client, "hold-release", hold.pk, reason="agreed", username=second.username, password=PASSWORD)
    hold.refresh_from_db()
    assert (hold.asked_by, hold.lifted_by) == (inspector.person, second)
    assert list(Signature.objects.order_by("pk").values_list("meaning", flat=True)) == [
        "reviewed",
        "released",
    ]


def test_the_trail_is_filtered_exported_without_formulas_and_signed_for(inspector):
    operation = OperationFactory(in_production=True)
    NonconformanceFactory(operation=operation, description='=HYPERLINK("x")')
    url = reverse("audit-review")
    assert "HYPERLINK" in inspector.get(url).content.decode()
    assert "HYPERLINK" not in inspector.get(url + "?what=signatures").content.decode()
    text = inspector.get(reverse("audit-export")).content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert len(rows) > 2
    assert not [cell for row in rows for cell in row if cell[:1] in "=+-@" and cell]
    answer = inspector.post(
        url + "?what=changes", {"key": str(uuid.uuid4()), "comment": "ok", **inspector.sign}
    )
    assert answer.status_code == 302
    review = AuditReview.objects.get()
    assert (review.criteria, review.by) == ({"what": "changes"}, inspector.person)
    assert "ok" in inspector.get(url).content.decode()
    assert set(inspector.get(reverse("audit-head")).json()) == {"digest", "tables"}
