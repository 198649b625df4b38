"""Quality's master data as files: the columns of each table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Max, Model
from django.utils.translation import gettext as _
from tablib import Dataset

from machines.models import Plant
from mes.lib.admin.files import (
    ChoiceCell,
    CodeCell,
    InPlant,
    NumberCell,
    TableResource,
    TextCell,
    WholeCell,
    YesNoCell,
    column,
)
from mes.lib.admin.files.widgets import Row, plain
from orders.models import Item, ScrapReason
from quality.enums import CharacteristicKind, PlanState, Sampling
from quality.models import Characteristic, DefectCode, Gauge, InspectionPlan


def plant_codes() -> dict[Any, str]:
    """The code of each plant by its primary key."""
    return dict(Plant.objects.values_list("pk", "code"))


class GaugeTable(TableResource):
    plant = column("plant", CodeCell(Plant))
    lower = column("lower", NumberCell())
    upper = column("upper", NumberCell())
    resolution = column("resolution", NumberCell())
    interval_days = column("interval_days", WholeCell())
    active = column("active", YesNoCell())

    class Meta(TableResource.Meta):
        model = Gauge
        import_id_fields = ("plant", "code")
        fields = (
            "plant",
            "code",
            "name",
            "unit",
            "lower",
            "upper",
            "resolution",
            "calibrated_on",
            "interval_days",
            "active",
        )


class PlanCell(CodeCell):
    """The draft that a characteristic belongs to, by plant, item, operation and revision."""

    def __init__(self) -> None:
        super().__init__(InspectionPlan)

    def key(self, row: Row | None, code: str) -> Any:
        return tuple(plain((row or {}).get(name)) for name in ("plant", "item", "operation", "revision"))

    def key_of(self, found: Model) -> Any:
        assert isinstance(found, InspectionPlan)
        return (found.plant.code, found.item.code, found.operation_number, found.revision)

    def known(self) -> dict[Any, Model]:
        if self._known is None:
            drafts = InspectionPlan.objects.filter(state=PlanState.DRAFT).select_related("plant", "item")
            self._known = {self.key_of(plan): plan for plan in drafts}
        return self._known

    def not_found(self, row: Row | None, code: str) -> str:
        plant = plain((row or {}).get("plant"))
        return _("There is no item “%(item)s” or no plant “%(plant)s”.") % {"item": code, "plant": plant}

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return TextCell.render(self, None if value is None else value.item.code)


class CharacteristicTable(TableResource):
    """All characteristics of drafts as one flat table. A draft that doesn't exist yet is made with its first
    line; released plans are left as they are."""

    plant = column("plan__plant__code", TextCell(), name="plant")
    item = column("plan", PlanCell(), name="item")
    operation = column("plan__operation_number", TextCell(), name="operation")
    revision = column("plan__revision", TextCell(), name="revision")
    code = column("code", TextCell())
    name = column("name", TextCell())
    kind = column("kind", ChoiceCell(CharacteristicKind.choices))
    nominal = column("nominal", NumberCell())
    lower = column("lower", NumberCell())
    upper = column("upper", NumberCell())
    unit = column("unit", TextCell())
    decimals = column("decimals", WholeCell())
    sampling = column("sampling", ChoiceCell(Sampling.choices))
    every = column("every", WholeCell())
    sample_size = column("sample_size", WholeCell())
    aql = column("aql", NumberCell())
    level = column("level", TextCell())
    gauge = column("gauge", InPlant(Gauge, plants=plant_codes))
    requirement = column("requirement_code", TextCell(), name="requirement")
    document = column("url", TextCell(), name="document")

    class Meta(TableResource.Meta):
        model = Characteristic
        import_id_fields = ("item", "code")
        fields = (
            "plant",
            "item",
            "operation",
            "revision",
            "code",
            "name",
            "kind",
            "nominal",
            "lower",
            "upper",
            "unit",
            "decimals",
            "sampling",
            "every",
            "sample_size",
            "aql",
            "level",
            "gauge",
            "requirement",
            "document",
        )

    def get_queryset(self) -> Any:
        return super().get_queryset().select_related("plan__item", "plan__plant", "gauge")

    def before_import(self, dataset: Dataset, **kwargs: Any) -> None:
        super().before_import(dataset, **kwargs)
        self.make_drafts([dict(zip(dataset.headers, row, strict=True)) for row in dataset])

    def make_drafts(self, rows: Iterable[Row]) -> None:
        plants = dict(Plant.objects.values_list("code", "pk"))
        items = dict(Item.objects.values_list("code", "pk"))
        names = ("plant__code", "item__code", "operation_number", "revision")
        drafts = set(InspectionPlan.objects.filter(state=PlanState.DRAFT).values_list(*names))
        latest = {
            tuple(place): version
            for *place, version in InspectionPlan.objects.values_list(*names)
            .annotate(Max("version"))
            .order_by()
        }
        wanted = dict.fromkeys(
            tuple(plain(row.get(name)) for name in ("plant", "item", "operation", "revision")) for row in rows
        )
        InspectionPlan.objects.bulk_create(
            InspectionPlan(
                plant_id=plants[place[0]],
                item_id=items[place[1]],
                operation_number=place[2],
                revision=place[3],
                version=latest.get(place, 0) + 1,
            )
            for place in wanted
            if place[0] in plants and place[1] in items and place[2] and place not in drafts
        )


class DefectCodeTable(TableResource):
    plant = column("plant", CodeCell(Plant))
    code = column("code", TextCell())
    name_en = column("name_en", TextCell())
    name_de = column("name_de", TextCell())
    parent = column("parent", InPlant(DefectCode, plants=plant_codes))
    scrap_reason = column("scrap_reason", InPlant(ScrapReason, plants=plant_codes))
    erp_code = column("erp_code", TextCell())
    position = column("position", WholeCell())
    active = column("active", YesNoCell())

    class Meta(TableResource.Meta):
        model = DefectCode
        import_id_fields = ("plant", "code")
        use_bulk = False
        fields = (
            "plant",
            "code",
            "name_en",
            "name_de",
            "parent",
            "scrap_reason",
            "erp_code",
            "position",
            "active",
        )
