"""Take samples from the MQTT broker until stopped."""

from __future__ import annotations

import asyncio
import signal
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from integrations.signals.mqtt.gateway import Gateway


class Command(BaseCommand):
    help = "Takes samples from the MQTT broker until it is told to stop (SIGTERM, Ctrl-C)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--client-id", default="mes-gateway", help="one per gateway; the broker keeps messages for it"
        )

    def handle(self, *args: Any, client_id: str, **options: Any) -> None:
        asyncio.run(self._run(client_id))

    async def _run(self, client_id: str) -> None:
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        gateway = Gateway(settings.MQTT_URL, client_id, stop)
        self.stdout.write("gateway ready")
        await gateway.run()
        self.stdout.write(f"gateway stopped after {gateway.counts.messages} messages")
