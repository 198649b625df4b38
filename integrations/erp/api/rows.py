"""Doors that take many rows: each is done wholly or not at all, and answered on its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

from django.db import DataError
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from integrations.erp.api.fields import StrictSerializer, problems_of
from integrations.erp.api.production_orders import ProblemOut
from mes.lib.errors import InvalidInput, MesError
from mes.lib.retry import repeated
from mes.lib.sentences import gettext as _

LONGEST_KEY = 100

Made = TypeVar("Made")


class RowOut(serializers.Serializer[Any]):
    """What every such door says of a row; each adds what it made of it."""

    row = serializers.IntegerField()
    key = serializers.CharField(allow_blank=True)
    status = serializers.ChoiceField(choices=("accepted", "refused"))
    code = serializers.CharField(allow_blank=True)
    message = serializers.CharField(allow_blank=True)
    problems = ProblemOut(many=True)


def answers(
    rows: Iterable[Any],
    schema: StrictSerializer,
    do: Callable[[Mapping[str, Any]], Made],
    told: Callable[[Made | None], dict[str, Any]],
) -> list[dict[str, Any]]:
    """``do`` every row that the schema takes, in their order, and say what became of each.

    ``told`` gives the door's own fields from what was made, or from None where the row was refused.
    """
    return [_answer(number, data, schema, do, told) for number, data in enumerate(rows, start=1)]


def _answer(
    number: int,
    data: Any,
    schema: StrictSerializer,
    do: Callable[[Mapping[str, Any]], Made],
    told: Callable[[Made | None], dict[str, Any]],
) -> dict[str, Any]:
    answer: dict[str, Any] = {
        "row": number,
        "key": _key_of(data),
        "status": "accepted",
        "code": "",
        "message": "",
    }
    refusal: MesError
    try:
        row = schema.run_validation(data)
        made = repeated(lambda: do(row), unique=True)
    except ValidationError as error:
        refusal = InvalidInput(list(problems_of(error, data, row=number)))
    except MesError as error:
        refusal = error
    except DataError:
        refusal = MesError("absurd", _("These quantities are too large together."))
    else:
        return answer | {"problems": []} | told(made)
    return answer | told(None) | _refused(number, refusal)


def _key_of(data: Any) -> str:
    """The row's key as far as it can be said again: half a surrogate pair can't be written into an answer."""
    key = data.get("key") if isinstance(data, dict) else ""
    return key.encode(errors="replace").decode()[:LONGEST_KEY] if isinstance(key, str) else ""


def _refused(number: int, error: MesError) -> dict[str, Any]:
    problems = [{**problem.as_json(), "row": number} for problem in error.problems]
    return {"status": "refused", "code": error.code, "message": str(error), "problems": problems}
