"""Late orders of a plant, each with its causes: for the reliability page and for partners alike."""

from __future__ import annotations

from datetime import datetime

from machines.models import Plant
from orders.planning.promise.lateness import Lateness, lateness_of
from orders.queries.lateness import late_facts, late_orders

MOST = 50


def lateness_of_plant(plant: Plant, *, since: datetime, now: datetime) -> list[Lateness]:
    """Of the ``MOST`` promised last, the newest first. A constant number of queries."""
    late, machines = late_facts(late_orders(plant, since=since, now=now, most=MOST), now=now)
    return [lateness_of(one, machines) for one in late]
