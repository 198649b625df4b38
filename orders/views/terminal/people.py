"""Who works at this terminal. Several people can be logged on at once; one of them acts.

The acting person is the session's user, so that every page, right and audit row takes her for the author
without knowing about terminals. The others stand in the session beside her.
"""

from __future__ import annotations

from django.contrib.auth import login, logout
from django.http import HttpRequest

from mes.accounts.models import User
from mes.accounts.roles import Right

PEOPLE = "terminal_people"
BACKEND = "mes.accounts.backends.BadgeBackend"
SESSION_SECONDS = 10 * 3600
"""A forgotten terminal asks for a badge again after a shift and a bit."""


def people_at(request: HttpRequest) -> list[User]:
    """Everybody logged on here, in the order in which they came; the acting person among them."""
    acting = request.user
    if not isinstance(acting, User):
        return []
    numbers = _numbers(request)
    others = {person.pk: person for person in _able(set(numbers) - {acting.pk})}
    others[acting.pk] = acting
    return [others[number] for number in numbers if number in others]


def log_on(request: HttpRequest, person: User) -> None:
    """Add a person and let her act from now on."""
    numbers = [*(number for number in _numbers(request) if number != person.pk), person.pk]
    _act(request, person, numbers)


def switch_to(request: HttpRequest, number: int) -> bool:
    """Let another person who is logged on here act; False if she isn't (any more)."""
    person = next((person for person in _able(_numbers(request)) if person.pk == number), None)
    if person is None:
        return False
    _act(request, person, _numbers(request))
    return True


def log_off(request: HttpRequest) -> None:
    """Take the acting person away; whoever came last of the others acts then."""
    numbers = [number for number in _numbers(request) if number != request.user.pk]
    left = {person.pk: person for person in _able(numbers)}
    remaining = [number for number in numbers if number in left]
    if remaining:
        _act(request, left[remaining[-1]], remaining)
    else:
        logout(request)


def _act(request: HttpRequest, person: User, numbers: list[int]) -> None:
    # Django's log-in throws the session of another user away, and with it who else is here.
    login(request, person, backend=BACKEND)
    request.session[PEOPLE] = numbers
    request.session.set_expiry(SESSION_SECONDS)


def _numbers(request: HttpRequest) -> list[int]:
    numbers = list(request.session.get(PEOPLE, []))
    acting = request.user.pk
    return numbers if acting is None or acting in numbers else [*numbers, acting]


def _able(numbers: list[int] | set[int]) -> list[User]:
    if not numbers:
        return []
    people = User.objects.filter(pk__in=numbers, is_active=True)
    return [person for person in people if person.may(Right.OPERATE)]
