"""A time zone that is found out when the first time is shown or read in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta, tzinfo
from functools import cached_property


class LazyZone(tzinfo):
    """Like the zone that ``find`` gives, which is asked at most once."""

    def __init__(self, find: Callable[[], tzinfo]) -> None:
        self._find = find

    @cached_property
    def found(self) -> tzinfo:
        return self._find()

    @property
    def was_asked(self) -> bool:
        return "found" in self.__dict__

    def utcoffset(self, moment: datetime | None) -> timedelta | None:
        return self.found.utcoffset(moment)

    def dst(self, moment: datetime | None) -> timedelta | None:
        return self.found.dst(moment)

    def tzname(self, moment: datetime | None) -> str | None:
        return self.found.tzname(moment)

    def fromutc(self, moment: datetime) -> datetime:
        return self.found.fromutc(moment.replace(tzinfo=self.found))

    def __str__(self) -> str:
        return str(self.found)
