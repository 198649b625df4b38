"""`manage.py grant_rights`: run by the database's owner after every `migrate`."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connection, transaction

from mes.lib.grants import grant_rights
from mes.settings.database import database


class Command(BaseCommand):
    help = "Gives the application's database role its rights: all but rewriting audit rows and other facts."

    def handle(self, *args: Any, **options: Any) -> None:
        role = database(settings.DATABASE_URL)["USER"]
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user")
            owner = cursor.fetchone()[0]
        if not role or role == owner:
            self.stderr.write(
                f"Application and owner are the same database role ({owner}), so only triggers protect audit "
                "rows. Give MES_DATABASE_URL a role of its own and MES_DATABASE_OWNER_URL the owner."
            )
            return
        with transaction.atomic():
            append_only = grant_rights(role=role)
        self.stdout.write(f"{role} may read and add, but not change, {len(append_only)} append-only tables.")
