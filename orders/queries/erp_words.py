"""What the ERP changed, in words for people: the names and values that events and conflicts keep."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import DateTimeField, DecimalField
from django.utils.translation import gettext as _

from mes.lib.templatetags import clock, quantity
from orders.models import Operation, ProductionOrder

ADDED = "added"


def title_of(name: str) -> str:
    """``quantity``, ``0010.machine_group`` or ``0030`` (the operation itself) in the active language."""
    number = name.rpartition(".")[0]
    column = column_of(name)
    if column is None:
        others = {
            "components": _("components"),
            "revision_of_the_rest": _("revision of the rest"),
            "order_of_the_rest": _("order of the rest"),
        }
        return others.get(name) or _("operation %s") % name
    title = str(column.verbose_name)
    return _("operation %(number)s, %(field)s") % {"number": number, "field": title} if number else title


def value_of(name: str, text: str) -> str:
    """A kept value as the reader's language and the active time zone write it."""
    if text == ADDED:
        return _("added")
    column = column_of(name)
    try:
        if isinstance(column, DecimalField):
            return quantity(Decimal(text))
        if isinstance(column, DateTimeField):
            return clock(datetime.fromisoformat(text))
    except (InvalidOperation, ValueError):
        return text
    if column is not None and column.choices:
        return str(dict(column.flatchoices).get(text, text))
    return text


def column_of(name: str) -> Any:
    """The field of an order, or behind a number of an operation; None when a name is no field."""
    number, _dot, field = name.rpartition(".")
    try:
        column = (Operation if number else ProductionOrder)._meta.get_field(field)
    except FieldDoesNotExist:
        return None
    return column if column.concrete else None
