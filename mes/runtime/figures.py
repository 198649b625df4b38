"""The figures and checks that belong to no app."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.conf import settings
from kombu import Connection

from mes.lib.metrics import gauge

BROKER_TIMEOUT_SECONDS = 2


@gauge("mes_queue_depth", "Tasks waiting at the broker", labels=("queue",))
def queue_depth() -> Iterator[tuple[tuple[str, ...], float]]:
    """Per queue; nothing is known of a queue that no worker has used yet."""
    queue = settings.CELERY_TASK_DEFAULT_QUEUE
    with Connection(settings.CELERY_BROKER_URL, connect_timeout=BROKER_TIMEOUT_SECONDS) as broker:
        broker.ensure_connection(max_retries=1, timeout=BROKER_TIMEOUT_SECONDS)
        try:
            channel: Any = broker.default_channel
            depth = channel.queue_declare(queue, passive=True).message_count
        except broker.channel_errors:
            return
        yield (queue,), depth
