"""The wall: every machine as a tile, readable at 5 m."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from mes.accounts.access import needs
from mes.accounts.roles import Right
from mes.lib import live
from quality.queries.wall import Tile, count_by_state, shown_states, tiles, tiles_by_key
from quality.views.andon import open_context
from quality.views.scope import Scope, machines_of_key, scope_of
from quality.views.tile import Face, faces_of

ROOMY, DENSE, TINY = 16, 60, 150
"""Up to so many machines a tile is large (on a screen of 55 inches it can be read at 5 m); beyond the second
small, beyond the third only a name."""
SHORTEST_TURN, LONGEST_TURN = 5, 600
"""Seconds for which TV mode shows a screenful."""


@require_safe
@needs(Right.VIEW)
def wall(request: HttpRequest) -> HttpResponse:
    """`/wall/?plant=…&area=…&sort=trouble`. Fifteen queries for any number of machines.

    `&tv=20` is for a screen on a wall: nothing to click, as many machines at once as can be read from afar,
    and where there are more, one screenful of areas after the other, 20 s each.
    """
    scope = scope_of(request)
    shown = tiles(scope.machines)
    trouble_first = request.GET.get("sort") == "trouble"
    faces, tv = faces_of(shown), _turn(request.GET.get("tv", ""))
    places = _places(scope, shown, faces, is_one=trouble_first or len(shown) <= ROOMY)
    context = {
        "scope": scope,
        "clock_zone": scope.time_zone,
        "tiles": faces,
        "places": _screens(places) if tv else places,
        "tv": tv,
        "query": request.GET.urlencode(),
        "counts": count_by_state(tile.state for tile in shown),
        "trouble_first": trouble_first,
        "size": "roomy" if tv else _size(len(shown)),
        "live_url": live.stream_url(
            wall_tile=[tile.machine.pk for tile in shown], wall_counts=[scope.key], wall_andon=[scope.key]
        ),
        **open_context(scope.key),
    }
    return render(request, "quality/wall.html", context)


@live.fragment("wall-tile", topics=("machine", "machine-cycle"), right=Right.VIEW, load=tiles_by_key)
def render_tiles(found: Mapping[str, Tile]) -> dict[str, str]:
    return {key: face.html for key, face in zip(found, faces_of(found.values()), strict=True)}


@live.fragment("wall-counts", any_of=("machine",), right=Right.VIEW)
def render_counts(keys: Collection[str]) -> dict[str, str]:
    """The numbers of machines by state, by key of the scope."""
    return {
        key: render_to_string(
            "quality/_counts.html", {"counts": count_by_state(shown_states(machines_of_key(key)))}
        )
        for key in keys
    }


def _size(machines: int) -> str:
    if machines <= ROOMY:
        return "roomy"
    if machines <= DENSE:
        return "medium"
    return "dense" if machines <= TINY else "tiny"


@dataclass(frozen=True, slots=True)
class Place:
    """The tiles of one area; without a name they are all."""

    name: str
    faces: Sequence[Face]


def _places(scope: Scope, shown: Sequence[Tile], faces: Sequence[Face], *, is_one: bool) -> list[Place]:
    """By area in the order of the first machine of each, or all together where that is easier to read."""
    if is_one or scope.area is not None or len(scope.areas) < 2:
        return [Place("", faces)]
    areas: dict[int, list[Face]] = {}
    for tile, face in zip(shown, faces, strict=True):
        areas.setdefault(tile.machine.area_id, []).append(face)
    names = {area.pk: area.name for area in scope.areas}
    return [Place(names.get(area, ""), members) for area, members in areas.items()]


def _screens(places: Sequence[Place]) -> list[Place]:
    """Neighbouring areas together, as long as all their tiles can be read from afar."""
    screens: list[Place] = []
    for place in places:
        if screens and len(screens[-1].faces) + len(place.faces) <= ROOMY:
            last = screens.pop()
            place = Place(f"{last.name} · {place.name}", [*last.faces, *place.faces])
        screens.append(place)
    return screens


def _turn(text: str) -> int | None:
    if not (text.isascii() and text.isdecimal() and len(text) < 5):
        return None
    return min(max(int(text), SHORTEST_TURN), LONGEST_TURN)
