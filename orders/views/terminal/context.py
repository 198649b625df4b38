"""What every page at a machine shows around its own content."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from machines.models import Machine
from orders.models import Operation
from orders.views.terminal.people import people_at
from orders.views.terminal.prompts import stop_context


def terminal_context(request: HttpRequest, machine: Machine) -> dict[str, Any]:
    """The people logged on, the way back, and the stop that waits for a reason."""
    return stop_context(machine) | {"people": people_at(request), "here_url": machine_url(machine)}


def machine_url(machine: Machine) -> str:
    return reverse("terminal-machine", args=[machine.pk])


def operation_url(machine: Machine, operation: Operation) -> str:
    return reverse("terminal-operation", args=[machine.pk, operation.pk])


def machines_of(keys: Collection[str]) -> list[Machine]:
    """The active machines that the keys of a fragment name."""
    numbers = [int(key) for key in keys if key.isdigit()]
    return list(Machine.objects.filter(pk__in=numbers, active=True).select_related("plant"))
