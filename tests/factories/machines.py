"""Plants, machines, calendars, stop reasons, tools and what machines sent.

Without arguments everything that hangs together shares one plant: ``MachineFactory()`` makes a machine whose
area and group belong to its plant.
"""

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import factory
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange

from machines.enums import MachineState, ProgramKind
from machines.models import (
    AlarmMapping,
    AndonCall,
    AndonKind,
    AndonStep,
    Area,
    CalendarException,
    CountingItem,
    Cycle,
    ExceptionKind,
    Machine,
    MachineGroup,
    MachineNow,
    PlannedCycle,
    Plant,
    ProgramRole,
    Projection,
    SampleProblem,
    Shift,
    ShiftBreak,
    ShiftPattern,
    Source,
    SourceEpoch,
    StateInterval,
    StopCoding,
    StopReason,
    Tool,
)
from machines.models.stop import ReasonGroup

MONDAY = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
"""The moment at which facts made by factories begin unless told otherwise."""


class PlantFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Plant
        django_get_or_create = ("code",)

    code = factory.Sequence(lambda n: f"W{n:03}")
    name = factory.LazyAttribute(lambda plant: f"Plant {plant.code}")
    erp_code = factory.SelfAttribute("code")
    time_zone = "Europe/Berlin"
    language = "en"


class AreaFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Area
        django_get_or_create = ("plant", "code")

    plant = factory.SubFactory(PlantFactory)
    code = factory.Sequence(lambda n: f"AREA{n}")
    name = factory.LazyAttribute(lambda area: f"Area {area.code}")


class MachineGroupFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = MachineGroup
        django_get_or_create = ("plant", "code")

    plant = factory.SubFactory(PlantFactory)
    code = factory.Sequence(lambda n: f"G{n:05}")
    name = factory.LazyAttribute(lambda group: f"Group {group.code}")


class MachineFactory(factory.django.DjangoModelFactory):
    """A machine that people report for; see ``MeasuredMachineFactory`` for one that counts."""

    class Meta:
        model = Machine

    plant = factory.SubFactory(PlantFactory)
    area = factory.SubFactory(AreaFactory, plant=factory.SelfAttribute("..plant"))
    group = factory.SubFactory(MachineGroupFactory, plant=factory.SelfAttribute("..plant"))
    code = factory.Sequence(lambda n: f"M{n:03}")
    name = factory.LazyAttribute(lambda machine: f"Machine {machine.code}")


class MeasuredMachineFactory(MachineFactory):
    counting_item = CountingItem.CYCLE_EVENT
    reference_cycle_seconds = Decimal(10)


class ShiftPatternFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ShiftPattern

    code = factory.Sequence(lambda n: f"SHIFTS{n}")
    name = factory.LazyAttribute(lambda pattern: f"Pattern {pattern.code}")


class ShiftFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Shift

    pattern = factory.SubFactory(ShiftPatternFactory)
    name = "Early"
    weekday = 0
    start = time(6)
    end = time(14)


class ShiftBreakFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ShiftBreak

    shift = factory.SubFactory(ShiftFactory)
    start = time(9)
    end = time(9, 15)


class CalendarExceptionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = CalendarException

    plant = factory.SubFactory(PlantFactory)
    kind = ExceptionKind.CLOSED
    start = MONDAY
    end = factory.LazyAttribute(lambda exception: exception.start + timedelta(hours=8))
    reason = "Works meeting"


class StopReasonFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = StopReason

    plant = factory.SubFactory(PlantFactory)
    code = factory.Sequence(lambda n: f"STOP{n:05}")
    name_en = factory.LazyAttribute(lambda reason: f"Reason {reason.code}")
    name_de = factory.LazyAttribute(lambda reason: f"Grund {reason.code}")
    group = ReasonGroup.MALFUNCTION


class StopCodingFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = StopCoding

    plant = factory.SelfAttribute("machine.plant")
    machine = factory.SubFactory(MachineFactory)
    span = factory.LazyFunction(lambda: DateTimeTZRange(MONDAY, MONDAY + timedelta(minutes=10)))
    reason = factory.SubFactory(StopReasonFactory, plant=factory.SelfAttribute("..plant"))


class AlarmMappingFactory(factory.django.DjangoModelFactory):
    """E10 of the whole plant, long since."""

    class Meta:
        model = AlarmMapping

    plant = factory.SubFactory(PlantFactory)
    pattern = "E10"
    reason = factory.SubFactory(StopReasonFactory, plant=factory.SelfAttribute("..plant"))
    valid_from = MONDAY - timedelta(days=365)


class AndonKindFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = AndonKind

    plant = factory.SubFactory(PlantFactory)
    code = factory.Sequence(lambda n: f"CALL{n}")
    name_en = factory.LazyAttribute(lambda kind: f"Help {kind.code}")


class AndonStepFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = AndonStep

    kind = factory.SubFactory(AndonKindFactory)
    after_minutes = 0
    role = "supervisor"


class AndonCallFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = AndonCall

    plant = factory.SelfAttribute("machine.plant")
    machine = factory.SubFactory(MachineFactory)
    kind = factory.SubFactory(AndonKindFactory, plant=factory.SelfAttribute("..machine.plant"))
    called_at = MONDAY


class ToolFactory(factory.django.DjangoModelFactory):
    """A tool; ``machines=[…]`` says where it fits."""

    class Meta:
        model = Tool
        skip_postgeneration_save = True

    plant = factory.SubFactory(PlantFactory)
    code = factory.Sequence(lambda n: f"TOOL{n}")
    name = factory.LazyAttribute(lambda tool: f"Tool {tool.code}")

    @factory.post_generation
    def machines(self, create, extracted, **kwargs):
        if create and extracted:
            self.machines.add(*extracted)


class SourceFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Source

    machine = factory.SubFactory(MeasuredMachineFactory)
    code = "plc"


class SourceEpochFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = SourceEpoch

    source = factory.SubFactory(SourceFactory)
    boot = factory.Sequence(lambda n: f"boot-{n}")


class SampleProblemFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = SampleProblem

    channel = "http"
    machine_code = "M999"
    code = "unknown_machine"
    reason = "No machine has this code."
    raw = '{"machine": "M999"}'


class PlannedCycleFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = PlannedCycle

    machine = factory.SubFactory(MeasuredMachineFactory)
    seconds = Decimal(10)
    valid_from = MONDAY


class ProgramRoleFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = ProgramRole

    machine = factory.SubFactory(MeasuredMachineFactory)
    pattern = factory.Sequence(lambda n: f"PROGRAM{n}")
    role = ProgramKind.PRODUCE


class CycleFactory(factory.django.DjangoModelFactory):
    """One cycle of ``duration`` that ends at ``ended_at`` and is credited at its start."""

    class Meta:
        model = Cycle

    plant = factory.SelfAttribute("machine.plant")
    machine = factory.SubFactory(MeasuredMachineFactory)
    ended_at = factory.Sequence(lambda n: MONDAY + timedelta(seconds=10 * n))
    duration = timedelta(seconds=10)
    credit_at = factory.LazyAttribute(lambda cycle: cycle.ended_at - (cycle.duration or timedelta(0)))
    quantity = Decimal(1)


class StateIntervalFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = StateInterval

    plant = factory.SelfAttribute("machine.plant")
    machine = factory.SubFactory(MeasuredMachineFactory)
    started_at = MONDAY
    ended_at = factory.LazyAttribute(lambda interval: interval.started_at + timedelta(hours=1))
    state = MachineState.PRODUCING


class MachineNowFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = MachineNow

    machine = factory.SubFactory(MeasuredMachineFactory)
    slot = 1
    state = MachineState.PRODUCING
    since = MONDAY


class ProjectionFactory(factory.django.DjangoModelFactory):
    class Meta:
        model = Projection

    machine = factory.SubFactory(MeasuredMachineFactory)
