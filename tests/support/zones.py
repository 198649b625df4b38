"""Time zones that put the present at a wanted hour, for tests that look back a while around the clock."""

from django.utils import timezone


def zone_where_it_is(hour, now=None):
    """A time zone in which ``now`` lies between ``hour`` and the next full hour."""
    offset = hour - (now or timezone.now()).hour
    if offset > 14:
        offset -= 24
    elif offset < -12:
        offset += 24
    return f"Etc/GMT{-offset:+d}"
