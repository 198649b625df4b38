"""Measured profiles: what a planning system or an ERP reads of how long everything really takes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.erp.api.base import ApiView
from integrations.erp.api.machines import MACHINE, machine_of
from integrations.erp.api.production_orders import RefusalOut
from machines.models import Machine
from mes.accounts.authentication import Has
from mes.accounts.roles import MessageType, Right
from orders.models import Item
from orders.planning.profiles.estimate import ENOUGH, Profiles
from orders.planning.profiles.keep import profiles_of
from orders.planning.profiles.pools import Estimate


class DistributionOut(serializers.Serializer[Any]):
    """`measurements` are of the very thing, worth `effective` of today; `own_weight` is their share."""

    mean = serializers.FloatField()
    p50 = serializers.FloatField()
    p80 = serializers.FloatField()
    p95 = serializers.FloatField()
    measurements = serializers.IntegerField()
    effective = serializers.FloatField()
    own_weight = serializers.FloatField()
    newest_days = serializers.FloatField(allow_null=True)


class ItemProfileOut(serializers.Serializer[Any]):
    item = serializers.CharField()
    run_ratio = DistributionOut()
    pieces_per_good = DistributionOut()


class ChangeoverOut(serializers.Serializer[Any]):
    """`pooled`: too few of its own, `seconds` is that of its like."""

    before = serializers.CharField()
    after = serializers.CharField()
    seconds = serializers.FloatField()
    measurements = serializers.IntegerField()
    pooled = serializers.BooleanField()


class ProfileOut(serializers.Serializer[Any]):
    machine = serializers.CharField()
    measured_from = serializers.DateTimeField()
    measured_to = serializers.DateTimeField()
    run_ratio = DistributionOut()
    availability = serializers.FloatField(allow_null=True)
    unknown_share = serializers.FloatField(allow_null=True)
    stop_every_seconds = serializers.FloatField(allow_null=True)
    stop_seconds = DistributionOut()
    waiting_seconds = DistributionOut()
    items = ItemProfileOut(many=True)
    changeovers = ChangeoverOut(many=True)


class MachineProfile(ApiView):
    message_type = MessageType.MACHINES
    permission_classes = [Has(Right.VIEW)]

    @extend_schema(parameters=[MACHINE], responses={200: ProfileOut, 422: RefusalOut})
    def get(self, request: Request) -> Response:
        """How long everything really takes on a machine: distributions with their number and age."""
        machine = machine_of(request.query_params.get("machine", ""))
        return Response(ProfileOut(_profile(machine, profiles_of(machine.plant, now=timezone.now()))).data)


def _profile(machine: Machine, profiles: Profiles) -> dict[str, Any]:
    place = (machine.group_id, machine.pk)
    known = profiles.availability(machine.pk)
    made = {int(str(path[3])) for path in profiles.run_times.at if len(path) == 4 and path[1] == machine.pk}
    items = Item.objects.filter(pk__in=made).order_by("code").values_list("pk", "code")
    return {
        "machine": machine.code,
        "measured_from": datetime.fromtimestamp(profiles.measured.since, UTC),
        "measured_to": datetime.fromtimestamp(profiles.measured.until, UTC),
        "run_ratio": _distribution(profiles.machine_ratio(machine.pk, machine.group_id)),
        "availability": known[0] if known else None,
        "unknown_share": known[1] if known else None,
        "stop_every_seconds": profiles.stop_every(machine.pk),
        "stop_seconds": _distribution(profiles.stops.of(place)),
        "waiting_seconds": _distribution(profiles.queues.of((machine.group_id,))),
        "items": [
            {
                "item": code,
                "run_ratio": _distribution(profiles.run_ratio(machine.pk, pk)),
                "pieces_per_good": _distribution(profiles.extra.of(profiles.run_path(machine.pk, pk))),
            }
            for pk, code in items
        ],
        "changeovers": [
            {
                "before": before,
                "after": after,
                "seconds": (
                    found if found.own >= ENOUGH else profiles.changeovers.of((*place, after))
                ).median,
                "measurements": found.own,
                "pooled": found.own < ENOUGH,
            }
            for (before, after), found in sorted(profiles.pairs.get(machine.pk, {}).items())
        ],
    }


def _distribution(found: Estimate) -> dict[str, Any]:
    return {
        "mean": found.mean,
        "p50": found.median,
        "p80": found.quantile(0.8),
        "p95": found.quantile(0.95),
        "measurements": found.own,
        "effective": found.effective,
        "own_weight": found.share,
        "newest_days": found.newest_days,
    }
