"""Refusals of the API in one shape: ``{code, message, problems: [{code, message, field, row, value}]}``."""

from __future__ import annotations

from typing import Any

import structlog
from django.core.exceptions import RequestDataTooBig
from django.db import OperationalError
from rest_framework import status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from integrations.erp.api.fields import problems_of
from mes.lib.errors import InvalidInput, MesError
from mes.lib.sentences import gettext as _

MOST_PROBLEMS = 200
RETRY_AFTER_SECONDS = 5

logger = structlog.get_logger(__name__)


class NotJson(MesError):
    status = 400


class TooLarge(MesError):
    status = 413


class Busy(MesError):
    """The database didn't answer in time; whether something was done, a repeat with the same key tells."""

    status = 503


def answer_to(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: every refusal in the one shape; None for what is a defect of ours."""
    if isinstance(error, ValidationError):
        error = InvalidInput(list(problems_of(error, None)))
    if isinstance(error, RequestDataTooBig):
        error = TooLarge("too_large", _("The message is too large."))
    if isinstance(error, OperationalError):
        logger.warning("database_did_not_answer", reason=str(error).strip())
        error = Busy("busy", _("The database is too busy. Send the same again with the same key."))
    if isinstance(error, MesError):
        return Response(body_of(error), status=error.status, headers=_headers(error))
    response = exception_handler(error, context)
    if response is not None:
        code = error.get_codes() if isinstance(error, APIException) else "not_found"
        message = error.detail if isinstance(error, APIException) else _("There is nothing here.")
        response.data = {"code": str(code), "message": str(message), "problems": []}
        if response.status_code == status.HTTP_404_NOT_FOUND:
            response.data["code"] = "not_found"
    return response


def _headers(error: MesError) -> dict[str, str]:
    return {"Retry-After": str(RETRY_AFTER_SECONDS)} if error.status == Busy.status else {}


def body_of(error: MesError) -> dict[str, Any]:
    problems = error.problems
    return {
        "code": error.code,
        "message": _("%d problems.") % len(problems) if len(problems) > 1 else str(problems[0].message),
        "problems": [problem.as_json() for problem in problems[:MOST_PROBLEMS]],
    }
