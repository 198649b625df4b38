"""Re-add every figure of the plant from its records."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Callable, Sequence
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction

from integrations.queries.books import check_messages
from machines.queries.books import check_samples
from mes.accounts.models import Seal
from mes.accounts.sealing import verify_seals
from mes.lib.books import Check, Difference, check_history
from orders.domain.books import check_counts
from orders.queries.books import (
    check_genealogy,
    check_operations,
    check_orders,
    check_origins,
    check_stock,
)


def check_seals() -> Check:
    """K6: what was sealed in the audit trail is what stands there now."""
    breaks = verify_seals()
    found = [
        Difference(f"{one.table} {one.row if one.row is not None else ''}".strip(), one.problem, "sealed")
        for one in breaks
    ]
    return Check("K6", "The audit trail is as it was sealed", found, Seal.objects.count())


CHECKS: Sequence[Callable[[], Check]] = (
    check_operations,
    check_orders,
    check_samples,
    check_stock,
    check_messages,
    check_history,
    check_seals,
    check_origins,
    check_counts,
    check_genealogy,
)
SHOWN = 20


class Command(BaseCommand):
    help = "Re-adds every figure from its records (K1 to K9). Exit code 1 on any difference, naming the rows."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="for machines: one JSON document")

    def handle(self, *args: Any, **options: Any) -> None:
        checks = audit_books()
        if options["json"]:
            self.stdout.write(json.dumps([check.as_json() for check in checks], indent=1))
        else:
            self.stdout.write(as_table(checks))
        if any(check.differences for check in checks):
            raise CommandError("The books do not agree.", returncode=1)


def audit_books() -> list[Check]:
    """All checks on one snapshot, so that work going on meanwhile is no difference."""
    if connection.in_atomic_block:
        return [check() for check in CHECKS]
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        return [check() for check in CHECKS]


def as_table(checks: Sequence[Check]) -> str:
    lines = []
    for check in checks:
        verdict = "ok" if not check.differences else f"{len(check.differences)} differences"
        lines.append(f"{check.code}  {check.title:<50} {check.counted:>10}  {verdict}")
        for difference in check.differences[:SHOWN]:
            lines.append(f"      {difference.row}: stored {difference.stored}, added up {difference.added}")
        if len(check.differences) > SHOWN:
            lines.append(f"      … and {len(check.differences) - SHOWN} more")
        lines += [f"      note: {note}" for note in check.notes[:SHOWN]]
    return "\n".join(lines)
