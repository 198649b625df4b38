"""What is on its way to machines, and what became of it."""

from __future__ import annotations

from collections.abc import Collection

from django.db.models import Prefetch, QuerySet

from machines.models import Machine
from orders.enums import DownloadState
from orders.models import Download, DownloadStep


def latest_downloads(operations: Collection[int]) -> dict[int, Download]:
    """The last download of each operation, by operation. One query."""
    latest = (
        Download.objects.filter(operation__in=operations)
        .select_related("run", "machine")
        .order_by("operation_id", "-id")
        .distinct("operation_id")
    )
    return {download.operation_id: download for download in latest}


def download_history(*, machine: Machine | None = None, state: str = "") -> QuerySet[Download]:
    """Newest first with all steps: two queries, however many downloads."""
    steps = Prefetch("steps", DownloadStep.objects.select_related("by").order_by("id"))
    found = Download.objects.select_related("machine__plant", "operation__order__item").prefetch_related(
        steps
    )
    if machine is not None:
        found = found.filter(machine=machine)
    if state in DownloadState.values:
        found = found.filter(state=state)
    return found.order_by("-id")
