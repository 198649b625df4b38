"""`python -m mes.runtime.truth` publishes how far the product's figures are from the truth.

The running demo plant is compared with what its simulator really did; labelled recordings, where
``../shared/data`` is there, with the units that people counted; the last day of chaos is repeated. Printed,
and written as a page.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

import django

from mes.runtime.layout import DEMO, ROOT
from mes.runtime.postgres import DEMO_SETTINGS, EmbeddedPostgres
from mes.runtime.simulator.__main__ import NothingToCompare, demo_report
from mes.runtime.test_database import run_beside_test_database

RECORDINGS = ROOT.parent / "shared" / "data" / "machines" / "nist-mtc-box-assembly"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m mes.runtime.truth", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON in place of tables")
    parser.add_argument("--hours", type=float, help="only the last hours of the demo plant")
    parser.add_argument("--recordings", type=Path, default=RECORDINGS, help="folder of the box assembly")
    parser.add_argument("--only-recordings", action="store_true", help="leave the demo plant out")
    parser.add_argument("--migrate", action="store_true", help="make the tables first")
    options = parser.parse_args()
    if "MES_DATABASE_URL" not in os.environ:
        if not EmbeddedPostgres(DEMO, DEMO_SETTINGS).is_running():
            sys.stderr.write(
                "The demo doesn't run (`make demo`): recordings are measured, the plant is not.\n"
            )
            again = (sys.executable, "-m", "mes.runtime.truth", *sys.argv[1:])
            return run_beside_test_database([*again, "--only-recordings", "--migrate"])
        os.environ.update(DEMO.environment())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mes.settings.demo")
    django.setup()
    if options.migrate:
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
    return publish(options)


def publish(options: argparse.Namespace) -> int:
    from mes.runtime.simulator.report import Report
    from mes.runtime.truth.page import last_chaos, write_page
    from mes.runtime.truth.recorded import Recorded, as_table, measure_recordings

    failed, plant = 0, None
    recordings: list[Recorded] = []
    if not options.only_recordings:
        try:
            plant = demo_report(hours=options.hours)
        except NothingToCompare as reason:
            sys.stderr.write(f"{reason}\n")
            failed = 1
    if options.recordings.is_dir():
        recordings = measure_recordings(options.recordings)
    else:
        sys.stderr.write(f"No labelled recordings at {options.recordings}.\n")
    chaos = last_chaos()
    if options.json:
        whole: dict[str, Any] = {
            "plant": plant.as_json() if plant else None,
            "recordings": [row.as_json() for row in recordings],
            "chaos": chaos.as_json() if chaos else None,
        }
        sys.stdout.write(json.dumps(whole, indent=2) + "\n")
        return failed
    reports: list[tuple[str, Report]] = [("The demo plant", plant)] if plant else []
    reports += [(f"A day of chaos ({chaos.summary})", chaos.report)] if chaos else []
    for title, report in reports:
        sys.stdout.write(f"{title}\n\n{report.as_table()}\n\n")
    if recordings:
        sys.stdout.write(as_table(recordings) + "\n")
    page = write_page(reports, recordings)
    sys.stdout.write(f"\nAs a page: {page}\n")
    return failed


if __name__ == "__main__":
    sys.exit(main())
