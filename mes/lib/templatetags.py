"""Template tags and filters of every page: `{% load mes %}`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from django import template
from django.template import defaultfilters
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from mes.lib.lazy_zone import LazyZone

register = template.Library()

NO_DATA = "–"
LONG_HOURS = 48


@register.simple_tag
@lru_cache(maxsize=1000)
def icon(name: str) -> SafeString:
    """A Bootstrap icon; decoration only, so a word stands beside it."""
    return format_html('<i class="bi bi-{}" aria-hidden="true"></i>', name)


@register.simple_tag
def live_slot(fragment: str, key: object) -> SafeString:
    """The attributes of an element whose content is the live fragment ``fragment`` of ``key``."""
    name, of = escape(fragment), key if type(key) is int else escape(str(key))
    return SafeString(f'id="{name}-{of}" sse-swap="{name}:{of}" hx-swap="morph:innerHTML" hx-target="this"')


@register.filter
def quantity(value: Decimal | float | None) -> str:
    """A number in the reader's language without zeros at its end: 1,250 or 12.5; "–" for None."""
    if value is None:
        return NO_DATA
    return _written(Decimal(str(value)), get_language())


def quantities() -> Callable[[Decimal], str]:
    """``quantity`` for the many numbers of one page, whose language is looked up once."""
    language = get_language()
    return lambda value: _written(value, language)


@lru_cache(maxsize=10_000)
def _written(value: Decimal, _language: str | None) -> str:
    """Equal numbers look alike in one language, and pages repeat few of them hundreds of times."""
    number = value.normalize()
    places = max(0, -int(number.as_tuple().exponent))
    return formats.number_format(number, decimal_pos=places, use_l10n=True, force_grouping=True)


@register.filter
def percent(ratio: Decimal | float | None, places: int = 1) -> str:
    """A ratio (1 = 100 %) as a percentage; "–" for None."""
    if ratio is None:
        return NO_DATA
    return f"{formats.number_format(round(Decimal(str(ratio)) * 100, places), places)} %"


@register.filter
def hundredths(ratio: Decimal | float | None) -> int:
    """A ratio as a whole number from 0 to 100, for the attributes of bars."""
    try:
        return max(0, min(100, round(Decimal(str(ratio)) * 100)))
    except InvalidOperation:
        return 0


@register.filter
def duration(value: timedelta | Decimal | float | None) -> str:
    """A length of time (or a number of seconds) as a person says it: 45 s, 12 min, 3 h 05 min, 2 d 4 h."""
    if value is None:
        return NO_DATA
    seconds = int(value.total_seconds() if isinstance(value, timedelta) else value)
    minutes, hours = seconds // 60, seconds // 3600
    if seconds < 60:
        return f"{max(seconds, 0)} s"
    if minutes < 60:
        return f"{minutes} min"
    if hours < LONG_HOURS:
        return f"{hours} h {minutes % 60:02d} min"
    return f"{hours // 24} d {hours % 24} h"


@register.filter
def longer(value: float) -> str:
    """By how much (in seconds) a length of time changes: +12 min, −1 h 05 min."""
    sign = "+" if value > 0 else "−" if value < 0 else ""
    return f"{sign}{duration(abs(value))}"


@register.filter
def seconds(value: timedelta | Decimal | float | None) -> str:
    """A short time in seconds to a tenth: 12.3 s."""
    if value is None:
        return NO_DATA
    number = value.total_seconds() if isinstance(value, timedelta) else value
    return f"{formats.number_format(round(Decimal(str(number)), 1), 1)} s"


@register.simple_tag
def times_were_utc() -> bool:
    """Has the page, as far as it is drawn, shown times that belong to no plant, in UTC?"""
    zone = timezone.get_current_timezone()
    return isinstance(zone, LazyZone) and zone.was_asked and zone.found == timezone.get_default_timezone()


@register.simple_tag
def since(moment: datetime | None) -> SafeString | str:
    """How long ago ``moment`` was; the page counts on by itself."""
    if moment is None:
        return NO_DATA
    return SafeString(
        f'<time datetime="{moment.isoformat()}" data-since>{duration(timezone.now() - moment)}</time>'
    )


@register.filter
def clock(moment: datetime | None) -> str:
    """The time of day in the active time zone, with the date if it isn't today."""
    if moment is None:
        return NO_DATA
    local = timezone.localtime(moment)
    if local.date() == timezone.localdate():
        return f"{local:%H:%M}"
    return f"{_day(local.date(), get_language())} {local:%H:%M}"


@lru_cache(maxsize=1000)
def _day(day: date, language: str | None) -> str:
    return formats.date_format(day, "D j.n." if (language or "").startswith("de") else "D j M")


@register.filter
def day(moment: datetime | None) -> str:
    """The date in the active time zone: 2 Mar 2026, in German 02.03.2026."""
    return written_day(timezone.localtime(moment).date()) if moment else NO_DATA


def written_day(day: date) -> str:
    """A date as the reader's language writes it: 2 Mar 2026, in German 02.03.2026."""
    return _date(day, get_language())


@lru_cache(maxsize=1000)
def _date(day: date, language: str | None) -> str:
    return formats.date_format(day, "d.m.Y" if (language or "").startswith("de") else "j M Y")


GERMAN_ORDER = {
    "D j M": "D j.n.",
    "j M": "j.n.",
    "j M y": "d.m.y",
    "j M Y": "d.m.Y",
    "j M Y H:i": "d.m.Y H:i",
}


@register.filter(name="date", expects_localtime=True, is_safe=False)
def dated(value: Any, form: str | None = None) -> str:
    """Django's ``date``, with the day in the order in which the reader's language writes it."""
    if form in GERMAN_ORDER and (get_language() or "").startswith("de"):
        form = GERMAN_ORDER[form]
    return str(defaultfilters.date(value, form))


@lru_cache(maxsize=20_000)
def address(view: str, *args: object) -> str:
    """``reverse`` for what pages show by the hundred."""
    return reverse(view, args=args)


@register.filter
def exact(moment: datetime | None) -> str:
    """Date and time to the second in the active time zone: 2026-03-02 06:00:00, in German 02.03.2026."""
    if moment is None:
        return NO_DATA
    day = "%d.%m.%Y" if (get_language() or "").startswith("de") else "%Y-%m-%d"
    return f"{timezone.localtime(moment):{day} %H:%M:%S}"


@register.simple_tag(takes_context=True)
def with_query(context: dict[str, Any], **changes: object) -> str:
    """The page's own query string with ``changes``; None takes a parameter out."""
    query = context["request"].GET.copy()
    for name, value in changes.items():
        query.pop(name, None)
        if value is not None:
            query[name] = str(value)
    return f"?{query.urlencode()}"
