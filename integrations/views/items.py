"""What a sender offers, live, and mapping it to machines."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST, require_safe

from integrations.domain import browsing
from integrations.domain.mappings import ItemMeaning, fitting, map_items
from integrations.enums import SignalRole
from integrations.forms import ROLES, MapDeviceForm
from integrations.models import BrowseRequest, MappingTemplate, SignalConnection
from integrations.queries.connections import connections
from machines.models import Machine
from mes.accounts.access import needs
from mes.accounts.roles import Right
from mes.lib.errors import MesError

FRESH = timedelta(minutes=10)
AGAIN_AFTER = timedelta(seconds=10)
MOST_SHOWN = 400

PROBLEMS = {
    "unknown_host": gettext_lazy("This name is not known in the network. Is the address spelled right?"),
    "refused": gettext_lazy("The computer answers, but nothing listens at this port. Is the sender running?"),
    "timeout": gettext_lazy(
        "Nothing answered in time. Is the address right, the machine on, and no firewall between?"
    ),
    "certificate": gettext_lazy("The encrypted connection failed: the certificates do not fit."),
    "not_allowed": gettext_lazy("The sender or the file system does not allow it. Is the secret right?"),
    "unreachable": gettext_lazy("The network does not reach it. Is the address right?"),
    "not_installed": gettext_lazy("The connector for this protocol is not installed there."),
    "crashed": gettext_lazy("The connector could not cope with the answer. Please report this."),
    "other": gettext_lazy("The sender did not accept it."),
}


@dataclass(frozen=True, slots=True)
class OfferedItem:
    """One offered item on the page. ``number`` is its place in the answer."""

    number: int
    address: str
    name: str
    kind: str
    unit: str
    device: str
    value: Any
    role: str
    mapped: Sequence[str]

    @property
    def key(self) -> str:
        return hashlib.sha256(self.address.encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Device:
    """A group of items with the machine that we think it is."""

    name: str
    items: Sequence[OfferedItem]
    form: MapDeviceForm
    fitting: int


@require_safe
@needs(Right.MASTER_DATA)
def items_page(request: HttpRequest, pk: int) -> HttpResponse:
    """`/connections/<pk>/items/?q=…`: asks the sender when nobody has for ten minutes."""
    connection = get_object_or_404(connections(), pk=pk)
    newest = _newest(connection)
    if newest is None or newest.requested_at < timezone.now() - FRESH:
        newest = browsing.ask(connection=connection)
    return render(request, "connections/items.html", _context(request, connection, newest))


@require_POST
@needs(Right.MASTER_DATA)
def ask_again(_request: HttpRequest, pk: int) -> HttpResponse:
    browsing.ask(connection=get_object_or_404(SignalConnection, pk=pk))
    return redirect("connection-items", pk)


@require_safe
@needs(Right.MASTER_DATA)
def item_values(request: HttpRequest, pk: int) -> HttpResponse:
    """The newest values of all offered items, to be put where they are shown; asks again now and then."""
    connection = get_object_or_404(SignalConnection, pk=pk)
    newest = _newest(connection)
    if newest is None or newest.requested_at < timezone.now() - AGAIN_AFTER:
        browsing.ask(connection=connection)
    answered = _answered(connection)
    items = _offered(connection, answered) if answered else []
    return render(request, "connections/_item_values.html", {"items": items[:MOST_SHOWN]})


def _newest(connection: SignalConnection) -> BrowseRequest | None:
    return connection.browses.defer("items").order_by("-pk").first()


def _answered(connection: SignalConnection) -> BrowseRequest | None:
    """The newest answer that offers something."""
    return connection.browses.exclude(answered_at=None).filter(problem_code="").order_by("-pk").first()


def _context(request: HttpRequest, connection: SignalConnection, newest: BrowseRequest) -> dict[str, Any]:
    answered = _answered(connection)
    text = request.GET.get("q", "").strip().lower()
    items = [item for item in _offered(connection, answered) if text in _words(item)] if answered else []
    waiting = newest.answered_at is None and newest.requested_at > timezone.now() - browsing.PATIENCE
    return {
        "connection": connection,
        "newest": newest,
        "answered": answered,
        "waiting": waiting,
        "unanswered": newest.answered_at is None and not waiting,
        "hint": PROBLEMS.get(newest.problem_code, ""),
        "devices": _devices(connection, items[:MOST_SHOWN]),
        "found": len(items),
        "hidden": max(0, len(items) - MOST_SHOWN),
        "roles": ROLES,
        "templates": MappingTemplate.objects.filter(protocol=connection.protocol),
        "q": request.GET.get("q", ""),
    }


def _words(item: OfferedItem) -> str:
    return " ".join((item.address, item.name, item.kind, item.device, str(item.value))).lower()


def _offered(connection: SignalConnection, answered: BrowseRequest | None) -> list[OfferedItem]:
    mapped: dict[str, list[str]] = {}
    for row in connection.mappings.select_related("machine"):
        label = f"{row.machine.code} · {SignalRole(row.role).label}"
        mapped.setdefault(row.address, []).append(label)
    return [
        OfferedItem(
            number=number,
            address=item["address"],
            name=item["name"],
            kind=item["kind"],
            unit=item["unit"],
            device=item["device"],
            value=_readable(item["value"]),
            role=item["role"] if item["role"] in SignalRole.values else "",
            mapped=mapped.get(item["address"], ()),
        )
        for number, item in enumerate(answered.items if answered else ())
    ]


def _readable(value: Any) -> Any:
    """Nobody reads fifteen digits of a temperature."""
    return float(f"{value:.7g}") if isinstance(value, float) else value


def _devices(connection: SignalConnection, items: Sequence[OfferedItem]) -> list[Device]:
    machines = list(Machine.objects.filter(plant=connection.plant_id, active=True).order_by("code"))
    groups: dict[str, list[OfferedItem]] = {}
    for item in items:
        groups.setdefault(item.device, []).append(item)
    return [
        Device(
            name,
            group,
            MapDeviceForm(
                plant=connection.plant_id, initial={"machine": _likely(name, machines)}, auto_id=False
            ),
            sum(bool(item.role) for item in group),
        )
        for name, group in groups.items()
    ]


def _likely(device: str, machines: Sequence[Machine]) -> Machine | None:
    """The machine whose code or name the device's name holds."""
    told = device.lower()
    return next(
        (one for one in machines if told and (one.code.lower() in told or one.name.lower() in told)), None
    )


@require_POST
@needs(Right.MASTER_DATA)
def map_device(request: HttpRequest, pk: int) -> HttpResponse:
    """Map the ticked items of a device, with the role beside each, or what a template says of it."""
    connection = get_object_or_404(SignalConnection, pk=pk)
    form = MapDeviceForm(request.POST, plant=connection.plant_id)
    if not form.is_valid():
        messages.error(request, _("Choose the machine."))
        return redirect("connection-items", pk)
    machine, slot = form.cleaned_data["machine"], form.cleaned_data["slot"] or 0
    try:
        count = map_items(connection=connection, meanings=_chosen(request, connection, machine, slot))
    except MesError as error:
        messages.error(request, str(error))
        return redirect("connection-items", pk)
    if not count:
        messages.warning(request, _("Nothing new was chosen."))
        return redirect("connection-items", pk)
    messages.success(request, ngettext("%d item mapped.", "%d items mapped.", count) % count)
    return redirect("connection", pk)


def _chosen(
    request: HttpRequest, connection: SignalConnection, machine: Machine, slot: int
) -> list[ItemMeaning]:
    answered = _answered(connection)
    offered = {item["address"]: item for item in (answered.items if answered else ())}
    template = MappingTemplate.objects.filter(pk=_number(request.POST.get("template"))).first()
    if template is not None:
        device = request.POST.get("device", "")
        addresses = [address for address, item in offered.items() if item["device"] == device]
        return fitting(template, addresses, machine)
    return [
        ItemMeaning(address, machine, role, slot, _table(offered.get(address)))
        for address, role in zip(request.POST.getlist("address"), request.POST.getlist("role"), strict=False)
        if role in SignalRole.values and 0 < len(address) <= 500 and address in request.POST.getlist("item")
    ]


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 12 else 0


def _table(item: Any) -> dict[str, str]:
    return dict(item["values"]) if item else {}
