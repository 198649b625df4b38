"""Turn samples into cycles and states, for ever."""

import signal
import threading
from typing import Any

from django.core.management.base import BaseCommand

from machines.domain.service import Interpreter


class Command(BaseCommand):
    help = "Turns samples into cycles and machine states until it is told to stop (SIGTERM, Ctrl-C)."

    def handle(self, *args: Any, **options: Any) -> None:
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        self.stdout.write("interpreter ready")
        Interpreter(stop).run()
        self.stdout.write("interpreter stopped")
