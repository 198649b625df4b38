"""Machines' master data as files: the columns of each table."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from machines.admin.breaks import BreaksCell, BreaksColumn, breaks_of, replace_breaks
from machines.enums import ProgramKind
from machines.models import (
    AlarmMapping,
    AndonKind,
    Area,
    CalendarException,
    CountingItem,
    ExceptionKind,
    Machine,
    MachineGroup,
    Plant,
    ProgramRole,
    ReasonGroup,
    Shift,
    ShiftPattern,
    StopReason,
    Tool,
    Trust,
    Weekday,
)
from mes.lib.admin.files import (
    ChoiceCell,
    CodeCell,
    CodesCell,
    InPlant,
    MomentCell,
    NumberCell,
    TableResource,
    TextCell,
    TimeCell,
    WholeCell,
    YesNoCell,
    column,
)
from mes.lib.programs import normalise_program


def plant_codes() -> dict[Any, str]:
    """The code of each plant by its primary key."""
    return dict(Plant.objects.values_list("pk", "code"))


class ShiftPatternTable(TableResource):
    code = column("code", TextCell())
    name = column("name", TextCell())
    works_on_holidays = column("works_on_holidays", YesNoCell())

    class Meta(TableResource.Meta):
        model = ShiftPattern
        import_id_fields = ("code",)
        fields = ("code", "name", "works_on_holidays")


class WeekdayCell(ChoiceCell):
    """A weekday by its English name."""

    def __init__(self) -> None:
        super().__init__([(day.name.lower(), day.label) for day in Weekday])

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> int | None:
        name = super().clean(value, row, **kwargs)
        return None if name is None else Weekday[name.upper()].value

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return "" if value is None else Weekday(value).name.lower()


class ShiftTable(TableResource):
    """The week of a shift pattern, a row per shift: its pattern, weekday and start name it."""

    pattern = column("pattern", CodeCell(ShiftPattern))
    weekday = column("weekday", WeekdayCell())
    start = column("start", TimeCell())
    end = column("end", TimeCell())
    name = column("name", TextCell())
    breaks = BreaksColumn(attribute="breaks", column_name="breaks", widget=BreaksCell())

    class Meta(TableResource.Meta):
        model = Shift
        use_bulk = False  # breaks are rows of their own
        import_id_fields = ("pattern", "weekday", "start")
        fields = ("pattern", "weekday", "start", "end", "name", "breaks")

    def get_queryset(self) -> QuerySet[Shift]:
        return super().get_queryset().prefetch_related("breaks")

    def set_value(self, instance: Any, attribute: str, value: Any, *, new: bool) -> None:
        if attribute == "breaks":
            instance.stated_breaks = value
        else:
            super().set_value(instance, attribute, value, new=new)

    def skip_row(
        self, instance: Shift, original: Shift, row: Any, import_validation_errors: Any = None
    ) -> bool:
        stated = getattr(instance, "stated_breaks", None)
        if stated is not None and (not instance.pk or sorted(stated) != sorted(breaks_of(instance))):
            return False
        return bool(super().skip_row(instance, original, row, import_validation_errors))

    def after_save_instance(self, instance: Shift, row: Any, **kwargs: Any) -> None:
        stated = getattr(instance, "stated_breaks", None)
        if stated is not None:
            replace_breaks(instance, stated)


class CalendarExceptionTable(TableResource):
    """Known by its place and beginning. Times without an offset are UTC."""

    plant = column("plant", CodeCell(Plant))
    area = column("area", InPlant(Area, plants=plant_codes))
    machine = column("machine", CodeCell(Machine))
    kind = column("kind", ChoiceCell(ExceptionKind.choices))
    start = column("start", MomentCell())
    end = column("end", MomentCell())
    reason = column("reason", TextCell())

    class Meta(TableResource.Meta):
        model = CalendarException
        import_id_fields = ("plant", "area", "machine", "start")
        fields = ("plant", "area", "machine", "kind", "start", "end", "reason")


class PlantTable(TableResource):
    code = column("code", TextCell())
    name = column("name", TextCell())
    erp_code = column("erp_code", TextCell())
    time_zone = column("time_zone", TextCell())
    language = column("language", ChoiceCell(settings.LANGUAGES))
    holiday_country = column("holiday_country", TextCell())
    holiday_subdivision = column("holiday_subdivision", TextCell())
    shift_pattern = column("shift_pattern", CodeCell(ShiftPattern))

    class Meta(TableResource.Meta):
        model = Plant
        import_id_fields = ("code",)
        fields = (
            "code",
            "name",
            "erp_code",
            "time_zone",
            "language",
            "holiday_country",
            "holiday_subdivision",
            "shift_pattern",
        )


class AreaTable(TableResource):
    plant = column("plant", CodeCell(Plant))
    code = column("code", TextCell())
    name = column("name", TextCell())
    shift_pattern = column("shift_pattern", CodeCell(ShiftPattern))

    class Meta(TableResource.Meta):
        model = Area
        import_id_fields = ("plant", "code")
        fields = ("plant", "code", "name", "shift_pattern")


class MachineGroupTable(TableResource):
    plant = column("plant", CodeCell(Plant))
    code = column("code", TextCell())
    name = column("name", TextCell())
    erp_code = column("erp_code", TextCell())
    internal_id = column("internal_id", TextCell())
    standard_key = column("standard_key", TextCell())
    active = column("active", YesNoCell())
    shift_pattern = column("shift_pattern", CodeCell(ShiftPattern))
    hourly_rate = column("hourly_rate", NumberCell())
    labour_rate = column("labour_rate", NumberCell())
    crew = column("crew", NumberCell())

    class Meta(TableResource.Meta):
        model = MachineGroup
        import_id_fields = ("plant", "code")
        fields = (
            "plant",
            "code",
            "name",
            "erp_code",
            "internal_id",
            "standard_key",
            "active",
            "shift_pattern",
            "hourly_rate",
            "labour_rate",
            "crew",
        )

    def before_save_instance(self, instance: MachineGroup, row: Any, **kwargs: Any) -> None:
        instance.erp_code = instance.erp_code or instance.code


class MachineTable(TableResource):
    code = column("code", TextCell())
    name = column("name", TextCell())
    plant = column("plant", CodeCell(Plant))
    area = column("area", InPlant(Area, plants=plant_codes))
    group = column("group", InPlant(MachineGroup, plants=plant_codes))
    slots = column("slots", WholeCell())
    together = column("together", YesNoCell())
    shift_pattern = column("shift_pattern", CodeCell(ShiftPattern))
    wall_position = column("wall_position", WholeCell())
    counting_item = column("counting_item", ChoiceCell(CountingItem.choices))
    trust = column("trust", ChoiceCell(Trust.choices))
    micro_stop_seconds = column("micro_stop_seconds", NumberCell())
    gap_factor = column("gap_factor", NumberCell())
    gap_floor_seconds = column("gap_floor_seconds", NumberCell())
    minimum_cycle_seconds = column("minimum_cycle_seconds", NumberCell())
    reference_cycle_seconds = column("reference_cycle_seconds", NumberCell())
    pieces_per_cycle = column("pieces_per_cycle", NumberCell())
    counter_modulus = column("counter_modulus", WholeCell())
    counter_reset_to = column("counter_reset_to", WholeCell())
    silence_seconds = column("silence_seconds", NumberCell())
    meter_modulus = column("meter_modulus", NumberCell())
    connected_load = column("connected_load", NumberCell())
    auto_switch = column("auto_switch", YesNoCell())
    andon_after_minutes = column("andon_after_minutes", WholeCell())
    andon_kind = column("andon_kind", InPlant(AndonKind, plants=plant_codes))
    hourly_rate = column("hourly_rate", NumberCell())
    active = column("active", YesNoCell())

    class Meta(TableResource.Meta):
        model = Machine
        import_id_fields = ("code",)
        fields = (
            "code",
            "name",
            "plant",
            "area",
            "group",
            "slots",
            "together",
            "shift_pattern",
            "wall_position",
            "counting_item",
            "trust",
            "micro_stop_seconds",
            "gap_factor",
            "gap_floor_seconds",
            "minimum_cycle_seconds",
            "reference_cycle_seconds",
            "pieces_per_cycle",
            "counter_modulus",
            "counter_reset_to",
            "silence_seconds",
            "meter_modulus",
            "connected_load",
            "auto_switch",
            "andon_after_minutes",
            "andon_kind",
            "hourly_rate",
            "active",
        )


class StopReasonTable(TableResource):
    """The tree of stop reasons. A parent stands above its children, in this file or in the plant already."""

    plant = column("plant", CodeCell(Plant))
    code = column("code", TextCell())
    parent = column("parent", InPlant(StopReason, plants=plant_codes))
    name_en = column("name_en", TextCell())
    name_de = column("name_de", TextCell())
    group = column("group", ChoiceCell(ReasonGroup.choices))
    planned = column("planned", YesNoCell())
    erp_code = column("erp_code", TextCell())
    position = column("position", WholeCell())
    active = column("active", YesNoCell())

    class Meta(TableResource.Meta):
        model = StopReason
        import_id_fields = ("plant", "code")
        use_bulk = False
        fields = (
            "plant",
            "code",
            "parent",
            "name_en",
            "name_de",
            "group",
            "planned",
            "erp_code",
            "position",
            "active",
        )

    def after_save_instance(self, instance: StopReason, row: Any, **kwargs: Any) -> None:
        self.fields["parent"].widget.forget()


class AlarmMappingTable(TableResource):
    """What machine codes mean. Neither group nor machine: the whole plant."""

    plant = column("plant", CodeCell(Plant))
    group = column("group", InPlant(MachineGroup, plants=plant_codes))
    machine = column("machine", CodeCell(Machine))
    pattern = column("pattern", TextCell())
    reason = column("reason", InPlant(StopReason, plants=plant_codes))
    valid_from = column("valid_from", MomentCell())
    valid_to = column("valid_to", MomentCell())

    class Meta(TableResource.Meta):
        model = AlarmMapping
        import_id_fields = ("plant", "group", "machine", "pattern", "valid_from")
        fields = ("plant", "group", "machine", "pattern", "reason", "valid_from", "valid_to")


class AndonKindTable(TableResource):
    plant = column("plant", CodeCell(Plant))
    code = column("code", TextCell())
    name_en = column("name_en", TextCell())
    name_de = column("name_de", TextCell())
    icon = column("icon", TextCell())
    position = column("position", WholeCell())
    active = column("active", YesNoCell())

    class Meta(TableResource.Meta):
        model = AndonKind
        import_id_fields = ("plant", "code")
        fields = ("plant", "code", "name_en", "name_de", "icon", "position", "active")


class ToolTable(TableResource):
    plant = column("plant", CodeCell(Plant))
    code = column("code", TextCell())
    name = column("name", TextCell())
    outputs = column("outputs", NumberCell())
    machines = column("machines", CodesCell(Machine))
    active = column("active", YesNoCell())

    class Meta(TableResource.Meta):
        model = Tool
        import_id_fields = ("code",)
        use_bulk = False
        fields = ("plant", "code", "name", "outputs", "machines", "active")


class ProgramCell(TextCell):
    """The name of a program, as programs are compared."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> str:
        return normalise_program(super().clean(value, row, **kwargs))


class ProgramRoleTable(TableResource):
    """A row is known by its machine, program and beginning."""

    machine = column("machine", CodeCell(Machine))
    pattern = column("pattern", ProgramCell())
    role = column("role", ChoiceCell(ProgramKind.choices))
    item_code = column("item_code", TextCell())
    operation_number = column("operation_number", TextCell())
    valid_from = column("valid_from", MomentCell())
    valid_until = column("valid_until", MomentCell())

    class Meta(TableResource.Meta):
        model = ProgramRole
        import_id_fields = ("machine", "pattern", "valid_from")
        fields = (
            "machine",
            "pattern",
            "role",
            "item_code",
            "operation_number",
            "valid_from",
            "valid_until",
        )
