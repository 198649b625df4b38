from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from quality.domain.diagram import nonconformances_page

PAGE = Path(settings.ROOT) / "docs" / "reference" / "nonconformance-states.md"


class Command(BaseCommand):
    help = "Writes docs/reference/nonconformance-states.md from the tables of transitions."

    def handle(self, *args: Any, **options: Any) -> None:
        PAGE.write_text(nonconformances_page(), encoding="utf-8")
        self.stdout.write(f"{PAGE} written")
