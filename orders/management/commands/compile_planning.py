"""Compile what plans and dates are computed with, so that nobody's first quote waits for it."""

from typing import Any

from django.core.management.base import BaseCommand

from orders.planning.warm import plans_compiled


class Command(BaseCommand):
    help = "Compiles what plans and dates are computed with; after an install or upgrade, once on a machine."

    def handle(self, *args: Any, **options: Any) -> None:
        plans_compiled()
        self.stdout.write("compiled")
