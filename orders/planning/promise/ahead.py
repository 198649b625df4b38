"""The futures of what is asked for, kept in the process from the look ahead until the quote is made."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from orders.models import ProductionOrder
from orders.planning.promise.ensemble import Answer, Laid
from orders.planning.promise.inputs import Problem
from orders.planning.promise.scene import Scene
from orders.planning.stand import Standing
from orders.queries.facts_version import OPERATION_FACTS

MOST = 4
"""Each holds a plant's arrays."""


@dataclass(frozen=True, slots=True)
class Played:
    """Don't change it."""

    scene: Scene
    problem: Problem
    on: Laid
    answer: Answer


Wanted = tuple[object, ...]
_lock = threading.Lock()
_kept: OrderedDict[Wanted, tuple[Standing, Played]] = OrderedDict()


def played_on(standing: Standing, wanted: Wanted, play: Callable[[], Played]) -> Played:
    """What ``play`` gives, or gave for the same on the very same standing. ``wanted``: all else that it
    depends on."""
    with _lock:
        known = _kept.get(wanted)
    if known is not None and known[0] is standing:
        return known[1]
    played = play()
    with _lock:
        for old in [
            old for old, (on, _) in _kept.items() if on.plant == standing.plant and on is not standing
        ]:
            del _kept[old]
        _kept[wanted] = standing, played
        while len(_kept) > MOST:
            _kept.popitem(last=False)
    return played


def facts_of(asked: ProductionOrder) -> Wanted:
    """Of an order that is only asked about, everything its futures depend on but the plant."""
    operations = [
        tuple(
            getattr(one, field.attname)
            for field in one._meta.concrete_fields
            if field.name in OPERATION_FACTS
        )
        for one in asked.operations.all()
    ]
    item = asked.item
    return (item.pk, item.code, item.setup_family_id, asked.quantity, asked.requested_at, *operations)
