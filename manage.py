#!/usr/bin/env python
"""Django's command line.

Commands that change the schema connect as the database's owner. Services that run for ever refuse to start on
a database that is older than the code.
"""

import os
import sys

from mes.settings import settings_module

OWNER_COMMANDS = {"migrate", "grant_rights", "flush", "sqlmigrate"}
UNTRACKED = {"", "books", "check", "help", "makemigrations", "collectstatic", "dbshell", "runserver", "test"}
SERVICES = {"gateway", "interpret", "credit", "downloads", "fetch", "watch_inbox", "relay"}


def main() -> None:
    command = sys.argv[1] if len(sys.argv) > 1 else ""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", settings_module())
    if command in OWNER_COMMANDS:
        os.environ["MES_DATABASE_ROLE"] = "owner"

    import django
    from django.core.management import execute_from_command_line

    if command in SERVICES and "--help" not in sys.argv:
        from mes.runtime.failures import CannotStart
        from mes.runtime.startup import refuse_unapplied_migrations

        django.setup()
        try:
            refuse_unapplied_migrations()
        except CannotStart as reason:
            sys.exit(f"mes: {reason}")

    if command in OWNER_COMMANDS | SERVICES | UNTRACKED:
        execute_from_command_line(sys.argv)
        return
    from mes.lib.tracking import changes_by_command

    with changes_by_command(command):
        execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
