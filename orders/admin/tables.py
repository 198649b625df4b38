"""Orders' master data as files: the columns of each table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _
from tablib import Dataset

from machines.models import Machine, MachineGroup, Plant, Tool
from mes.accounts.models import Skill
from mes.accounts.roles import PEOPLE
from mes.lib.admin.files import (
    ChoiceCell,
    CodeCell,
    InPlant,
    JsonCell,
    ListCell,
    MomentCell,
    NumberCell,
    TableResource,
    TextCell,
    WholeCell,
    YesNoCell,
    column,
)
from mes.lib.admin.files.widgets import Row, plain
from orders.enums import Strategy
from orders.models import (
    Bom,
    BomLine,
    Customer,
    ErpRule,
    HoldPolicy,
    Item,
    ItemThreshold,
    Place,
    PlanRule,
    PlanWeights,
    Routing,
    RoutingOperation,
    ScrapReason,
    SetupFamily,
    StockingRule,
    ToolOutput,
    Unit,
)


def plant_codes() -> dict[Any, str]:
    """The code of each plant by its primary key."""
    return dict(Plant.objects.values_list("pk", "code"))


class UnitTable(TableResource):
    code = column("code", TextCell())
    symbol = column("symbol", TextCell())
    name = column("name", TextCell())
    decimals = column("decimals", WholeCell())

    class Meta(TableResource.Meta):
        model = Unit
        import_id_fields = ("code",)
        fields = ("code", "symbol", "name", "decimals")


class SetupFamilyTable(TableResource):
    code = column("code", TextCell())
    name = column("name", TextCell())

    class Meta(TableResource.Meta):
        model = SetupFamily
        import_id_fields = ("code",)
        fields = ("code", "name")


class ItemTable(TableResource):
    code = column("code", TextCell())
    name = column("name", TextCell())
    unit = column("unit", CodeCell(Unit))
    revision = column("revision", TextCell())
    revision_released_at = column("revision_released_at", MomentCell())
    strategy = column("strategy", ChoiceCell(Strategy.choices))
    setup_family = column("setup_family", CodeCell(SetupFamily))
    stocked = column("stocked", YesNoCell())
    lot_tracked = column("lot_tracked", YesNoCell())
    standard_price = column("standard_price", NumberCell())
    gtin = column("gtin", TextCell())
    active = column("active", YesNoCell())

    class Meta(TableResource.Meta):
        model = Item
        import_id_fields = ("code",)
        fields = (
            "code",
            "name",
            "unit",
            "revision",
            "revision_released_at",
            "strategy",
            "setup_family",
            "stocked",
            "lot_tracked",
            "standard_price",
            "gtin",
            "active",
        )


class CustomerTable(TableResource):
    code = column("code", TextCell())
    name = column("name", TextCell())
    active = column("active", YesNoCell())

    class Meta(TableResource.Meta):
        model = Customer
        import_id_fields = ("code",)
        fields = ("code", "name", "active")


class ScrapReasonTable(TableResource):
    plant = column("plant", CodeCell(Plant))
    code = column("code", TextCell())
    name_en = column("name_en", TextCell())
    name_de = column("name_de", TextCell())
    erp_code = column("erp_code", TextCell())
    position = column("position", WholeCell())
    active = column("active", YesNoCell())

    class Meta(TableResource.Meta):
        model = ScrapReason
        import_id_fields = ("plant", "code")
        fields = ("plant", "code", "name_en", "name_de", "erp_code", "position", "active")


class HeadCell(CodeCell):
    """The BOM or routing that a line belongs to, found by several columns of the row: its ``parts``."""

    parts: tuple[str, ...] = ()

    def key(self, row: Row | None, code: str) -> Any:
        return tuple(plain((row or {}).get(part)) for part in self.parts)

    def render(self, value: Any, obj: Any = None, **kwargs: Any) -> str:
        return TextCell.render(self, None if value is None else value.item.code)


class BomCell(HeadCell):
    parts = ("item", "revision")

    def __init__(self) -> None:
        super().__init__(Bom)

    def key_of(self, found: Model) -> Any:
        assert isinstance(found, Bom)
        return (found.item.code, found.revision)

    def known(self) -> dict[Any, Model]:
        if self._known is None:
            self._known = {self.key_of(bom): bom for bom in Bom.objects.select_related("item")}
        return self._known

    def not_found(self, row: Row | None, code: str) -> str:
        return _("There is no item “%s”.") % code


class RoutingCell(HeadCell):
    parts = ("plant", "item", "revision")

    def __init__(self) -> None:
        super().__init__(Routing)

    def key_of(self, found: Model) -> Any:
        assert isinstance(found, Routing)
        return (found.plant.code, found.item.code, found.revision)

    def known(self) -> dict[Any, Model]:
        if self._known is None:
            routings = Routing.objects.select_related("plant", "item")
            self._known = {self.key_of(routing): routing for routing in routings}
        return self._known

    def not_found(self, row: Row | None, code: str) -> str:
        plant = plain((row or {}).get("plant"))
        return _("There is no item “%(item)s” or no plant “%(plant)s”.") % {"item": code, "plant": plant}


class LinesTable(TableResource):
    """A flat table of lines. A head (BOM, routing) that doesn't exist yet is made with its first line."""

    class Meta(TableResource.Meta):
        pass

    def before_import(self, dataset: Dataset, **kwargs: Any) -> None:
        super().before_import(dataset, **kwargs)
        self.make_heads([dict(zip(dataset.headers, row, strict=True)) for row in dataset])

    def make_heads(self, rows: Iterable[Row]) -> None:
        raise NotImplementedError


class BomLineTable(LinesTable):
    item = column("bom", BomCell(), name="item")
    revision = column("bom__revision", TextCell(), name="revision")
    position = column("position", TextCell())
    component = column("item", CodeCell(Item), name="component")
    quantity = column("quantity", NumberCell())
    scrap_percent = column("scrap_percent", NumberCell())
    operation = column("operation_number", TextCell(), name="operation")
    backflush = column("backflush", YesNoCell())

    class Meta(LinesTable.Meta):
        model = BomLine
        import_id_fields = ("item", "position")
        fields = (
            "item",
            "revision",
            "position",
            "component",
            "quantity",
            "scrap_percent",
            "operation",
            "backflush",
        )

    def get_queryset(self) -> Any:
        return super().get_queryset().select_related("bom__item")

    def make_heads(self, rows: Iterable[Row]) -> None:
        items = dict(Item.objects.values_list("code", "pk"))
        known = set(Bom.objects.values_list("item__code", "revision"))
        wanted = dict.fromkeys((plain(row.get("item")), plain(row.get("revision"))) for row in rows)
        Bom.objects.bulk_create(
            Bom(item_id=items[item], revision=revision)
            for item, revision in wanted
            if item in items and (item, revision) not in known
        )


class RoutingOperationTable(LinesTable):
    plant = column("routing__plant__code", TextCell(), name="plant")
    item = column("routing", RoutingCell(), name="item")
    revision = column("routing__revision", TextCell(), name="revision")
    number = column("number", TextCell())
    text = column("text", TextCell())
    machine_group = column("machine_group", InPlant(MachineGroup, plants=plant_codes))
    setup_seconds = column("setup_seconds", NumberCell())
    run_seconds = column("run_seconds", NumberCell())
    base_quantity = column("base_quantity", NumberCell())
    send_ahead = column("send_ahead", NumberCell())
    longest_wait_seconds = column("longest_wait_seconds", NumberCell())
    program = column("program", TextCell())
    program_revision = column("program_revision", TextCell())
    parameters = column("parameters", JsonCell())
    tool = column("tool", CodeCell(Tool))
    skill = column("skill", CodeCell(Skill))
    inspection = column("inspection", YesNoCell())
    outside = column("outside", YesNoCell())
    outside_price = column("outside_price", NumberCell())

    class Meta(LinesTable.Meta):
        model = RoutingOperation
        import_id_fields = ("item", "number")
        fields = (
            "plant",
            "item",
            "revision",
            "number",
            "text",
            "machine_group",
            "setup_seconds",
            "run_seconds",
            "base_quantity",
            "send_ahead",
            "longest_wait_seconds",
            "program",
            "program_revision",
            "parameters",
            "tool",
            "skill",
            "inspection",
            "outside",
            "outside_price",
        )

    def get_queryset(self) -> Any:
        return super().get_queryset().select_related("routing__item", "routing__plant")

    def make_heads(self, rows: Iterable[Row]) -> None:
        plants = dict(Plant.objects.values_list("code", "pk"))
        items = dict(Item.objects.values_list("code", "pk"))
        known = set(Routing.objects.values_list("plant__code", "item__code", "revision"))
        wanted = dict.fromkeys(
            (plain(row.get("plant")), plain(row.get("item")), plain(row.get("revision"))) for row in rows
        )
        Routing.objects.bulk_create(
            Routing(plant_id=plants[plant], item_id=items[item], revision=revision)
            for plant, item, revision in wanted
            if plant in plants and item in items and (plant, item, revision) not in known
        )


class ItemThresholdTable(TableResource):
    machine = column("machine", CodeCell(Machine))
    item = column("item", CodeCell(Item))
    micro_stop_seconds = column("micro_stop_seconds", NumberCell())
    gap_factor = column("gap_factor", NumberCell())
    minimum_cycle_seconds = column("minimum_cycle_seconds", NumberCell())

    class Meta(TableResource.Meta):
        model = ItemThreshold
        import_id_fields = ("machine", "item")
        fields = ("machine", "item", "micro_stop_seconds", "gap_factor", "minimum_cycle_seconds")


class ToolOutputTable(TableResource):
    tool = column("tool", CodeCell(Tool))
    item = column("item", CodeCell(Item))
    pieces = column("pieces", NumberCell())

    class Meta(TableResource.Meta):
        model = ToolOutput
        import_id_fields = ("tool", "item")
        fields = ("tool", "item", "pieces")


class ErpRuleTable(TableResource):
    plant = column("plant", CodeCell(Plant))

    class Meta(TableResource.Meta):
        model = ErpRule
        import_id_fields = ("plant", "order_type", "field", "state")
        fields = ("plant", "order_type", "field", "state", "answer")


class PlanRuleTable(TableResource):
    plant = column("plant", CodeCell(Plant))
    frozen_hours = column("frozen_hours", NumberCell())

    class Meta(TableResource.Meta):
        model = PlanRule
        import_id_fields = ("plant",)
        fields = (
            *("plant", "frozen_hours", "on_stale", "stop_minutes", "off_minutes", "pause_seconds"),
            *("assumed_percent", "at_risk_percent", "likely_late_percent"),
        )


class PlanWeightsTable(TableResource):
    plant = column("plant", CodeCell(Plant))
    lateness = column("lateness", NumberCell())
    setup = column("setup", NumberCell())
    stability = column("stability", NumberCell())
    chance = column("chance", NumberCell())
    near_hours = column("near_hours", NumberCell())

    class Meta(TableResource.Meta):
        model = PlanWeights
        import_id_fields = ("plant",)
        fields = ("plant", "lateness", "setup", "stability", "chance", "near_hours")


class HoldPolicyTable(TableResource):
    plant = column("plant", CodeCell(Plant))
    roles = column("roles", ListCell([role.value for role in PEOPLE]))
    second_person = column("second_person", YesNoCell())
    signature = column("signature", YesNoCell())

    class Meta(TableResource.Meta):
        model = HoldPolicy
        import_id_fields = ("plant", "kind")
        fields = ("plant", "kind", "roles", "second_person", "signature")


class StockingRuleTable(TableResource):
    plant = column("plant", CodeCell(Plant))
    item = column("item", CodeCell(Item))
    service_percent = column("service_percent", NumberCell())
    lot_quantity = column("lot_quantity", NumberCell())
    minimum = column("minimum", NumberCell())
    maximum = column("maximum", NumberCell())
    place = column("place", InPlant(Place, plants=plant_codes))
    active = column("active", YesNoCell())

    class Meta(TableResource.Meta):
        model = StockingRule
        import_id_fields = ("plant", "item")
        fields = (
            *("plant", "item", "policy", "service_percent", "period_weeks", "lot_quantity", "minimum"),
            *("maximum", "place", "supplier", "assumed_days", "demand_of", "forecast_origin", "active"),
        )
