"""Try a partner's test system from end to end."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from integrations.domain.acceptance import try_partner
from integrations.domain.connectors import has_connector
from integrations.models import Connection


class Command(BaseCommand):
    help = (
        "Reads an order of a called partner's TEST system, books one piece, repeats it, cancels it and "
        "compares totals. Exit code 1 when a step fails."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("connection", help="code of the connection to the test system")
        parser.add_argument("--order", required=True, help="a released order nobody else works on")
        parser.add_argument("--operation", required=True, help="its operation that a piece is booked on")
        parser.add_argument(
            "--closed-day", type=date.fromisoformat, help="a day (YYYY-MM-DD) in a closed period"
        )
        parser.add_argument(
            "--test-system", action="store_true", help="confirms that this is not the productive system"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        connection = Connection.objects.select_related("plant").filter(code=options["connection"]).first()
        if connection is None or not has_connector(connection.format):
            raise CommandError("There is no connection of this code whose partner is called.")
        if not options["test_system"]:
            raise CommandError("Something will be booked: say --test-system if this is a test system.")
        failed = False
        for tried in try_partner(
            connection=connection,
            order=options["order"],
            operation=options["operation"],
            closed_day=options["closed_day"],
        ):
            failed = failed or not tried.passed
            mark = "ok    " if tried.passed else "FAILED"
            self.stdout.write(f"{mark}  {tried.name}" + (f": {tried.seen}" if tried.seen else ""))
        if failed:
            raise CommandError("The partner is not accepted.", returncode=1)
