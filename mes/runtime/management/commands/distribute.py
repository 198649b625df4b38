"""`manage.py distribute`: the commands that spread the large tables over several servers with Citus."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from mes.runtime.distribution import KEPT_WHOLE, obstacles, statements


class Command(BaseCommand):
    help = "Prints the SQL that distributes the large tables by machine with Citus. Changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        if found := obstacles():
            told = "; ".join(f"{one.table}: {one.constraint}" for one in found)
            raise CommandError(f"not distributable by machine: {told}")
        for statement in statements():
            self.stdout.write(statement)
        for table, why in KEPT_WHOLE.items():
            self.stdout.write(f"-- {table} stays whole: {why}")
