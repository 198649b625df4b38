"""The truth as one page, and the last day of chaos as a file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from django.template.loader import render_to_string

from mes.runtime.layout import VAR
from mes.runtime.simulator.chaos import Outcome
from mes.runtime.simulator.report import Report
from mes.runtime.truth.recorded import Recorded

FOLDER = VAR / "truth"
CHAOS = FOLDER / "chaos.json"


def keep_chaos(outcome: Outcome) -> Path:
    FOLDER.mkdir(parents=True, exist_ok=True)
    CHAOS.write_text(json.dumps(outcome.as_json(), indent=1))
    return CHAOS


def last_chaos() -> Outcome | None:
    return Outcome.from_json(json.loads(CHAOS.read_text())) if CHAOS.exists() else None


def write_page(reports: Sequence[tuple[str, Report]], recordings: Sequence[Recorded]) -> Path:
    """One file without anything beside it, to be opened in a browser or sent to a customer."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    page = FOLDER / "index.html"
    now = datetime.now(UTC)
    page.write_text(
        render_to_string("runtime/truth.html", {"reports": reports, "recordings": recordings, "now": now})
    )
    return page
