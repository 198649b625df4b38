"""The entries of the top navigation. Each app adds its own beside its URLs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.functional import Promise

from mes.accounts.models import User
from mes.accounts.roles import Right, Role

FIRST_OF_MENU = 50


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """``url_name`` is reversed without arguments; ``icon`` is a name of Bootstrap Icons.

    People with a role in ``first_for`` begin their day on this page; one with none is for everybody.
    Those of a position below 50 stand on the bar, the others in its menu. ``badge`` names the address of a
    small number beside the label, fetched while the page is open.
    """

    position: int
    url_name: str
    label: Promise
    icon: str
    right: Right
    first_for: frozenset[Role] = frozenset()
    badge: str = ""

    @property
    def on_bar(self) -> bool:
        return self.position < FIRST_OF_MENU


_entries: dict[str, Entry] = {}


def add(
    *,
    url_name: str,
    label: Promise,
    icon: str,
    right: Right = Right.VIEW,
    position: int,
    first_for: Iterable[Role] = (),
    badge: str = "",
) -> None:
    _entries[url_name] = Entry(position, url_name, label, icon, right, frozenset(first_for), badge)


def entries_for(user: User) -> list[Entry]:
    """The entries ``user`` may open, in their order."""
    return sorted(
        (entry for entry in _entries.values() if user.may(entry.right)), key=lambda entry: entry.position
    )


def first_page(user: User) -> Entry | None:
    """Where ``user`` begins: a page meant for one of the roles, else the first one meant for everybody."""
    entries = entries_for(user)
    own = [entry for entry in entries if entry.first_for & set(user.roles)]
    common = [entry for entry in entries if not entry.first_for]
    return next(iter(own + common), None)
