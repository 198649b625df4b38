"""The entries of the top navigation. Each app adds its own beside its URLs."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise

from mes.accounts.models import User
from mes.accounts.roles import Right


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """``url_name`` is reversed without arguments; ``icon`` is a name of Bootstrap Icons."""

    position: int
    url_name: str
    label: Promise
    icon: str
    right: Right


_entries: dict[str, Entry] = {}


def add(*, url_name: str, label: Promise, icon: str, right: Right = Right.VIEW, position: int) -> None:
    _entries[url_name] = Entry(position, url_name, label, icon, right)


def entries_for(user: User) -> list[Entry]:
    """The entries ``user`` may open, in their order."""
    return sorted(
        (entry for entry in _entries.values() if user.may(entry.right)), key=lambda entry: entry.position
    )
