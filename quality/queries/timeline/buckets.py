"""Equal buckets of time, as the database counts them."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import DateTimeField, Func

SHORTEST_BUCKET = timedelta(seconds=30)


class DateBin(Func):
    """The beginning of the bucket of a given width, counted from an origin."""

    function = "date_bin"
    output_field = DateTimeField()
