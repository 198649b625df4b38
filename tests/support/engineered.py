"""An item that is engineered to order, with routings and bills of material for two revisions."""

from decimal import Decimal

from tests.factories.machines import MachineFactory, MachineGroupFactory
from tests.factories.orders import (
    BomFactory,
    BomLineFactory,
    ItemFactory,
    RoutingFactory,
    RoutingOperationFactory,
)


def work_centre(plant, code, *, rate=60):
    """A group with one machine that people report at."""
    group = MachineGroupFactory(plant=plant, code=code, hourly_rate=Decimal(rate))
    return MachineFactory(plant=plant, group=group, code=f"{code}-1")


def made_by(item, plant, revision, steps, *, needs=()):
    """A routing (number, machine) and, with ``needs`` (item, quantity, operation), a bill of material."""
    routing = RoutingFactory(plant=plant, item=item, revision=revision)
    for number, machine in steps:
        RoutingOperationFactory(
            routing=routing, number=number, machine_group=machine.group, setup_seconds=0, run_seconds=60
        )
    if needs:
        bom = BomFactory(item=item, revision=revision)
        for nth, (component, quantity, operation) in enumerate(needs, start=1):
            BomLineFactory(
                bom=bom,
                position=f"{10 * nth:04}",
                item=component,
                quantity=Decimal(quantity),
                operation_number=operation,
            )
    return routing


def bought(code, price="2.0000", **more):
    return ItemFactory(code=code, standard_price=Decimal(price), **more)
