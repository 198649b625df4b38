"""The HTTP door for samples."""

from __future__ import annotations

import threading
from collections import Counter
from typing import Any

from django.db import InterfaceError, OperationalError
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.domain.batches import take_once
from integrations.erp.api.base import ApiView
from integrations.erp.api.errors import NotJson, TooLarge
from integrations.signals.http.body import samples_in
from integrations.signals.http.gateway import batch_key
from integrations.signals.http.schema import ANSWER, REQUEST
from machines.domain.envelope import Outcome
from machines.domain.ingest import append, record_undecodable
from mes.accounts.authentication import Has, channel_of
from mes.accounts.models import ApiKey
from mes.accounts.roles import MessageType, Right

ACCEPTED = {"status": Outcome.ACCEPTED.value}
AT_ONCE = 4
PATIENCE_SECONDS = 2.0
RETRY_AFTER_SECONDS = 2

places = threading.BoundedSemaphore(AT_ONCE)
"""How many batches one process stores at a time; who finds no place is asked to come again."""


class Samples(ApiView):
    """Samples of machines, up to 5,000 at once, plain or gzip.

    Answered with 202 once they are stored for good, entry by entry. Send again what got no answer: a sample
    that is known already has no effect, and a batch with the same `Idempotency-Key` gets the same answer
    without being looked at again. 429 and 503 mean later (`Retry-After`), 422 that none could be taken.
    """

    message_type = MessageType.SAMPLES
    permission_classes = [Has(Right.SEND_SAMPLES)]

    @extend_schema(
        parameters=[OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER)],
        request=REQUEST,
        responses={202: ANSWER, 422: ANSWER},
    )
    def post(self, request: Request) -> Response:
        try:
            samples = samples_in(request)
        except (NotJson, TooLarge) as error:
            self._keep(request, error)
            raise
        if not places.acquire(timeout=PATIENCE_SECONDS):
            return _later(status.HTTP_429_TOO_MANY_REQUESTS, "busy", _("Too many samples at once."))
        try:
            answers = self._taken(request, samples)
        except (OperationalError, InterfaceError):
            return _later(
                status.HTTP_503_SERVICE_UNAVAILABLE, "database_away", _("Nothing can be stored now.")
            )
        finally:
            places.release()
        counts = Counter(answer["status"] for answer in answers)
        taken = counts[Outcome.ACCEPTED] + counts[Outcome.DUPLICATE]
        return Response(
            {outcome.value: counts[outcome] for outcome in Outcome} | {"answers": answers},
            status=status.HTTP_202_ACCEPTED if taken else status.HTTP_422_UNPROCESSABLE_ENTITY,
        )

    def _taken(self, request: Request, samples: list[Any]) -> list[dict[str, str]]:
        """The answer to each sample. Raises KeyReused, InvalidInput."""
        key, account = batch_key(request), request.auth

        def work() -> list[dict[str, str]]:
            answers = append(samples, timezone.now(), channel=channel_of(request))
            return [answer.as_json() for answer in answers]

        if not key or not isinstance(account, ApiKey):
            return work()
        body = request._request.body
        return in_full(
            take_once(account=account, key=f"samples {key}", body=body, work=lambda: in_short(work()))
        )

    def _keep(self, request: Request, error: NotJson | TooLarge) -> None:
        record_undecodable(
            request._request.body, str(error), timezone.now(), channel=channel_of(request), code=error.code
        )


def in_short(answers: list[dict[str, str]]) -> dict[str, Any]:
    """Answers without what goes without saying: most samples are accepted."""
    others = {str(index): one for index, one in enumerate(answers) if one != ACCEPTED}
    return {"count": len(answers), "others": others}


def in_full(short: dict[str, Any]) -> list[dict[str, str]]:
    return [short["others"].get(str(index), ACCEPTED) for index in range(short["count"])]


def _later(status_code: int, code: str, message: str) -> Response:
    return Response(
        {"code": code, "message": message, "problems": []},
        status=status_code,
        headers={"Retry-After": str(RETRY_AFTER_SECONDS)},
    )
