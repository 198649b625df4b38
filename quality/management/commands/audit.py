from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from mes.accounts.sealing import seal_all
from quality.domain.audit import verify_trail
from quality.queries.audit import head_digest, seal_heads


class Command(BaseCommand):
    help = (
        "verify: compares the audit trail with its seals and signatures, names every altered or missing row, "
        "and exits 1 if there is one. head: prints the newest seals as JSON, to be kept by somebody outside."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("what", choices=("verify", "head", "seal"))
        parser.add_argument("--head", type=Path, help="verify: a head that was kept (JSON)")

    def handle(self, *args: Any, what: str, head: Path | None = None, **options: Any) -> None:
        if what == "seal":
            self.stdout.write(f"{seal_all()} rows sealed")
        elif what == "head":
            heads = seal_heads()
            kept = {"digest": head_digest(heads), "tables": {one.table: one.digest for one in heads}}
            self.stdout.write(json.dumps(kept, indent=2))
        else:
            self.verify(head)

    def verify(self, head: Path | None) -> None:
        try:
            kept = json.loads(head.read_text())["tables"] if head else None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise CommandError(f"{head} is no head of the audit trail ({type(error).__name__})") from None
        breaks = verify_trail(kept)
        for one in breaks:
            self.stdout.write(f"{one.table} {'' if one.row is None else one.row}: {one.problem}")
        if breaks:
            self.stdout.write(f"{len(breaks)} breaks")
            sys.exit(1)
        self.stdout.write("The audit trail is whole.")
