"""Traces: what a lot was made from, what it went into, and how each was made at that minute."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from django.db import connection
from django.db.models import OuterRef, Q, Subquery, Sum
from django.utils.translation import gettext_lazy as _

from machines.enums import MachineState
from machines.models import Cycle, StateInterval
from mes.lib.fields import ZERO
from orders.models import (
    GenealogyLink,
    Hold,
    Lot,
    Run,
    RunPerson,
    ShippedLot,
    StockBalance,
)
from quality.models import Inspection


class Direction(StrEnum):
    BACKWARD = "backward"
    FORWARD = "forward"


DIRECTIONS = {Direction.BACKWARD: _("What it was made from"), Direction.FORWARD: _("What it went into")}

_REACH = """
WITH RECURSIVE reached(lot) AS (
    SELECT unnest(%(start)s::bigint[])
    UNION
    SELECT e.{to} FROM orders_genealogyedge e JOIN reached r ON e.{frm} = r.lot WHERE e.quantity > 0
)
{rest}
"""
"""UNION keeps each lot once: no path is walked twice, and a cycle would end it. Forward it is led by the
unique index genealogy_forward, backward by genealogy_backward; both hold the quantity too, so that the rows
themselves are not read."""

_EDGES = """SELECT e.parent_id, e.child_id, e.quantity
FROM orders_genealogyedge e JOIN reached r ON e.{frm} = r.lot
WHERE e.quantity > 0"""
_WAYS = {Direction.FORWARD: ("parent_id", "child_id"), Direction.BACKWARD: ("child_id", "parent_id")}
LOTS = {
    way: _REACH.format(frm=frm, to=to, rest="SELECT lot FROM reached") for way, (frm, to) in _WAYS.items()
}
EDGES = {way: _REACH.format(frm=frm, to=to, rest=_EDGES.format(frm=frm)) for way, (frm, to) in _WAYS.items()}


class Edge(NamedTuple):
    """``quantity`` of the parent, in its item's unit, that went into the child."""

    parent: int
    child: int
    quantity: Decimal


def walk(lots: Collection[int], direction: Direction) -> list[Edge]:
    """All edges that are reached from these lots, over any number of steps: one recursive query."""
    with connection.cursor() as cursor:
        cursor.execute(EDGES[direction], {"start": list(lots)})
        return list(map(Edge._make, cursor.fetchall()))


def reach(lots: Collection[int], direction: Direction) -> set[int]:
    """These lots and all that are reached from them, over any number of steps: one recursive query."""
    with connection.cursor() as cursor:
        cursor.execute(LOTS[direction], {"start": list(lots)})
        return {lot for (lot,) in cursor.fetchall()}


def lots_reached(lots: Collection[int], edges: Iterable[Edge]) -> set[int]:
    """The lots themselves and both ends of all edges."""
    return set(lots) | {end for edge in edges for end in (edge.parent, edge.child)}


def levels(start: Collection[int], edges: Iterable[Edge], direction: Direction) -> dict[int, int]:
    """How many steps each lot lies from the start, by the longest way, so that every edge points one way."""
    following: dict[int, list[int]] = defaultdict(list)
    waiting: dict[int, int] = defaultdict(int)
    for edge in edges:
        near, far = (edge.parent, edge.child) if direction is Direction.FORWARD else (edge.child, edge.parent)
        following[near].append(far)
        waiting[far] += 1
    level = dict.fromkeys(start, 0)
    ready = [lot for lot in set(start) | following.keys() if not waiting[lot]]
    while ready:
        lot = ready.pop()
        for far in following[lot]:
            level[far] = max(level.get(far, 0), level.get(lot, 0) + 1)
            waiting[far] -= 1
            if not waiting[far]:
                ready.append(far)
    return level


@dataclass(slots=True)
class LotFacts:
    """A lot as a trace shows it. Quantities are in its item's unit."""

    lot: Lot
    on_hand: Decimal = ZERO
    shipped: Decimal = ZERO
    held: str = ""
    customers: list[str] = field(default_factory=list)
    places: list[str] = field(default_factory=list)


def facts_of(lots: Collection[int]) -> dict[int, LotFacts]:
    """The facts of many lots by their number: five queries, however many."""
    found = {
        lot.pk: LotFacts(lot)
        for lot in Lot.objects.filter(pk__any=list(lots)).select_related("item__unit", "order")
    }
    by_name = {(facts.lot.item_id, facts.lot.number): facts for facts in found.values()}
    numbers = [facts.lot.number for facts in found.values()]
    items = list({facts.lot.item_id for facts in found.values()})
    for balance in (
        StockBalance.objects.filter(lot__any=numbers, item__any=items)
        .exclude(on_hand=0)
        .select_related("place")
        .order_by("pk")
    ):
        if facts := by_name.get((balance.item_id, balance.lot)):
            facts.on_hand += balance.on_hand
            facts.places.append(str(balance.place or "–"))
    for row in (
        ShippedLot.objects.filter(lot__any=list(found))
        .values("lot", "shipment__line__order__customer__name")
        .annotate(sum=Sum("quantity"))
    ):
        facts = found[row["lot"]]
        facts.shipped += row["sum"]
        facts.customers.append(row["shipment__line__order__customer__name"])
    for item, number, reason in Hold.objects.filter(
        lifted_at__isnull=True, item__any=items, lot__any=numbers
    ).values_list("item", "lot", "reason"):
        if held := by_name.get((item, number)):
            held.held = reason
    return found


@dataclass(frozen=True, slots=True)
class Step:
    """One link with what was going on at that minute."""

    link: GenealogyLink
    state: str
    program: str
    people: list[str]
    verdict: str


def steps_of(edges: Iterable[Edge], *, most: int = 500) -> list[Step]:
    """The links of these edges, oldest first, with machine state, program, people and inspection of that
    minute: four queries, however many links; at most ``most`` of them."""
    pairs = {(edge.parent, edge.child) for edge in edges}
    state = StateInterval.objects.filter(
        Q(ended_at__isnull=True) | Q(ended_at__gt=OuterRef("occurred_at")),
        machine=OuterRef("machine"),
        started_at__lte=OuterRef("occurred_at"),
    ).order_by("-started_at")
    cycle = Cycle.objects.filter(
        machine=OuterRef("machine"), credit_at__lte=OuterRef("occurred_at")
    ).order_by("-credit_at")
    links = list(
        GenealogyLink.objects.filter(
            parent__any=[parent for parent, _child in pairs], child__any=[child for _parent, child in pairs]
        )
        .select_related(
            "parent__item__unit",
            "child__item__unit",
            "machine",
            "operation__order",
            "operation__tool",
            "by",
            "plant",
        )
        .annotate(
            state_then=Subquery(state.values("state")[:1]), program_then=Subquery(cycle.values("program")[:1])
        )
        .order_by("occurred_at", "pk")[:most]
    )
    people = _people({link.run_id for link in links if link.run_id})
    verdicts = {
        inspection.operation_id: inspection.get_verdict_display()
        for inspection in Inspection.objects.filter(
            operation__any=[link.operation_id for link in links if link.operation_id]
        ).order_by("pk")
    }
    return [
        Step(
            link,
            str(MachineState(link.state_then).label) if link.state_then else "",
            link.program_then or (link.operation.program if link.operation else ""),
            [
                name
                for start, end, name in people.get(link.run_id or 0, ())
                if start <= link.occurred_at and (end is None or link.occurred_at <= end)
            ]
            or ([str(link.by)] if link.by else []),
            verdicts.get(link.operation_id or 0, ""),
        )
        for link in links
        if (link.parent_id, link.child_id) in pairs
    ]


def _people(runs: Collection[int]) -> dict[int, list[tuple[datetime, datetime | None, str]]]:
    found: dict[int, list[tuple[datetime, datetime | None, str]]] = defaultdict(list)
    for row in RunPerson.objects.filter(run__any=list(runs)).select_related("person").order_by("pk"):
        found[row.run_id].append((row.started_at, row.ended_at, str(row.person)))
    return found


def lots_made(runs: Iterable[Run]) -> set[int]:
    """The lots that the orders of these runs made."""
    orders = {run.operation.order_id for run in runs}
    return set(Lot.objects.filter(order__any=list(orders)).values_list("pk", flat=True))
