"""A tile of the wall in words. A wall has hundreds: the template only puts finished texts in place, once
for as long as they are the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from mes.lib import templatetags as texts
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
class Words:
    """What one tile says, in the reader's language and by the clock of the machine's plant, but for its age.

    ``slots`` are only those of a machine that has several; ``state`` and ``work`` are of the slot that a
    person has to look at first.
    """

    address: str
    name: str
    code: str
    state: str
    badge: SafeString
    why: str
    work: Work | None
    slots: tuple[SlotFace, ...]
    without_order: bool
    work_from: str


@dataclass(frozen=True, slots=True)
class Face:
    """One tile: the machine's id, its words, and how long it is in its state."""

    key: int
    words: Words
    since: str

    @property
    def html(self) -> SafeString:
        before, after = _drawn(self.words, get_language())
        return SafeString(f"{before}{self.since}{after}")


def faces_of(tiles: Iterable[Tile]) -> list[Face]:
    faces: list[Face] = []
    for zone, group in groupby(tiles, key=lambda tile: tile.machine.plant.time_zone):
        with timezone.override(zone):
            faces += [_face(tile) for tile in group]
    return faces


AGE = SafeString("\0")
"""Stands in a drawn tile where its age belongs; no text in the database can hold this character."""


@lru_cache(maxsize=4096)
def _drawn(words: Words, _language: str | None) -> tuple[str, str]:
    """What stands before and after the age. Most tiles of a page say what they said a moment ago."""
    before, _age, after = render_to_string("quality/_tile.html", {"tile": words, "age": AGE}).partition(AGE)
    return before, after


def _face(tile: Tile) -> Face:
    machine, head = tile.machine, tile.head
    several = len(tile.slots) > 1
    said = Words(
        address=texts.address("machine", machine.code),
        name=machine.name,
        code=machine.code,
        state=tile.state.value,
        badge=_badge(tile.state, get_language()),
        why=_why(tile),
        work=_work(head),
        slots=tuple(SlotFace(slot.state, _work(slot)) for slot in tile.slots) if several else (),
        without_order=tile.state is ShownState.RUNNING,
        work_from=texts.clock(head.work_from) if head.work_from else "",
    )
    return Face(machine.pk, said, texts.since(head.since))


def _why(tile: Tile) -> str:
    if tile.told_until is not None:
        return gettext("catching up: %(moment)s") % {"moment": texts.clock(tile.told_until)}
    return tile.head.reason.name if tile.head.reason else tile.alarm


def _work(slot: SlotNow) -> Work | None:
    operation = slot.operation
    if operation is None:
        return None
    return Work(
        order=operation.order.number,
        item=operation.order.item.name,
        good=texts.quantity(operation.good),
        quantity=texts.quantity(operation.quantity),
        unit=operation.order.unit.symbol,
        scrap=texts.quantity(operation.scrap) if operation.scrap else "",
        hundredths=texts.hundredths(slot.progress),
        speed="" if slot.speed is None else texts.percent(slot.speed, 0),
        expected_end=texts.clock(slot.expected_end) if slot.expected_end else "",
    )


@lru_cache
def _badge(state: ShownState, _language: str | None) -> SafeString:
    return format_html('{}<span class="tile-word">{}</span>', texts.icon(state.icon), state.label)
