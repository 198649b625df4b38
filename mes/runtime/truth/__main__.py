"""`python -m mes.runtime.truth` prints how far the product's figures are from the truth.

The running demo plant is compared with what its simulator really did; labelled recordings, where
``../shared/data`` is there, with the units that people counted.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path

import django

from mes.runtime.layout import DEMO
from mes.runtime.simulator.__main__ import print_report

RECORDINGS = Path(__file__).resolve().parents[4] / "shared" / "data" / "machines" / "nist-mtc-box-assembly"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m mes.runtime.truth", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print JSON in place of tables")
    parser.add_argument("--hours", type=float, help="only the last hours of the demo plant")
    parser.add_argument("--recordings", type=Path, default=RECORDINGS, help="folder of the box assembly")
    parser.add_argument("--only-recordings", action="store_true", help="leave the demo plant out")
    options = parser.parse_args()
    if "MES_DATABASE_URL" not in os.environ:
        os.environ.update(DEMO.environment())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mes.settings.demo")
    django.setup()
    failed = 0
    if not options.only_recordings:
        failed = print_report(as_json=options.json, hours=options.hours)
    if not options.recordings.is_dir():
        sys.stderr.write(f"No labelled recordings at {options.recordings}.\n")
        return failed
    from mes.runtime.truth.recorded import as_table, measure_recordings

    rows = measure_recordings(options.recordings)
    text = json.dumps([row.as_json() for row in rows], indent=2) if options.json else as_table(rows)
    sys.stdout.write(f"\n{text}\n")
    return failed


if __name__ == "__main__":
    sys.exit(main())
