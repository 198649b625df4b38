"""Bring the rolled-up hours of key figures up to date, or make them anew from events."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from machines.management.commands.rebuild import moment
from machines.models import Machine
from quality.kpi.rolling import roll_again, roll_up


class Command(BaseCommand):
    help = "Rolls up the hours that are over; with --rebuild those that were rolled up before, too."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--rebuild", action="store_true", help="make hours anew from events")
        parser.add_argument("--from", dest="since", type=moment, help="from this time on (default: all)")
        parser.add_argument("--machine", action="append", help="only this machine, by code; repeatable")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["rebuild"]:
            roll_again(since=options["since"], machines=_machines(options["machine"]))
        elif options["since"] or options["machine"]:
            raise CommandError("--from and --machine say what to --rebuild")
        done = roll_up(now=timezone.now())
        self.stdout.write(f"hours of {done} machines written")


def _machines(codes: list[str] | None) -> list[int] | None:
    """Raises ``CommandError`` for a code that no machine has."""
    if not codes:
        return None
    found = dict(Machine.objects.filter(code__in=codes).values_list("code", "pk"))
    if missing := sorted(set(codes) - set(found)):
        raise CommandError(f"no machine has the code {', '.join(missing)}")
    return list(found.values())
