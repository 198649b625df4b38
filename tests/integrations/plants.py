"""A plant that the small IDocs of ``tests.integrations.erp.idocs`` fit."""

from tests.factories.integrations import CsvConnectionFactory, IdocConnectionFactory, MappedConnectionFactory
from tests.factories.machines import MachineGroupFactory, PlantFactory
from tests.factories.orders import ItemFactory, KilogramFactory


def idoc_partner(**values):
    """A connection of plant 1000 with work centre DMG-01 and item VALVE."""
    return _partner(IdocConnectionFactory, **values)


def csv_partner(**values):
    return _partner(CsvConnectionFactory, **values)


def mapped_partner(**values):
    return _partner(MappedConnectionFactory, **values)


def _partner(factory, **values):
    plant = PlantFactory(code="1000")
    MachineGroupFactory(plant=plant, code="DMG-01")
    ItemFactory(code="VALVE")
    ItemFactory(code="STEEL", unit=KilogramFactory())
    return factory(plant=plant, **{"inbox_folder": "partner", **values})
