"""Sends what is approved and compares what machines tell, round by round."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.utils import timezone

from integrations.enums import DownloadWay
from integrations.models import DownloadChannel
from integrations.signals.base import Settings
from integrations.signals.downloads.base import CannotSend, Load
from integrations.signals.downloads.companions import load_dataset, set_packml
from integrations.signals.downloads.folder import send_to_folder
from integrations.signals.downloads.mqtt import send_by_mqtt
from integrations.signals.downloads.opcua import send_job, write_items
from integrations.signals.downloads.sparkplug import send_by_sparkplug
from integrations.signals.server import settings_of
from orders.domain.downloads import NotSent, Sent, claim_downloads, follow_downloads, settle_download
from orders.models import Download

MOST_THREADS = 8
logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Task:
    """A load and its way, all read from the database before the network is used."""

    load: Load
    way: DownloadWay
    folder: str
    options: dict[str, object]
    connection: Settings | None


def downloads_once() -> int:
    """Send what may leave now, then compare. Returns how many downloads changed; 0 = nothing to do."""
    return send_due() + follow_downloads()


def send_due() -> int:
    claimed = claim_downloads(now=timezone.now())
    if not claimed:
        return 0
    channels = _channels(claimed)
    with ThreadPoolExecutor(max_workers=min(len(claimed), MOST_THREADS)) as pool:
        tasks = [_task(download, channels.get(download.machine_id)) for download in claimed]
        outcomes = pool.map(_outcome, tasks)
        for download, outcome in zip(claimed, outcomes, strict=True):
            settle_download(download=download, outcome=outcome)
            if isinstance(outcome, NotSent):
                logger.warning("download_not_sent", download=download.pk, reason=outcome.problem)
    return len(claimed)


def _channels(claimed: Sequence[Download]) -> dict[int, DownloadChannel]:
    found = DownloadChannel.objects.filter(
        machine__in=[download.machine_id for download in claimed], active=True
    ).select_related("connection")
    return {channel.machine_id: channel for channel in found}


def _task(download: Download, channel: DownloadChannel | None) -> Task | NotSent:
    if channel is None:
        return NotSent(f"No channel to {download.machine.code} is switched on.", again=False)
    return Task(
        load_of(download),
        DownloadWay(channel.way),
        channel.folder,
        channel.options,
        settings_of(channel.connection) if channel.connection else None,
    )


def load_of(download: Download) -> Load:
    operation, order = download.operation, download.operation.order
    return Load(
        id=download.key.hex,
        machine=download.machine.code,
        order=order.number,
        operation=operation.number,
        item=order.item.code,
        quantity=operation.quantity,
        program=download.program,
        revision=download.revision,
        sha256=download.sha256,
        file_name=download.file_name,
        content=bytes(download.file.content) if download.file else None,
        parameters=download.parameters,
    )


def _outcome(task: Task | NotSent) -> Sent | NotSent:
    """No database here: this runs in a thread."""
    if isinstance(task, NotSent):
        return task
    try:
        return _send(task)
    except CannotSend as error:
        return NotSent(str(error), again=error.again)
    except Exception as error:
        logger.exception("download_crashed", load=task.load.id)
        return NotSent(f"It could not be sent: {type(error).__name__}")


def _send(task: Task) -> Sent:
    if task.way == DownloadWay.FOLDER:
        parameters_file = bool(task.options.get("parameters_file"))
        root = Path(settings.DNC_DIR)
        return send_to_folder(task.load, root=root, folder=task.folder, parameters_file=parameters_file)
    if task.connection is None:
        raise CannotSend("The channel names no connection.", again=False)
    if task.way in _BY_BROKER:
        url = _with_secret(task.connection)
        return asyncio.run(_BY_BROKER[task.way](task.load, url=url, options=task.options))
    send = _BY_SERVER[task.way]
    return asyncio.run(send(task.load, settings=task.connection, options=task.options))


_BY_BROKER: dict[DownloadWay, Callable[..., Coroutine[Any, Any, Sent]]] = {
    DownloadWay.MQTT: send_by_mqtt,
    DownloadWay.SPARKPLUG: send_by_sparkplug,
}
_BY_SERVER = {
    DownloadWay.OPCUA_JOB: send_job,
    DownloadWay.OPCUA_WRITE: write_items,
    DownloadWay.EUROMAP: load_dataset,
    DownloadWay.PACKML: set_packml,
}


def _with_secret(connection: Settings) -> str:
    """The broker's address with user and password, which are not kept in it."""
    scheme, separator, rest = connection.address.partition("://")
    return f"{scheme}{separator}{connection.secret}@{rest}" if connection.secret else connection.address
