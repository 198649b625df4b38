"""Take samples from the MQTT broker and from all signal connections of this server, until stopped."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import socket
import sys
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from integrations.signals.mqtt.gateway import Gateway
from integrations.signals.server import SignalService

COLLECT_AFTER = (10_000, 20, 100)
"""Of Python's generations of objects. The oldest holds what is known of every source; each batch makes some
ten thousand objects that are gone with it. Looking for rings of them as usual took two fifths of this
process's time.
"""
HANDS_OVER_SECONDS = 0.001
"""Storing and reading from the broker share one interpreter lock. With Python's own 5 ms a message is read in
each 5 ms while a batch is stored, and most of what was sent meanwhile misses the next one.
"""


class Command(BaseCommand):
    help = (
        "Takes samples from the MQTT broker and from all switched-on signal connections without a gateway "
        "of their own, until it is told to stop (SIGTERM, Ctrl-C)."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--client-id", default="mes-gateway", help="one per gateway; the broker keeps messages for it"
        )

    def handle(self, *args: Any, client_id: str, **options: Any) -> None:
        gc.freeze()
        gc.set_threshold(*COLLECT_AFTER)
        sys.setswitchinterval(HANDS_OVER_SECONDS)
        asyncio.run(self._run(client_id))

    async def _run(self, client_id: str) -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        gateway = Gateway(settings.MQTT_URL, client_id, stop)
        self.stdout.write("gateway ready")
        service = SignalService(f"{socket.gethostname()[:40]} {os.getpid()} {client_id}"[:80], stop)
        await asyncio.gather(gateway.run(), service.run())
        self.stdout.write(f"gateway stopped after {gateway.counts.messages} messages")
