"""Master data from the ERP: upserted by business key, ordered by version, switched off and never deleted."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from machines.models import MachineGroup
from orders.domain.master import Kind, apply_master
from orders.domain.master_documents import (
    BomDocument,
    BomPosition,
    CustomerDocument,
    ItemDocument,
    RoutingDocument,
    RoutingStep,
    UnitFactor,
    WorkCentreDocument,
)
from orders.domain.missing import Missing
from orders.enums import Outcome, Reference
from orders.models import Bom, Customer, Item, Routing
from tests.factories.machines import MachineGroupFactory, PlantFactory
from tests.factories.orders import ItemFactory, KilogramFactory, ProductionOrderFactory, UnitFactory
from tests.support.queries import statements

pytestmark = pytest.mark.django_db

MORNING = datetime(2026, 3, 2, 6, tzinfo=UTC)


@pytest.fixture
def plant():
    UnitFactory()
    return PlantFactory(code="1000", language="de")


def apply(plant, *documents, **options):
    return apply_master(documents, plant=plant, **options)


def outcomes(results):
    return [result.outcome for result in results]


def bom(item, *parts, **values):
    positions = tuple(BomPosition(f"{10 * n:04}", part, Decimal(1)) for n, part in enumerate(parts, start=1))
    return BomDocument(item, positions=positions, **values)


def items(*codes):
    return [ItemDocument(code, row=row, unit="C62") for row, code in enumerate(codes, start=1)]


def routing(item, *centres, **values):
    steps = tuple(
        RoutingStep(f"{10 * n:04}", "Turn", centre, Decimal(600), Decimal("30.5"), Decimal(1))
        for n, centre in enumerate(centres, start=1)
    )
    return RoutingDocument(item, steps=steps, **values)


def test_everything_of_one_message_at_once_whatever_its_order(plant):
    results = apply(
        plant,
        routing("SHAFT", "4711"),
        bom("SHAFT", "ROD"),
        *items("SHAFT", "ROD"),
        WorkCentreDocument("LATHE", internal_id="4711", standard_key="SAP1", name="Lathes"),
        CustomerDocument("C1", name="Customer one"),
    )
    assert outcomes(results) == [Outcome.CREATED] * 6
    assert [result.kind for result in results][:2] == [Kind.ROUTING, Kind.BOM]
    operation = Routing.objects.get(plant=plant, item__code="SHAFT").operations.get()
    assert operation.machine_group == MachineGroup.objects.get(code="LATHE", standard_key="SAP1")
    assert operation.run_seconds == Decimal("30.5")
    assert Bom.objects.get(item__code="SHAFT").lines.get().item.code == "ROD"
    assert Customer.objects.get(code="C1").name == "Customer one"


def test_the_same_message_again_changes_nothing_and_leaves_no_audit_row(plant):
    documents = [
        *items("SHAFT", "ROD"),
        WorkCentreDocument("LATHE"),
        bom("SHAFT", "ROD"),
        routing("SHAFT", "LATHE"),
        CustomerDocument("C1"),
    ]
    apply(plant, *documents)
    assert outcomes(apply(plant, *documents)) == [Outcome.UNCHANGED] * 6
    assert Item.objects.get(code="SHAFT").events.count() == 1


def test_only_what_changed_is_told_and_audited(plant):
    apply(plant, ItemDocument("SHAFT", unit="C62", name="Shaft", names={"de": "Welle"}))
    [result] = apply(plant, ItemDocument("SHAFT", name="Shaft 20", strategy="MTS"), via="erp:sap")
    assert result.outcome == Outcome.CHANGED
    assert result.changes == {"name": ["Shaft", "Shaft 20"], "strategy": ["MTO", "MTS"]}
    last = Item.objects.get(code="SHAFT").events.latest("pgh_id")
    assert last.pgh_context["command"] == "erp:sap"


def test_a_name_is_taken_in_the_language_of_the_plant(plant):
    apply(plant, ItemDocument("SHAFT", unit="C62", names={"en": "Shaft", "de": "Welle"}))
    item = Item.objects.get(code="SHAFT")
    assert (item.name, item.names) == ("Welle", {"en": "Shaft", "de": "Welle"})


def test_an_older_version_is_obsolete_whenever_it_comes(plant):
    apply(plant, ItemDocument("SHAFT", version="3", unit="C62", name="new"))
    [result] = apply(plant, ItemDocument("SHAFT", version="2", name="old"))
    assert result.outcome == Outcome.OBSOLETE
    assert Item.objects.get(code="SHAFT").name == "new"


def test_without_versions_the_order_of_arrival_decides(plant):
    apply(plant, ItemDocument("SHAFT", unit="C62", name="late"), received_at=MORNING)
    late = apply(plant, ItemDocument("SHAFT", name="early"), received_at=MORNING - timedelta(hours=1))
    assert outcomes(late) == [Outcome.OBSOLETE]


def test_a_message_that_said_nothing_new_still_counts_as_the_last_one(plant):
    apply(plant, ItemDocument("SHAFT", version="1", unit="C62", name="A"))
    apply(plant, ItemDocument("SHAFT", version="3", name="A"))
    assert outcomes(apply(plant, ItemDocument("SHAFT", version="2", name="B"))) == [Outcome.OBSOLETE]


def test_what_is_gone_is_switched_off_and_can_come_back(plant):
    everything = [*items("SHAFT"), WorkCentreDocument("LATHE"), routing("SHAFT", "LATHE"), bom("SHAFT")]
    apply(plant, *everything, CustomerDocument("C1"))
    gone = [replace(one, gone=True) for one in [*everything, CustomerDocument("C1")]]
    assert outcomes(apply(plant, *gone)) == [Outcome.CHANGED] * 5
    for model in (Item, MachineGroup, Routing, Bom, Customer):
        assert [row.active for row in model.objects.all()] == [False]
    assert outcomes(apply(plant, *everything)) == [Outcome.CHANGED] * 4
    assert Item.objects.get().active
    assert Routing.objects.get().active


def test_what_was_never_here_is_not_missed(plant):
    gone = [
        ItemDocument("X", gone=True),
        WorkCentreDocument("Y", gone=True),
        CustomerDocument("Z", gone=True),
    ]
    assert outcomes(apply(plant, *gone, BomDocument("X", gone=True))) == [Outcome.UNCHANGED] * 4
    assert not Item.objects.exists()


def test_lines_that_are_not_named_any_more_are_gone(plant):
    apply(plant, *items("SHAFT", "ROD", "NUT"), bom("SHAFT", "ROD", "NUT"))
    [result] = apply(plant, bom("SHAFT", "NUT"))
    assert result.changes["0010.item"] == ["ROD", "NUT"]
    assert [line.item.code for line in Bom.objects.get().lines.all()] == ["NUT"]


def test_missing_references_make_a_document_wait(plant):
    apply(plant, *items("SHAFT"))
    results = apply(plant, bom("SHAFT", "ROD"), routing("SHAFT", "LATHE"), bom("PUMP"))
    assert outcomes(results) == [Outcome.WAITING] * 3
    assert [result.missing for result in results] == [
        [Missing(Reference.ITEM, "ROD")],
        [Missing(Reference.WORK_CENTRE, "LATHE", plant.pk)],
        [Missing(Reference.ITEM, "PUMP")],
    ]
    assert not Bom.objects.exists()


@pytest.mark.parametrize(
    ("documents", "chain"),
    [
        ([bom("A", "A")], "A → A"),
        ([bom("A", "B"), bom("B", "C"), bom("C", "A")], "C → A → B → C"),
    ],
)
def test_an_item_never_contains_itself(plant, documents, chain):
    apply(plant, *items("A", "B", "C"))
    *others, last = apply(plant, *documents)
    assert outcomes(others) == [Outcome.CREATED] * len(others)
    assert (last.outcome, last.problems[0].code) == (Outcome.REFUSED, "cycle")
    assert chain in last.problems[0].message


def test_a_cycle_with_what_is_stored_already_is_found(plant):
    apply(plant, *items("A", "B", "C"), bom("A", "B"), bom("B", "C"))
    [result] = apply(plant, bom("C", "A"))
    assert "C → A → B → C" in result.problems[0].message
    apply(plant, replace(bom("B"), gone=True))
    assert outcomes(apply(plant, bom("C", "A"))) == [Outcome.CREATED]


def test_components_are_kept_in_their_own_unit(plant):
    KilogramFactory()
    UnitFactory(code="GRM", symbol="g", name="gram")
    UnitFactory(code="PR", symbol="pair", name="pair")
    nut = ItemDocument("NUT", unit="C62", factors=(UnitFactor("PR", Decimal(2)),))
    positions = (
        BomPosition("10", "STEEL", Decimal("0.4"), unit="GRM"),
        BomPosition("20", "NUT", Decimal(3), unit="PR"),
    )
    apply(plant, *items("SHAFT"), ItemDocument("STEEL", unit="KGM"), nut)
    [result] = apply(plant, BomDocument("SHAFT", positions=positions))
    assert result.outcome == Outcome.CREATED
    stored = Bom.objects.get()
    factor = stored.base_quantity
    assert [line.quantity / factor for line in stored.lines.all()] == [Decimal("0.0004"), 6]


def test_a_unit_that_nothing_converts_is_refused(plant):
    KilogramFactory()
    apply(plant, *items("SHAFT", "NUT"))
    positions = (BomPosition("10", "NUT", Decimal(1), unit="KGM"),)
    [result] = apply(plant, BomDocument("SHAFT", positions=positions))
    assert [(problem.code, problem.field) for problem in result.problems] == [
        ("no_conversion", "positions[0].unit")
    ]


def test_the_unit_of_an_item_in_use_stays(plant):
    KilogramFactory()
    ProductionOrderFactory(item=ItemFactory(code="USED"))
    ItemFactory(code="FREE")
    documents = [ItemDocument("USED", unit="KGM"), ItemDocument("FREE", unit="KGM")]
    assert outcomes(apply(plant, *documents)) == [Outcome.REFUSED, Outcome.CHANGED]


def test_a_new_revision_must_be_released_anew(plant):
    ItemFactory(code="SHAFT", revision="A", revision_released_at=MORNING)
    apply(plant, ItemDocument("SHAFT", revision="A"))
    assert Item.objects.get().revision_released_at == MORNING
    apply(plant, ItemDocument("SHAFT", revision="B"))
    assert Item.objects.get().revision_released_at is None


def test_a_work_centre_is_found_by_every_name(plant):
    MachineGroupFactory(plant=plant, code="M1", erp_code="LATHE", internal_id="99")
    apply(plant, *items("A", "B", "C"))
    results = apply(plant, routing("A", "M1"), routing("B", "LATHE"), routing("C", "99"))
    assert outcomes(results) == [Outcome.CREATED] * 3


def test_a_work_centre_that_was_renamed_is_known_by_its_internal_key(plant):
    apply(plant, WorkCentreDocument("OLD", internal_id="99"))
    [result] = apply(plant, WorkCentreDocument("NEW", internal_id="99"))
    assert result.changes == {"erp_code": ["OLD", "NEW"]}


def test_a_pinned_field_keeps_the_plants_value_beside_the_erps(plant):
    apply(plant, *items("SHAFT"), WorkCentreDocument("LATHE"), routing("SHAFT", "LATHE"))
    operation = Routing.objects.get().operations.get()
    operation.pinned = ["run_seconds"]
    operation.run_seconds = Decimal(25)
    operation.save()
    faster = RoutingStep("0010", "Mill", "LATHE", Decimal(300), Decimal(60), Decimal(2))
    [result] = apply(plant, RoutingDocument("SHAFT", steps=(faster,)))
    operation.refresh_from_db()
    assert (operation.run_seconds, operation.base_quantity) == (25, 1)
    assert (operation.setup_seconds, operation.text) == (300, "Mill")
    assert operation.erp_values["run_seconds"] == "60"
    assert result.kept == {"0010.run_seconds": ["25", "60"], "0010.base_quantity": ["1", "2"]}


def test_a_dry_run_tells_everything_and_writes_nothing(plant):
    apply(plant, *items("SHAFT"))
    results = apply(
        plant, ItemDocument("SHAFT", name="Shaft"), *items("ROD"), bom("SHAFT", "ROD"), dry_run=True
    )
    assert outcomes(results) == [Outcome.CHANGED, Outcome.CREATED, Outcome.CREATED]
    assert results[0].changes == {"name": ["SHAFT", "Shaft"]}
    assert Item.objects.get().name == "SHAFT"


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (ItemDocument(" ", unit="C62"), "missing"),
        (ItemDocument("X"), "missing"),
        (ItemDocument("X" * 61, unit="C62"), "too_long"),
        (ItemDocument("X\x00", unit="C62"), "not_text"),
        (ItemDocument("X", unit="XXX"), "unknown_unit"),
        (ItemDocument("X", unit="C62", strategy="ABC"), "unknown_strategy"),
        (ItemDocument("X", unit="C62", factors=(UnitFactor("C62", Decimal(0)),)), "not_positive"),
        (BomDocument("X", base_quantity=Decimal(0)), "not_positive"),
        (BomDocument("X", positions=(BomPosition("", "Y", Decimal(1)),)), "missing"),
        (BomDocument("X", positions=(BomPosition("1", "Y", Decimal(-1)),)), "not_positive"),
        (BomDocument("X", positions=(BomPosition("1", "Y", Decimal("NaN")),)), "not_positive"),
        (bom("X", "Y", base_quantity=Decimal("Infinity")), "not_positive"),
        (RoutingDocument("X"), "missing"),
        (RoutingDocument("X", plant="9999", steps=()), "unknown_plant"),
        (RoutingDocument("X", steps=(RoutingStep("0010", work_centre=""),)), "missing"),
        (RoutingDocument("X", steps=(RoutingStep("0010", work_centre="L", tool="T"),)), "unknown_tool"),
        (WorkCentreDocument("X", plant="9999"), "unknown_plant"),
        (CustomerDocument(""), "missing"),
    ],
)
def test_what_makes_no_sense_is_refused_by_row(plant, document, code):
    [result] = apply(plant, replace(document, row=7))
    assert result.outcome == Outcome.REFUSED
    assert [(problem.code, problem.row) for problem in result.problems] == [(code, 7)]


def test_the_number_of_queries_is_the_same_for_one_and_three(plant):
    def everything(*codes):
        return [
            one
            for code in codes
            for one in (
                ItemDocument(code, unit="C62", factors=(UnitFactor("KGM", Decimal(2)),)),
                ItemDocument(f"{code}-PART", unit="C62"),
                WorkCentreDocument(f"{code}-W"),
                bom(code, f"{code}-PART"),
                routing(code, f"{code}-W"),
                CustomerDocument(code),
            )
        ]

    KilogramFactory()

    def asked(*codes, **changes):
        with CaptureQueriesContext(connection) as context:
            apply(plant, *[replace(one, **changes) for one in everything(*codes)])
        return len(statements(context))

    apply(plant, *everything("WARM"))
    assert asked("A") == asked("B", "C", "D")
    assert asked("A", version="2") == asked("B", "C", "D", version="2")
