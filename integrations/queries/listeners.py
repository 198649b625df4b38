"""Which partners hear of an order."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection

from integrations.enums import Delivery
from integrations.models import Connection
from orders.enums import EventKind
from orders.models import ProductionEvent

Listeners = Callable[[int, int], list[Connection]]
"""By the keys of an order and of its plant."""


def listeners_to(orders: Collection[int]) -> Listeners:
    """Who hears of an order: the partner it came from, and whoever has the option ``"confirm": "all"``.

    An order of unknown origin, or of a partner that is told nothing, goes to every connection of its plant.
    Two queries.
    """
    connections: dict[int, list[Connection]] = defaultdict(list)
    for connection in (
        Connection.objects.select_related("api_key")
        .filter(active=True)
        .exclude(delivery=Delivery.NONE)
        .order_by("code")
    ):
        connections[connection.plant_id].append(connection)
    created = ProductionEvent.objects.filter(order__in=orders, kind=EventKind.CREATED)
    origins = dict(created.values_list("order_id", "via"))

    def listeners(order: int, plant: int) -> list[Connection]:
        found = connections[plant]
        origin = origins.get(order, "")
        if not any(origin in connection.channels for connection in found):
            return found
        return [c for c in found if origin in c.channels or c.options.get("confirm") == "all"]

    return listeners
