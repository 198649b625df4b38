"""Model fields that are the same everywhere, and one more lookup for all of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.sql.compiler import SQLCompiler

ZERO = Decimal("0.000")


def quantity_field(verbose_name: Any, **kwargs: Any) -> models.DecimalField[Any, Any]:
    """A quantity in the unit of its item: up to 12 digits before and 3 after the point."""
    return models.DecimalField(verbose_name, max_digits=15, decimal_places=3, **kwargs)


def price_field(verbose_name: Any, **kwargs: Any) -> models.DecimalField[Any, Any]:
    """Euros for one unit, to the hundredth of a cent."""
    return models.DecimalField(verbose_name, max_digits=14, decimal_places=4, **kwargs)


def money_field(verbose_name: Any, **kwargs: Any) -> models.DecimalField[Any, Any]:
    """Euros and cents."""
    return models.DecimalField(verbose_name, max_digits=14, decimal_places=2, **kwargs)


def seconds_field(verbose_name: Any, **kwargs: Any) -> models.DecimalField[Any, Any]:
    """A duration in seconds, to the millisecond."""
    return models.DecimalField(verbose_name, max_digits=12, decimal_places=3, **kwargs)


@models.ForeignKey.register_lookup
@models.Field.register_lookup
class AnyOf(models.Lookup):
    """``filter(machine__any=ids)``: like ``in`` with one array as its parameter.

    ``in`` has one parameter for each value, which for hundreds of them costs more than the search itself.
    """

    lookup_name = "any"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, tuple[Any, ...]]:
        column, parameters = self.process_lhs(compiler, connection)
        value = self.rhs if hasattr(self.rhs, "as_sql") else list(self.rhs)
        return f"{column} = ANY(%s)", (*parameters, value)


class IntegerMultirangeField(models.Field):  # type: ignore[type-arg]
    """PostgreSQL int8multirange: a set of whole numbers as ranges."""

    def db_type(self, connection: object) -> str:
        return "int8multirange"
