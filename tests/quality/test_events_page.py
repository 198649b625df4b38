"""From a figure of a plant to what it is made of: what is listed adds up to what was shown."""

from datetime import timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from machines.enums import MachineState
from mes.accounts.roles import Role
from mes.lib.spans import ZERO
from orders.enums import EventKind
from orders.models import Run
from quality.kpi.definitions import DEFINITION_SETS
from tests.factories.accounts import UserFactory
from tests.factories.machines import (
    MONDAY,
    AreaFactory,
    MachineGroupFactory,
    MeasuredMachineFactory,
    PlantFactory,
    StateIntervalFactory,
    StopCodingFactory,
    StopReasonFactory,
)
from tests.factories.orders import OperationFactory, ProductionEventFactory, RunFactory

pytestmark = pytest.mark.django_db
SHIFT = "period=free&start=2026-03-02T07:00&end=2026-03-02T15:00"  # 06:00 to 14:00 UTC
MINUTE = timedelta(minutes=1)


@pytest.fixture
def plant():
    plant = PlantFactory(code="RUHR", name="Ruhr works")
    plant.group = MachineGroupFactory(plant=plant)
    plant.forge, plant.cnc = (AreaFactory(plant=plant, code=code) for code in ("FORGE", "CNC"))
    plant.jam = StopReasonFactory(plant=plant, name_en="Jam")
    press(plant, plant.forge, "PRESS-1", jam=30, slow=10)
    press(plant, plant.forge, "PRESS-2", jam=20, slow=11)
    press(plant, plant.cnc, "LATHE-1", jam=10, slow=13)
    return plant


def press(plant, area, code, *, jam, slow):
    """Eight hours: setup 30, no order 60, a jam, an open stop of 10, a micro-stop of 2, production else."""
    machine = MeasuredMachineFactory(
        plant=plant,
        area=area,
        group=plant.group,
        code=code,
        hourly_rate=Decimal(60),
        reference_cycle_seconds=Decimal(30),
    )
    operation = OperationFactory(
        order__plant=plant, machine_group=plant.group, in_production=True, run_seconds=Decimal(slow)
    )
    run = RunFactory(
        operation=operation,
        machine=machine,
        started_at=MONDAY,
        production_at=MONDAY + 30 * MINUTE,
        ended_at=MONDAY + 420 * MINUTE,
    )
    cursor = MONDAY
    for minutes, state in (
        (100, MachineState.PRODUCING),
        (jam, MachineState.STOP),
        (50, MachineState.PRODUCING),
        (2, MachineState.MICRO_STOP),
        (100, MachineState.PRODUCING),
        (10, MachineState.STOP),
        (480, MachineState.PRODUCING),
    ):
        end = cursor + minutes * MINUTE
        StateIntervalFactory(machine=machine, started_at=cursor, ended_at=end, state=state)
        if state == MachineState.STOP and minutes == jam != 10:
            StopCodingFactory(machine=machine, reason=plant.jam, span=DateTimeTZRange(cursor, end))
        cursor = end
    for good, scrap, kind in ((900, 20, EventKind.COUNTED), (-5, 5, EventKind.RECLASSIFIED)):
        ProductionEventFactory(
            order=operation.order,
            operation=operation,
            run=run,
            machine=machine,
            kind=kind,
            good=Decimal(good),
            scrap=Decimal(scrap),
            occurred_at=MONDAY + 200 * MINUTE,
        )
    return machine


@pytest.fixture
def boss(client):
    client.force_login(UserFactory(roles=[Role.SUPERVISOR.value]))
    return client


def links(page):
    """Every address of the page that leads to events."""
    text = page.content.decode()
    return {
        unescape(part.split('"')[0]) for part in text.split('href="')[1:] if "/events/?" in part.split('"')[0]
    }


def listed(boss, address):
    """All stretches of all pages behind an address."""
    found, number = [], 1
    while True:
        page = boss.get(f"{address}&page={number}").context
        found += page["rows"]
        if not page["page"].has_next():
            return found
        number += 1


@pytest.mark.parametrize("place", ["plant=RUHR", "plant=RUHR&area=FORGE", "group", ""])
def test_every_time_of_a_place_is_the_sum_of_what_is_listed(boss, plant, place):
    place = f"plant=RUHR&group={plant.group.code}" if place == "group" else place
    page = boss.get(f"/oee/?{place}&{SHIFT}")
    shown = page.context["figures"].elements
    to_events = links(page)
    for key in ("apt", "aust", "micro", "adot", "unknown", "pdot"):
        (address,) = {
            one
            for one in to_events
            if one.endswith(f"&show={key}") and "/oee/" in one and "area=" not in one.replace(place, "")
        }
        time = sum((row.row.segment.duration for row in listed(boss, address)), ZERO)
        assert time == getattr(shown, key) == boss.get(address).context["total"], key
    assert any(one.endswith("&show=adet,micro") for one in to_events)


@pytest.mark.parametrize("code", DEFINITION_SETS)
def test_each_definition_set_leads_to_the_events_of_its_figures(boss, plant, code):
    page = boss.get(f"/oee/?plant=RUHR&{SHIFT}")
    (read,) = [one for one in page.context["translated"] if one.definition.code == code]
    elements, definition = page.context["figures"].elements, DEFINITION_SETS[code]
    assert elements.micro, "the sets differ in what they do with it"

    def behind(figure):
        address = f"/oee/events/?plant=RUHR&{page.context['period'].query}&show={figure.explanation.times}"
        assert address in links(page)
        return boss.get(address).context["total"]

    availability, performance, _quality = read.factors
    assert behind(read.base) == definition.base(elements)
    assert behind(read.oee) == definition.base(elements) + elements.unknown
    lost = definition.base(elements) - definition.running(elements)
    assert behind(availability) == lost
    if performance.explanation.times != "speed":
        assert behind(performance) == definition.producing(elements) + elements.beyond
    else:
        assert definition.producing(elements) == elements.apt


def test_a_figure_of_the_translator_says_its_set_formula_and_coverage(boss, plant):
    page = boss.get(f"/oee/?plant=RUHR&{SHIFT}")
    read = {one.definition.code: one for one in page.context["translated"]}
    formulas = {code: [each.explanation.formula for each in one.factors] for code, one in read.items()}
    assert formulas["iso22400"] == ["APT / PBT", "Σ (PRI × PQ) / APT", "GQ / PQ"]
    assert formulas["nakajima"][:2] == ["(APT + micro) / PBT", "Σ (PRI × PQ) / (APT + micro)"]
    assert formulas["nee"][0] == "(APT + AUST) / PBT"
    assert formulas["setup_planned"][0] == "APT / (PBT − AUST)"
    table = page.content.decode().split('aria-labelledby="translated-title"')[1].split("</table>")[0]
    assert table.count("figure-why") == 5 * len(read)
    assert table.count(page.context["coverage"].reckoning) == 5 * len(read)


def test_losses_of_the_tree_lead_to_their_events(boss, plant):
    page = boss.get(f"/oee/?plant=RUHR&{SHIFT}")
    for step in page.context["losses"]:
        address = f"/oee/events/?plant=RUHR&{page.context['period'].query}&show={step.events}"
        assert address in links(page)
        content = boss.get(address).content.decode()
        if step.key not in ("quality", "good"):
            assert step.time in content, step.key


def test_the_bars_of_a_plant_lead_to_their_stops(boss, plant):
    page = boss.get(f"/oee/stops/?plant=RUHR&{SHIFT}&measure=euros")
    assert len(page.context["pareto"]) == 2
    for bar in page.context["pareto"]:
        (address,) = {one for one in links(page) if one.endswith(f"&reason={bar.cause}")}
        behind = boss.get(address)
        assert behind.context["total"] == bar.time
        rows = behind.context["rows"]
        assert len(rows) == bar.stops
        assert round(sum(row.euros for row in rows), 2) == bar.euros
        assert round(sum(row.pieces for row in rows)) == bar.pieces
        one = boss.get(f"{address}&machine=PRESS-1").context["rows"]
        assert {row.machine.code for row in one} == {"PRESS-1"}
        assert boss.get(one[0].stop_url).status_code == 200


def test_speed_is_told_by_order_and_adds_up(boss, plant):
    page = boss.get(f"/oee/?plant=RUHR&{SHIFT}")
    figures = page.context["figures"]
    behind = boss.get(f"/oee/events/?plant=RUHR&{SHIFT}&show=speed").context
    found = [pace for pace, *_rest in behind["paces"]]
    assert sum((pace.taken for pace in found), ZERO) == figures.elements.apt + figures.elements.beyond
    assert sum((pace.planned for pace in found), ZERO) == figures.quantities.standard
    assert sum(pace.pieces for pace in found) == figures.quantities.produced
    assert [machine.code for _pace, machine, *_rest in behind["paces"]] == ["PRESS-1", "PRESS-2", "LATHE-1"]
    pace = found[0]
    rows = listed(boss, f"/oee/events/?plant=RUHR&{SHIFT}&show=apt,beyond&operation={pace.operation}")
    assert sum((row.row.segment.duration for row in rows), ZERO) == pace.taken


def test_production_on_more_slots_than_a_machine_has_is_listed_too(boss, plant):
    run = Run.objects.first()
    RunFactory(
        operation=run.operation,
        machine=run.machine,
        slot=2,
        started_at=MONDAY,
        production_at=MONDAY,
        ended_at=MONDAY + 60 * MINUTE,
    )
    beyond = boss.get(f"/oee/?plant=RUHR&{SHIFT}").context["figures"].elements.beyond
    assert beyond == 60 * MINUTE
    assert boss.get(f"/oee/events/?plant=RUHR&{SHIFT}&show=beyond").context["total"] == beyond
    taken = [pace.taken for pace, *_rest in boss.get(f"/oee/events/?{SHIFT}&show=speed").context["paces"]]
    assert sum(taken, ZERO) == boss.get(f"/oee/?{SHIFT}").context["figures"].elements.apt + beyond


def test_pieces_of_a_place_are_the_bookings(boss, plant):
    quantities = boss.get(f"/oee/?plant=RUHR&{SHIFT}").context["figures"].quantities
    behind = boss.get(f"/oee/events/?plant=RUHR&{SHIFT}&show=pieces").context
    events = [event for event, _planned in behind["bookings"]]
    assert len(events) == 6
    assert sum(event.good for event in events) == quantities.good == behind["quantities"].good
    assert sum(event.scrap for event in events) == quantities.scrap == behind["quantities"].scrap
    assert behind["quantities"].standard == quantities.standard
    one = boss.get(f"/oee/events/?plant=RUHR&{SHIFT}&show=pieces&machine=LATHE-1").context
    assert len(one["bookings"]) == 2


def test_too_much_to_list_is_told_by_machine(boss, plant, monkeypatch):
    monkeypatch.setattr("quality.views.events.MOST_MACHINE_TIME", timedelta(hours=10))
    page = boss.get(f"/oee/?plant=RUHR&{SHIFT}").context["figures"].elements
    behind = boss.get(f"/oee/events/?plant=RUHR&{SHIFT}&show=adet").context
    assert [machine.code for machine, _time in behind["parts"]] == ["PRESS-1", "PRESS-2", "LATHE-1"]
    assert behind["total"] == "1 h 30 min"
    assert page.adet - page.micro == 90 * MINUTE
    one = boss.get(f"/oee/events/?plant=RUHR&{SHIFT}&show=adet&machine=PRESS-1").context
    assert one["total"] == 40 * MINUTE


@pytest.mark.parametrize(
    "show", ["", "adet", "speed", "pieces", "adet&reason=none", "adet&measure=promise_days"]
)
def test_the_page_asks_as_much_for_three_machines_as_for_one(
    boss, plant, show, django_assert_max_num_queries
):
    def asked(more):
        with django_assert_max_num_queries(60) as captured:
            assert boss.get(f"/oee/events/?plant=RUHR&{more}{SHIFT}&show={show}").status_code == 200
        return len(captured)

    asked("")
    assert asked("machine=PRESS-1&") == asked("")


def test_nonsense_in_the_address_is_no_crash(boss, plant):
    for query in (
        "show=nonsense",
        "show=adet&reason=x",
        "operation=9999999999999999999999&show=apt",
        "machine=NO",
    ):
        assert boss.get(f"/oee/events/?plant=RUHR&{SHIFT}&{query}").status_code == 200, query
