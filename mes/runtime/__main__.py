"""`python -m mes.runtime demo | services | test-db | backup | restore`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from mes.runtime.failures import CannotStart


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m mes.runtime", description="The embedded installation.")
    commands = parser.add_subparsers(dest="command", required=True)
    demo = commands.add_parser("demo", help="run the demo plant until Ctrl-C")
    demo.add_argument("--fresh", action="store_true", help="delete its data first")
    commands.add_parser("services", help="run only the demo's database, broker and MQTT broker")
    test_db = commands.add_parser("test-db", help="run a command beside a test database")
    test_db.add_argument("--binaries", type=Path, help="another PostgreSQL: the directory of its programs")
    test_db.add_argument("arguments", nargs=argparse.REMAINDER, help="the command, after --")
    backup = commands.add_parser("backup", help="write the database to one file")
    backup.add_argument("file", nargs="?", type=Path, help="default: var/backup/mes-<time>.dump")
    restore = commands.add_parser("restore", help="read such a file into an empty database")
    restore.add_argument("file", type=Path)
    options = parser.parse_args()
    try:
        return run(options)
    except CannotStart as reason:
        sys.stderr.write(f"mes: {reason}\n")
        return 1
    except KeyboardInterrupt:
        return 130


def run(options: argparse.Namespace) -> int:
    match options.command:
        case "demo":
            from mes.runtime.demo import run_demo

            return run_demo(fresh=options.fresh)
        case "services":
            from mes.runtime.services import run_services

            return run_services()
        case "test-db":
            from mes.runtime.test_database import run_beside_test_database

            command = options.arguments[1:] if options.arguments[:1] == ["--"] else options.arguments
            return run_beside_test_database(command, binaries=options.binaries)
        case "backup":
            from mes.runtime.backup import back_up

            return back_up(options.file)
        case _:
            from mes.runtime.backup import restore

            return restore(options.file)


if __name__ == "__main__":
    sys.exit(main())
