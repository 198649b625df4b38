"""A tile of the wall in words. A wall has hundreds: the template only puts finished texts in place."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from mes.lib import templatetags as words
from quality.enums import ShownState
from quality.queries.wall import SlotNow, Tile


@dataclass(frozen=True, slots=True)
class Work:
    """What a slot works on. ``speed`` and ``expected_end`` are empty where they aren't known."""

    order: str
    item: str
    good: str
    quantity: str
    unit: str
    scrap: str
    hundredths: int
    speed: str
    expected_end: str


@dataclass(frozen=True, slots=True)
class SlotFace:
    state: ShownState
    work: Work | None


@dataclass(frozen=True, slots=True)
class Face:
    """What one tile says, in the reader's language and by the clock of the machine's plant.

    ``slots`` are only those of a machine that has several; ``state`` and ``work`` are of the slot that a
    person has to look at first.
    """

    key: int
    address: str
    name: str
    code: str
    state: str
    badge: SafeString
    since: str
    why: str
    work: Work | None
    slots: Sequence[SlotFace]
    without_order: bool
    work_from: str


def faces_of(tiles: Iterable[Tile]) -> list[Face]:
    faces: list[Face] = []
    for zone, group in groupby(tiles, key=lambda tile: tile.machine.plant.time_zone):
        with timezone.override(zone):
            faces += [_face(tile) for tile in group]
    return faces


def render_face(face: Face) -> str:
    return render_to_string("quality/_tile.html", {"tile": face})


def _face(tile: Tile) -> Face:
    machine, head = tile.machine, tile.head
    several = len(tile.slots) > 1
    return Face(
        key=machine.pk,
        address=words.address("machine", machine.code),
        name=machine.name,
        code=machine.code,
        state=tile.state.value,
        badge=_badge(tile.state, get_language()),
        since=words.since(head.since),
        why=head.reason.name if head.reason else tile.alarm,
        work=_work(head),
        slots=[SlotFace(slot.state, _work(slot)) for slot in tile.slots] if several else (),
        without_order=tile.state is ShownState.RUNNING,
        work_from=words.clock(head.work_from) if head.work_from else "",
    )


def _work(slot: SlotNow) -> Work | None:
    operation = slot.operation
    if operation is None:
        return None
    return Work(
        order=operation.order.number,
        item=operation.order.item.name,
        good=words.quantity(operation.good),
        quantity=words.quantity(operation.quantity),
        unit=operation.order.unit.symbol,
        scrap=words.quantity(operation.scrap) if operation.scrap else "",
        hundredths=words.hundredths(slot.progress),
        speed="" if slot.speed is None else words.percent(slot.speed, 0),
        expected_end=words.clock(slot.expected_end) if slot.expected_end else "",
    )


@lru_cache
def _badge(state: ShownState, _language: str | None) -> SafeString:
    return format_html('{}<span class="tile-word">{}</span>', words.icon(state.icon), state.label)
