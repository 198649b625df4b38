"""Verified requirements and inspections."""

from decimal import Decimal

import factory

from quality.enums import Verdict
from quality.models import Inspection, RequirementCheck
from tests.factories.accounts import QualityFactory
from tests.factories.machines import MONDAY
from tests.factories.orders import OperationFactory, OrderRequirementFactory


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
