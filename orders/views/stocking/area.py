"""What all pages of the area need: the plants that keep stock, the chosen one, the tab."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest

from machines.models import Plant


def area(request: HttpRequest, *, tab: str) -> dict[str, Any]:
    """`?plant=CODE`, else the first. Raises Http404 as long as there is no plant."""
    plants = list(Plant.objects.order_by("code"))
    if not plants:
        raise Http404
    asked = request.POST.get("plant") or request.GET.get("plant")
    plant = next((one for one in plants if one.code == asked), plants[0])
    return {"plants": plants, "plant": plant, "tab": tab}
