"""Verified requirements and inspections."""

from datetime import timedelta
from decimal import Decimal

import factory

from quality.enums import CharacteristicKind, DemandReason, DispositionKind, PlanState, Verdict
from quality.models import (
    AuditReview,
    Characteristic,
    CorrectiveAction,
    DefectCode,
    Disposition,
    Gauge,
    GoldenBatch,
    Inspection,
    InspectionDemand,
    InspectionOmission,
    InspectionPlan,
    InspectionResult,
    Nonconformance,
    Recall,
    RequirementCheck,
)
from tests.factories.accounts import OperatorFactory, QualityFactory, SupervisorFactory
from tests.factories.machines import MONDAY, PlantFactory
from tests.factories.orders import ItemFactory, OperationFactory, OrderRequirementFactory


class RequirementCheckFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = RequirementCheck

    plant = factory.SelfAttribute("requirement.order.plant")
    requirement = factory.SubFactory(OrderRequirementFactory)
    verdict = Verdict.PASSED
    by = factory.SubFactory(QualityFactory)
    at = MONDAY


class InspectionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Inspection

    plant = factory.SelfAttribute("operation.plant")
    operation = factory.SubFactory(OperationFactory, in_production=True, inspection=True)
    verdict = Verdict.PASSED
    inspected = Decimal(5)
    by = factory.SubFactory(QualityFactory)
    at = MONDAY


class GaugeFactory(factory.django.DjangoModelFactory):
    """A micrometer that needs no calibration."""

    class Meta:
        model = Gauge

    plant = factory.SubFactory(PlantFactory)
    code = factory.Sequence(lambda n: f"MIC-{n:03}")
    name = "Micrometer"
    unit = "mm"
    lower = Decimal(0)
    upper = Decimal(50)
    interval_days = 0


class InspectionPlanFactory(factory.django.DjangoModelFactory):
    """A draft. ``released=True`` puts it in force since before ``MONDAY``."""

    class Meta:
        model = InspectionPlan

    class Params:
        released = factory.Trait(state=PlanState.RELEASED, released_at=MONDAY - timedelta(days=30))

    plant = factory.SubFactory(PlantFactory)
    item = factory.SubFactory(ItemFactory)
    operation_number = "0010"


class CharacteristicFactory(factory.django.DjangoModelFactory):
    """A measured diameter of 24.98 to 25.02 mm, first piece."""

    class Meta:
        model = Characteristic

    class Params:
        attribute = factory.Trait(
            kind=CharacteristicKind.ATTRIBUTE, nominal=None, lower=None, upper=None, unit=""
        )

    plan = factory.SubFactory(InspectionPlanFactory, released=True)
    code = factory.Sequence(lambda n: f"D{n % 100_000}")
    name = "Bore diameter"
    nominal = Decimal(25)
    lower = Decimal("24.98")
    upper = Decimal("25.02")
    unit = "mm"


class InspectionDemandFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = InspectionDemand

    plant = factory.SelfAttribute("operation.plant")
    operation = factory.SubFactory(OperationFactory, in_production=True)
    characteristic = factory.SubFactory(
        CharacteristicFactory,
        plan__plant=factory.SelfAttribute("...operation.plant"),
        plan__item=factory.SelfAttribute("...operation.order.item"),
        plan__operation_number=factory.SelfAttribute("...operation.number"),
    )
    reason = DemandReason.FIRST
    trigger = "first"
    due_at = MONDAY


class InspectionResultFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = InspectionResult

    plant = factory.SelfAttribute("operation.plant")
    operation = factory.SubFactory(OperationFactory, in_production=True)
    characteristic = factory.SubFactory(
        CharacteristicFactory,
        plan__plant=factory.SelfAttribute("...operation.plant"),
        plan__item=factory.SelfAttribute("...operation.order.item"),
        plan__operation_number=factory.SelfAttribute("...operation.number"),
    )
    value = Decimal("25.001")
    verdict = Verdict.PASSED
    by = factory.SubFactory(OperatorFactory)
    at = MONDAY


class InspectionOmissionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = InspectionOmission

    plant = factory.SelfAttribute("operation.plant")
    operation = factory.SubFactory(OperationFactory, in_production=True)
    characteristic = factory.SubFactory(
        CharacteristicFactory,
        plan__plant=factory.SelfAttribute("...operation.plant"),
        plan__item=factory.SelfAttribute("...operation.order.item"),
        plan__operation_number=factory.SelfAttribute("...operation.number"),
    )
    trigger = "first"
    due_at = MONDAY
    reason = "The piece was gone"
    by = factory.SubFactory(QualityFactory)
    at = MONDAY


class DefectCodeFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = DefectCode

    plant = factory.SubFactory(PlantFactory)
    code = factory.Sequence(lambda n: f"D{n:04}")
    name_en = factory.LazyAttribute(lambda defect: f"Defect {defect.code}")
    name_de = factory.LazyAttribute(lambda defect: f"Fehler {defect.code}")


class NonconformanceFactory(factory.django.DjangoModelFactory):
    """Ten pieces of an operation, counted as good."""

    class Meta:
        model = Nonconformance

    plant = factory.SelfAttribute("operation.plant")
    number = factory.Sequence(lambda n: f"NC{n:06}")
    operation = factory.SubFactory(OperationFactory, in_production=True, good=Decimal(50))
    order = factory.SelfAttribute("operation.order")
    item = factory.SelfAttribute("operation.order.item")
    defect = factory.SubFactory(DefectCodeFactory, plant=factory.SelfAttribute("..plant"))
    quantity = Decimal(10)
    stands_as = "good"
    raised_by = factory.SubFactory(QualityFactory)
    raised_at = MONDAY


class DispositionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Disposition

    nonconformance = factory.SubFactory(NonconformanceFactory)
    kind = DispositionKind.USE_AS_IS
    quantity = Decimal(10)
    reason = "Within the drawing after all"
    by = factory.SubFactory(QualityFactory)
    at = MONDAY


class CorrectiveActionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = CorrectiveAction

    plant = factory.SubFactory(PlantFactory)
    number = factory.Sequence(lambda n: f"CA{n:06}")
    title = "Change the die after 20,000 strokes"
    owner = factory.SubFactory(SupervisorFactory)
    due_on = MONDAY.date()
    created_by = factory.SubFactory(QualityFactory)


class AuditReviewFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = AuditReview

    by = factory.SubFactory(QualityFactory)
    changes = 3
    head = "0" * 64


class RecallFactory(factory.django.DjangoModelFactory):
    """A record alone: no lots, no holds."""

    class Meta:
        model = Recall

    plant = factory.SubFactory(PlantFactory)
    kind = "lot"
    reason = "cracks"
    by = factory.SubFactory(QualityFactory)


class GoldenBatchFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = GoldenBatch

    operation = factory.SubFactory(OperationFactory, in_production=True)
    plant = factory.SelfAttribute("operation.plant")
    item = factory.SelfAttribute("operation.order.item")
    number = factory.SelfAttribute("operation.number")
    reason = "No scrap and the shortest setup"
    marked_at = MONDAY
