"""Read from the records anew how long everything takes, and keep it as the next measured profiles."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from orders.planning.profiles.keep import make_profiles


class Command(BaseCommand):
    help = "Makes the measured profiles of every plant anew from its records."

    def handle(self, *args: Any, **options: Any) -> None:
        done = make_profiles(now=timezone.now())
        self.stdout.write(f"profiles of {done} plants made")
