"""The plan of an area: live tiles where the machines stand, and drawing it by drag and drop."""

from __future__ import annotations

import json
from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from machines.models import Area, Machine
from mes.accounts.access import needs
from mes.accounts.models import User
from mes.accounts.roles import Right
from mes.lib import live
from mes.lib.errors import MesError
from quality.domain.maps import draw_plan, place_machines
from quality.models import AreaMap, MapPicture, MapPlace
from quality.queries.wall import tiles
from quality.views.tile import faces_of


@require_safe
@needs(Right.VIEW)
def area_map(request: HttpRequest, pk: int) -> HttpResponse:
    """`/wall/maps/<area>/`; `?edit=1` for those who maintain master data: drag machines to their places."""
    area = get_object_or_404(Area.objects.select_related("plant"), pk=pk)
    plan = AreaMap.objects.select_related("picture").defer("picture__image").filter(area=area).first()
    places = {place.machine_id: place for place in MapPlace.objects.filter(map__area=area)}
    faces = faces_of(tiles(Machine.objects.filter(area=area, active=True)))
    standing = [(face, places[face.key]) for face in faces if face.key in places]
    may_edit = cast(User, request.user).may(Right.MASTER_DATA)
    context = {
        "area": area,
        "clock_zone": area.plant.time_zone,
        "plan": plan,
        "standing": standing,
        "waiting": [face for face in faces if face.key not in places],
        "areas": Area.objects.filter(plant=area.plant),
        "may_edit": may_edit,
        "editing": may_edit and "edit" in request.GET,
        "live_url": live.stream_url(wall_tile=[face.key for face, _place in standing]) if standing else "",
    }
    return render(request, "quality/map.html", context)


@require_safe
@needs(Right.VIEW)
def map_picture(_request: HttpRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(MapPicture, pk=pk)
    headers = {"Cache-Control": "private, max-age=86400, immutable", "Content-Disposition": "inline"}
    return HttpResponse(bytes(row.image), content_type="image/jpeg", headers=headers)


@require_POST
@needs(Right.MASTER_DATA)
def save_places(request: HttpRequest, pk: int) -> JsonResponse:
    """`{"12": [500, 250], …}`: machine ids with their place in thousandths; the whole plan."""
    area = get_object_or_404(Area, pk=pk)
    try:
        sent = json.loads(request.body)
        places = {int(machine): (int(x), int(y)) for machine, (x, y) in sent.items()}
    except (ValueError, TypeError, AttributeError):
        return JsonResponse({"problem": _("The plan could not be read.")}, status=400)
    try:
        place_machines(area=area, places=places, by=cast(User, request.user))
    except MesError as error:
        return JsonResponse({"problem": str(error)}, status=422)
    return JsonResponse({"saved": len(places)})


@require_POST
@needs(Right.MASTER_DATA)
def save_picture(request: HttpRequest, pk: int) -> HttpResponse:
    """A file lies under the plan from now on; none means a blank grid."""
    area = get_object_or_404(Area, pk=pk)
    file = request.FILES.get("picture")
    try:
        draw_plan(area=area, file=file.read() if file else None, by=cast(User, request.user))
    except MesError as error:
        messages.error(request, str(error))
    answer = redirect("area-map", pk=area.pk)
    answer["Location"] += "?edit=1"
    return answer
