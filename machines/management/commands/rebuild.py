"""Derive cycles, states and energy from the kept samples again."""

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from machines.domain.energy import read_meters_again
from machines.domain.rebuild import rebuild
from machines.models import Machine


def moment(text: str) -> datetime:
    """A date or a time as people write it; without a zone it is UTC."""
    day = parse_date(text)
    value = datetime(day.year, day.month, day.day, tzinfo=UTC) if day else parse_datetime(text)
    if value is None:
        raise ValueError(text)
    return value if value.tzinfo else value.replace(tzinfo=UTC)


class Command(BaseCommand):
    help = "Derives cycles, states and energy again from the kept samples; what was right stays as it is."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--from", dest="since", type=moment, help="from this time on (default: all)")
        parser.add_argument("--to", dest="until", type=moment, help="as far as this time (default: now)")
        parser.add_argument("--machine", action="append", help="only this machine, by code; repeatable")

    def handle(self, *args: Any, **options: Any) -> None:
        machines = None
        if codes := options["machine"]:
            found = dict(Machine.objects.filter(code__in=codes).values_list("code", "pk"))
            if missing := sorted(set(codes) - set(found)):
                raise CommandError(f"no machine has the code {', '.join(missing)}")
            machines = list(found.values())
        count = rebuild(since=options["since"], until=options["until"], now=timezone.now(), machines=machines)
        read_meters_again(since=options["since"], machines=machines)
        self.stdout.write(f"{count} machines derived again")
