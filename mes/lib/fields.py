"""Model fields that are the same everywhere."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import models

ZERO = Decimal("0.000")


def quantity_field(verbose_name: Any, **kwargs: Any) -> models.DecimalField[Any, Any]:
    """A quantity in the unit of its item: up to 12 digits before and 3 after the point."""
    return models.DecimalField(verbose_name, max_digits=15, decimal_places=3, **kwargs)


def seconds_field(verbose_name: Any, **kwargs: Any) -> models.DecimalField[Any, Any]:
    """A duration in seconds, to the millisecond."""
    return models.DecimalField(verbose_name, max_digits=12, decimal_places=3, **kwargs)


class IntegerMultirangeField(models.Field):  # type: ignore[type-arg]
    """PostgreSQL int8multirange: a set of whole numbers as ranges."""

    def db_type(self, connection: object) -> str:
        return "int8multirange"
