"""Take in again what could not be taken."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from machines.domain.problems import replay_problems
from machines.models import SampleProblem

AT_ONCE = 1000


class Command(BaseCommand):
    help = "Tries kept samples again that could not be taken, after the cause was mended."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--code", help="only problems of this code, e.g. unknown_machine")
        parser.add_argument("--machine", help="only of this machine, by code")

    def handle(self, *args: Any, **options: Any) -> None:
        problems = SampleProblem.objects.exclude(replays__settled=True)
        if options["code"]:
            problems = problems.filter(code=options["code"])
        if options["machine"]:
            problems = problems.filter(machine_code=options["machine"])
        ids = list(problems.order_by("received_at", "pk").values_list("pk", flat=True))
        settled = stayed = 0
        for start in range(0, len(ids), AT_ONCE):
            some = replay_problems(problems=ids[start : start + AT_ONCE], by=None, now=timezone.now())
            settled, stayed = settled + some.settled, stayed + some.open
        self.stdout.write(f"{settled} taken, {stayed} still can't be taken")
