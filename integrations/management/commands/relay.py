"""Send confirmations until stopped."""

from __future__ import annotations

import signal
import threading
from argparse import ArgumentParser
from typing import Any

import structlog
from django.core.management.base import BaseCommand
from django.db import InterfaceError, OperationalError, close_old_connections

from integrations.domain.outbox.relay import relay_once

logger = structlog.get_logger(__name__)


class Command(BaseCommand):
    help = "Turns production events into confirmations and sends them until it is stopped."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--every", type=float, default=1.0, help="seconds to rest when nothing is due")

    def handle(self, *args: Any, every: float, **options: Any) -> None:
        stop = threading.Event()
        for name in (signal.SIGTERM, signal.SIGINT):
            signal.signal(name, lambda *_: stop.set())
        while not stop.is_set():
            close_old_connections()
            try:
                done = relay_once()
            except (OperationalError, InterfaceError) as error:
                logger.warning("relay_database_away", reason=str(error).partition("\n")[0])
                done = 0
            if not done:
                stop.wait(every)
