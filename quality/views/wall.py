"""The wall: every machine as a tile, readable at 5 m."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from machines.models import Machine
from mes.accounts.access import needs
from mes.accounts.roles import Right
from mes.lib import live
from quality.queries.wall import count_by_state, tiles
from quality.views.andon import open_context
from quality.views.scope import machines_of_key, scope_of
from quality.views.tile import faces_of, render_face

ROOMY, DENSE = 16, 60
"""Up to so many machines a tile is large; beyond the second number it is small."""


@require_safe
@needs(Right.VIEW)
def wall(request: HttpRequest) -> HttpResponse:
    """`/wall/?plant=…&area=…&sort=trouble`. Fifteen queries for any number of machines."""
    scope = scope_of(request)
    shown = tiles(scope.machines)
    context = {
        "scope": scope,
        "clock_zone": scope.time_zone,
        "tiles": faces_of(shown),
        "counts": count_by_state(shown),
        "trouble_first": request.GET.get("sort") == "trouble",
        "size": _size(len(shown)),
        "live_url": live.stream_url(
            wall_tile=[tile.machine.pk for tile in shown], wall_counts=[scope.key], wall_andon=[scope.key]
        ),
        **open_context(scope.key),
    }
    return render(request, "quality/wall.html", context)


@live.fragment("wall-tile", topics=("machine",), right=Right.VIEW)
def render_tiles(keys: Collection[str]) -> dict[str, str]:
    """The tiles of these machine ids."""
    machines = Machine.objects.filter(pk__in=[int(key) for key in keys if key.isdecimal()])
    return {str(face.key): render_face(face) for face in faces_of(tiles(machines))}


@live.fragment("wall-counts", any_of=("machine",), right=Right.VIEW)
def render_counts(keys: Collection[str]) -> dict[str, str]:
    """The numbers of machines by state, by key of the scope."""
    return {key: _render_counts(count_by_state(tiles(machines_of_key(key)))) for key in keys}


def _render_counts(counts: Any) -> str:
    return render_to_string("quality/_counts.html", {"counts": counts})


def _size(machines: int) -> str:
    if machines <= ROOMY:
        return "roomy"
    return "medium" if machines <= DENSE else "dense"
