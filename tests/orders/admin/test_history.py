"""The audit history: every door of the database, in words, and quick."""

import pghistory
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from machines.models import Machine, ShiftPattern, Tool
from mes.accounts.models import User
from mes.accounts.roles import Role
from mes.lib.admin.audit import Criteria, audit_page, event_tables, history_of
from orders.models import Bom, Item
from tests.factories.accounts import SkillFactory, UserFactory
from tests.factories.machines import (
    AreaFactory,
    MachineFactory,
    MachineGroupFactory,
    PlantFactory,
    ShiftBreakFactory,
    ShiftFactory,
    ToolFactory,
)
from tests.factories.orders import BomLineFactory, ItemFactory, UnitFactory
from tests.support.admin import client_of, import_rows, page_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna(client):
    person = UserFactory(first_name="Anna", last_name="Berg", roles=[Role.ENGINEER.value])
    client.force_login(person)
    return person


def told(change):
    return [(field.label, field.before, field.after) for field in change.fields]


def machine_form(machine, **changes):
    return {
        "code": machine.code,
        "name": machine.name,
        "plant": machine.plant_id,
        "area": machine.area_id,
        "group": machine.group_id,
        "slots": 1,
        "wall_position": 0,
        "active": "on",
        "counting_item": "",
        "trust": "cycles",
        "minimum_cycle_seconds": "0.5",
        "pieces_per_cycle": "1",
        "counter_reset_to": 0,
        "micro_stop_seconds": "300",
        "silence_seconds": "30",
        "gap_factor": "3",
        "gap_floor_seconds": "10",
        **changes,
    }


def test_a_change_in_a_form_says_who_when_before_and_after(client, anna):
    machine = MachineFactory(code="M7", name="Old name")
    area = AreaFactory(plant=machine.plant, code="NEW", name="New hall")
    form = machine_form(machine, name="New name", area=area.pk, counting_item="cycle_event")
    answer = client.post(page_of(Machine, "change", machine.pk), form)
    assert answer.status_code == 302, answer.context_data["adminform"].form.errors
    newest, first = history_of(Machine, machine.pk)
    assert (newest.who, newest.action, newest.kind) == ("Anna Berg", "changed", "Machine")
    assert set(told(newest)) == {
        ("Name", "Old name", "New name"),
        ("Area", str(machine.area), "NEW New hall"),
        ("Counted by", "–", "cycle event"),
    }
    assert (first.action, first.who) == ("added", "directly in the database")
    page = client.get(page_of(Machine, "history", machine.pk)).content.decode()
    for text in ("Anna Berg", "Old name", "New name", "NEW New hall"):
        assert text in page


def test_bulk_updates_sql_and_deletions_are_caught_too(anna):
    machines = MachineFactory.create_batch(3)
    Machine.objects.filter(pk__in=[machine.pk for machine in machines]).update(slots=4)
    for machine in machines:
        assert told(history_of(Machine, machine.pk)[0]) == [("Parallel slots", "1", "4")]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE machines_machine SET name = 'by hand' WHERE id = %s", [machines[0].pk])
    assert told(history_of(Machine, machines[0].pk)[0])[0][2] == "by hand"
    pk = machines[0].pk
    Machine.objects.filter(pk=pk).delete()
    gone = history_of(Machine, pk)[0]
    assert (gone.action, gone.name) == ("deleted", f"{machines[0].code} by hand")


def test_every_row_of_an_import_is_in_the_history(client, anna):
    UnitFactory(code="C62")
    rows = [{"code": f"I{n}", "name": f"Item {n}", "unit": "C62", "strategy": "MTO"} for n in range(25)]
    import_rows(client, Item, rows)
    import_rows(client, Item, [{**row, "strategy": "MTS"} for row in rows])
    for item in Item.objects.all():
        changed, added = history_of(Item, item.pk)
        assert (changed.who, added.who) == ("Anna Berg", "Anna Berg")
        assert told(changed) == [("Strategy", "make to order", "make to stock")]


def test_lines_belong_to_the_history_of_their_head(client, anna):
    line = BomLineFactory(bom__item__code="GEARBOX", item__code="SCREW", quantity=4)
    type(line).objects.update(quantity=6)
    changes = history_of(Bom, line.bom_id, children=("lines",))
    assert [(change.kind, change.action) for change in changes] == [
        ("BOM line", "changed"),
        ("BOM line", "added"),
        ("Bill of material", "added"),
    ]
    assert told(changes[0]) == [("Quantity", "4", "6")]
    assert "SCREW" in client.get(page_of(Bom, "history", line.bom_id)).content.decode()


def test_breaks_written_as_text_keep_their_history(client, anna):
    pattern = ShiftFactory().pattern
    shift = pattern.shifts.get()
    ShiftBreakFactory(shift=shift)
    form = {
        "code": pattern.code,
        "name": pattern.name,
        "shifts-TOTAL_FORMS": 1,
        "shifts-INITIAL_FORMS": 1,
        "shifts-0-id": shift.pk,
        "shifts-0-pattern": pattern.pk,
        "shifts-0-weekday": 0,
        "shifts-0-name": "Early",
        "shifts-0-start": "06:00",
        "shifts-0-end": "14:00",
        "shifts-0-breaks_text": "9:00 - 9:15; 12:00–12:30 unpaid",
    }
    answer = client.post(page_of(ShiftPattern, "change", pattern.pk), form)
    assert answer.status_code == 302, answer.context_data["errors"]
    assert [(str(pause), pause.unpaid) for pause in shift.breaks.all()] == [
        ("09:00–09:15", False),
        ("12:00–12:30", True),
    ]
    assert "12:00-12:30 unpaid" in client.get(page_of(ShiftPattern, "change", pattern.pk)).content.decode()
    answer = client.post(
        page_of(ShiftPattern, "change", pattern.pk), {**form, "shifts-0-breaks_text": "9-10"}
    )
    assert "is not a break like 09:00-09:15" in answer.content.decode()


def test_skills_and_fitting_machines_are_in_the_history():
    forging, cnc = SkillFactory(code="forging"), SkillFactory(code="cnc")
    person = UserFactory(skills=[forging])
    person.skills.set([cnc])
    changes = history_of(User, person.pk, children=("skills",))
    assert [(change.action, told(change)[-1][1:]) for change in changes[:3]] == [
        ("added", ("–", "cnc Cnc")),
        ("deleted", ("forging Forging", "–")),
        ("added", ("–", "forging Forging")),
    ]
    machine = MachineFactory(code="M1")
    tool = ToolFactory(plant=machine.plant, machines=[machine])
    assert "M1" in history_of(Tool, tool.pk, children=("machines",))[0].name


def test_commands_and_machine_accounts_are_named(anna):
    with pghistory.context(command="load_demo"):
        item = ItemFactory()
    with pghistory.context(user=None, account="ERP partner", url="/api/"):
        Item.objects.filter(pk=item.pk).update(name="by the ERP")
    assert [change.who for change in history_of(Item, item.pk)] == ["ERP partner", "command load_demo"]


def test_the_list_of_all_changes_can_be_narrowed(client, anna):
    other = UserFactory(first_name="Ben", last_name="Cole")
    with pghistory.context(user=other.pk):
        ItemFactory(code="BENS")
    with pghistory.context(user=anna.pk):
        ItemFactory(code="ANNAS")
        MachineGroupFactory(code="GROUP-X")
    url = reverse("admin:audit")
    everything = client.get(url).content.decode()
    assert "BENS" in everything
    assert "GROUP-X" in everything
    narrowed = client.get(url, {"person": anna.pk, "model": "orders.item"}).content.decode()
    assert "ANNAS" in narrowed
    assert "BENS" not in narrowed
    assert "GROUP-X" not in narrowed
    assert "ANNAS" not in client.get(url, {"until": "2020-01-01"}).content.decode()
    assert "ANNAS" in client.get(url, {"since": "2020-01-01"}).content.decode()
    assert client.get(url, {"person": "x", "page": "-1", "since": "?"}).status_code == 200


def test_pages_follow_each_other_without_gaps():
    ItemFactory.create_batch(70)
    first, second = audit_page(Criteria(model=Item)), audit_page(Criteria(model=Item, page=2))
    assert (len(first.changes), first.has_next) == (50, True)
    assert (len(second.changes), second.has_next) == (20, False)
    assert len({change.name for change in first.changes + second.changes}) == 70


def test_the_list_never_counts_and_asks_the_same_for_many_rows(client, anna):
    ItemFactory()
    PlantFactory()
    url = reverse("admin:audit")
    client.get(url)
    with CaptureQueriesContext(connection) as few:
        client.get(url)
    ItemFactory.create_batch(60)
    with CaptureQueriesContext(connection) as many:
        client.get(url)
    assert not [query for query in many if "COUNT(" in query["sql"].upper()]
    assert len(many) <= len(few)
    assert len(many) <= 25


def test_secrets_are_in_no_event_table():
    columns = {field.name for events in event_tables().values() for field in events._meta.get_fields()}
    assert not columns & {"password", "badge_hash", "pin_hash", "key_hash"}


def test_history_of_something_unknown_is_empty(client):
    client_of(client, Role.ENGINEER)
    assert client.get(page_of(Machine, "history", 4711)).status_code == 200
