"""``GET /api/v1/calibration``: how often what was said of orders' ends did hold."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.erp.api.base import ApiView
from integrations.erp.api.production_orders import RefusalOut
from machines.models import Plant
from mes.accounts.authentication import Has
from mes.accounts.roles import MessageType, Right
from mes.lib.errors import InvalidInput, Problem
from mes.lib.sentences import gettext as _
from orders.enums import LateCause
from orders.planning.promise.calibration import Calibration, calibration_of
from orders.planning.promise.late import lateness_of_plant
from orders.planning.promise.lateness import added_up
from orders.planning.promise.reliability import TOO_FEW, Group, Share


class ShareOut(serializers.Serializer[Any]):
    said = serializers.FloatField(help_text="0.8: the date that was to be kept with 80 %")
    n = serializers.IntegerField()
    held = serializers.IntegerField()
    share = serializers.FloatField(allow_null=True, help_text=f"Null: fewer than {TOO_FEW}, too few to say")
    low = serializers.FloatField(help_text="With 95 % the true share lies between low and high (Wilson)")
    high = serializers.FloatField()


class SharpnessOut(serializers.Serializer[Any]):
    """Hours, means over ``n`` statements; null where they are too few. ``history``: the same for quantiles of
    the lead times of orders that had finished before."""

    n = serializers.IntegerField(source="count")
    width = serializers.FloatField(allow_null=True, help_text="From the 50 % to the 95 % date")
    history_width = serializers.FloatField(allow_null=True)
    pinball = serializers.FloatField(allow_null=True, help_text="Pinball loss of the 80 % date")
    history_pinball = serializers.FloatField(allow_null=True)


class GroupOut(serializers.Serializer[Any]):
    by = serializers.CharField(help_text="horizon, item or customer")
    name = serializers.CharField()
    shares = ShareOut(many=True)
    width = serializers.FloatField(allow_null=True, help_text="Hours, as in sharpness")


class LateCauseOut(serializers.Serializer[Any]):
    """Of the newest late orders: what made them late together, from the last promise to the end."""

    cause = serializers.ChoiceField(choices=[cause.value for cause in LateCause])
    seconds = serializers.IntegerField(help_text="Negative: less than the promises had foreseen")
    orders = serializers.IntegerField(help_text="How many it made later")


class CalibrationOut(serializers.Serializer[Any]):
    plant = serializers.CharField()
    since = serializers.DateTimeField()
    n = serializers.IntegerField()
    waiting = serializers.IntegerField(help_text="Statements of weeks with too many open orders to count yet")
    shares = ShareOut(many=True)
    sharpness = SharpnessOut()
    groups = GroupOut(many=True)
    late_causes = LateCauseOut(many=True)


class CalibrationView(ApiView):
    message_type = MessageType.CUSTOMER_ORDERS
    permission_classes = [Has(Right.VIEW, Right.SEND_ORDERS)]

    @extend_schema(
        parameters=[OpenApiParameter("plant", str, description="May be left out where there is only one.")],
        responses={200: CalibrationOut, 422: RefusalOut},
    )
    def get(self, request: Request) -> Response:
        """What was said in the last year and how much of it held: in all, by horizon, item and customer."""
        plant = _plant(request.query_params.get("plant", ""))
        now = timezone.now()
        found = calibration_of(plant, now=now)
        late = added_up(lateness_of_plant(plant, since=found.since, now=now))
        return Response(CalibrationOut(_shown(plant, found) | {"late_causes": _late(late)}).data)


def _plant(code: str) -> Plant:
    """Raises InvalidInput when there is none of that code, or none or several without one."""
    found = list(Plant.objects.filter(code=code)) if code else list(Plant.objects.order_by("pk")[:2])
    if len(found) != 1:
        raise InvalidInput([Problem("unknown_plant", _("There is no such plant."), "plant")])
    return found[0]


def _shown(plant: Plant, found: Calibration) -> dict[str, Any]:
    return {
        "plant": plant.code,
        "since": found.since,
        "n": len(found.said),
        "waiting": found.waiting,
        "shares": [_share(one) for one in found.shares],
        "sharpness": found.sharp,
        "groups": [_group(by, one) for by, groups in found.groups.items() for one in groups],
    }


def _late(causes: Iterable[tuple[LateCause, timedelta, int]]) -> list[dict[str, Any]]:
    return [
        {"cause": cause, "seconds": round(length.total_seconds()), "orders": orders}
        for cause, length, orders in causes
    ]


def _group(by: str, group: Group) -> dict[str, Any]:
    return {
        "by": by,
        "name": group.name,
        "shares": [_share(one) for one in group.shares],
        "width": group.width,
    }


def _share(one: Share) -> dict[str, Any]:
    low, high = one.interval
    return {
        "said": one.wanted,
        "n": one.count,
        "held": one.held,
        "share": one.share,
        "low": low,
        "high": high,
    }
