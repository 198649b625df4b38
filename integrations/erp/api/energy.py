"""``/api/v1/energy``: what machines used of energy, by state."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.erp.api.base import ApiView
from integrations.erp.api.fields import Moment, StrictSerializer, problems_of
from integrations.erp.api.machines import MACHINE, machine_of
from integrations.erp.api.production_orders import REFUSALS
from machines.models import Machine
from machines.queries.energy import energy_of
from mes.accounts.authentication import Has
from mes.accounts.roles import MessageType, Right
from mes.lib.errors import InvalidInput, Problem
from mes.lib.sentences import gettext as _
from mes.lib.spans import Span

LONGEST = timedelta(days=31)
A_DAY = timedelta(days=1)


def kwh(**kwargs: Any) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=18, decimal_places=3, **kwargs)


class MachineEnergyOut(serializers.Serializer[Any]):
    """kWh. `estimated` is a part of it that was spread evenly over gaps, `coverage` the share of the interval
    that meters tell of."""

    machine = serializers.CharField()
    since = serializers.DateTimeField()
    until = serializers.DateTimeField()
    total = kwh()
    estimated = kwh()
    by_state = serializers.DictField(child=kwh())
    coverage = serializers.DecimalField(max_digits=5, decimal_places=4)
    meters = serializers.ListField(child=serializers.CharField())


class IntervalIn(StrictSerializer):
    since = Moment(required=False)
    until = Moment(required=False)


class Energy(ApiView):
    message_type = MessageType.MACHINES
    permission_classes = [Has(Right.VIEW, Right.SEND_ORDERS)]

    @extend_schema(
        parameters=[
            MACHINE,
            OpenApiParameter("since", datetime, description="Default: a day before `until`."),
            OpenApiParameter("until", datetime, description="Default: now. At most 31 days."),
        ],
        responses={200: MachineEnergyOut(many=True), **REFUSALS},
    )
    def get(self, request: Request) -> Response:
        """What machines used in an interval; machines without a meter in it are left out."""
        span = _span(request)
        code = request.query_params.get("machine", "")
        wanted = [machine_of(code)] if code else list(Machine.objects.filter(active=True))
        codes = {machine.pk: machine.code for machine in wanted}
        rows = [
            {
                "machine": codes[machine],
                "since": span.start,
                "until": span.end,
                "total": found.total.kwh,
                "estimated": found.total.estimated,
                "by_state": {state: amount.kwh for state, amount in found.by_state.items()},
                "coverage": found.coverage,
                "meters": sorted(found.kinds),
            }
            for machine, found in sorted(energy_of(list(codes), span).items(), key=lambda one: codes[one[0]])
        ]
        return Response(MachineEnergyOut(rows, many=True).data)


def _span(request: Request) -> Span:
    now = timezone.now()
    asked = _asked(request)
    until = min(asked.get("until", now), now)
    since = asked.get("since", until - A_DAY)
    if not since < until:
        raise InvalidInput([Problem("backward", _("The interval must end after it begins."), "until")])
    if until - since > LONGEST:
        raise InvalidInput([Problem("too_long", _("Ask for at most 31 days."), "since")])
    return Span(since, until)


def _asked(request: Request) -> dict[str, datetime]:
    """The ends of the interval that the caller names. Raises InvalidInput."""
    texts = {name: text for name in ("since", "until") if (text := request.query_params.get(name))}
    try:
        moments: dict[str, datetime] = IntervalIn().run_validation(texts)
    except ValidationError as error:
        raise InvalidInput(list(problems_of(error, texts))) from None
    return moments
