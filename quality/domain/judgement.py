"""Does a value satisfy a customer requirement? Pure."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext_lazy as _

from mes.lib.errors import InvalidInput, Problem
from orders.enums import RequirementKind
from orders.models.customer import RequirementBase
from quality.enums import Verdict

MAX_LENGTH = 200


def judge(requirement: RequirementBase, value: str, passed: bool | None) -> Verdict:
    """What ``value`` means for ``requirement``.

    A limit is measured in the requirement's unit and passes within its limits, borders included; a choice
    passes if it is the one the customer wants (or, where none is named, any of the choices). Texts and
    documents are judged by a person: ``passed``. Raises ``InvalidInput`` for a value of more than 200
    characters, a measured value that is no number, a choice left empty, and a text without a judgement.
    """
    if len(value.strip()) > MAX_LENGTH:
        raise InvalidInput([Problem("too_long", str(_("A value has at most 200 characters.")), "value")])
    match requirement.kind:
        case RequirementKind.LIMIT:
            fits = _within(measured(value), requirement.lower, requirement.upper)
        case RequirementKind.CHOICE:
            fits = _chosen(value.strip(), requirement.value, requirement.choices)
        case _:
            fits = _said(passed)
    return Verdict.PASSED if fits else Verdict.FAILED


def measured(value: str) -> Decimal:
    """The number that a person typed, with a decimal point or a decimal comma. Raises ``InvalidInput``."""
    try:
        number = Decimal(value.strip().replace(",", "."))
    except InvalidOperation:
        number = Decimal("nan")
    if not number.is_finite():
        raise InvalidInput(
            [Problem("not_a_number", str(_("A measured value is a number.")), "value", value=value)]
        )
    return number


def _within(number: Decimal, lower: Decimal | None, upper: Decimal | None) -> bool:
    return (lower is None or number >= lower) and (upper is None or number <= upper)


def _chosen(value: str, wanted: str, choices: Collection[str]) -> bool:
    if not value:
        raise InvalidInput([Problem("missing", str(_("Say which choice was found.")), "value")])
    return value == wanted if wanted else value in choices


def _said(passed: bool | None) -> bool:
    if passed is None:
        raise InvalidInput(
            [Problem("verdict_missing", str(_("Say whether the requirement is met.")), "passed")]
        )
    return passed
