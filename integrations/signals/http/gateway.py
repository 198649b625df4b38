"""The doors of edge gateways: their configuration, their heartbeat, what they could not keep."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.domain import browsing, gateways
from integrations.domain.batches import take_once
from integrations.enums import LinkState
from integrations.erp.api.base import ApiView
from integrations.erp.api.fields import Moment, StrictSerializer, Text, Truth, Whole, problems_of
from integrations.models import Gateway
from integrations.signals.http.body import parse, unpack
from mes.accounts.authentication import ApiKeyAuthentication, Has, MachineAccount
from mes.accounts.models import ApiKey
from mes.accounts.roles import Right
from mes.lib.errors import InvalidInput, Problem
from mes.lib.prepared import Asked, Query

GATEWAY_KEYS = Query(
    lambda: ApiKey.objects.select_related("gateway").filter(key_hash=Asked("key_hash")).order_by()
)
MOST_CONNECTIONS = 1000
MOST_REPORTED = 500
LARGEST_COUNT = 2**62


class GatewayAuthentication(ApiKeyAuthentication):
    """Notes when a gateway comes with a key that is no longer valid: both sides should see why."""

    def __init__(self) -> None:
        super().__init__(GATEWAY_KEYS)

    def authenticate(self, request: Request) -> tuple[MachineAccount, ApiKey] | None:
        try:
            return super().authenticate(request)
        except AuthenticationFailed:
            text = get_authorization_header(request).decode("latin-1").partition(" ")[2]
            gateways.note_refusal(key_text=text.strip())
            raise


class GatewayView(ApiView):
    """A door for gateways: machine accounts that belong to one."""

    permission_classes = [Has(Right.SEND_SAMPLES)]

    def get_authenticators(self) -> list[BaseAuthentication]:
        return [GatewayAuthentication()]

    def gateway_of(self, request: Request) -> Gateway:
        """Raises PermissionDenied when no active gateway belongs to the caller's key."""
        gateway = getattr(request.auth, "gateway", None)
        if not isinstance(gateway, Gateway) or not gateway.active:
            raise PermissionDenied(_("No active gateway belongs to this key."), code="no_gateway")
        return gateway


class MeaningOut(serializers.Serializer[Any]):
    address = serializers.CharField()
    machine = serializers.CharField()
    role = serializers.CharField()
    slot = serializers.IntegerField()
    values = serializers.DictField(child=serializers.CharField())
    factor = serializers.CharField(allow_null=True)


class ConfiguredOut(serializers.Serializer[Any]):
    code = serializers.CharField()
    protocol = serializers.CharField()
    address = serializers.CharField()
    secret_name = serializers.CharField(allow_blank=True)
    options = serializers.DictField()
    active = serializers.BooleanField()
    lost_at = serializers.DateTimeField(allow_null=True)
    mappings = MeaningOut(many=True)


class ConfigurationOut(serializers.Serializer[Any]):
    gateway = serializers.CharField()
    version = serializers.CharField()
    connections = ConfiguredOut(many=True)


class Configuration(GatewayView):
    @extend_schema(responses={200: ConfigurationOut})
    def get(self, request: Request) -> Response:
        """What this gateway is to connect to, and what the items mean. Secrets are named, never sent."""
        return Response(gateways.configuration_of(self.gateway_of(request)))


class ConnectionBeatIn(StrictSerializer):
    code = Text(max_length=40)
    state = serializers.ChoiceField(choices=LinkState.choices)
    since = Moment()
    problem = Text(max_length=500, allow_blank=True)
    heard_at = Moment(allow_null=True)
    received = Whole(min_value=0, max_value=LARGEST_COUNT)
    values = serializers.JSONField(allow_null=True)


class BeatIn(StrictSerializer):
    """`buffered` and `dropped` count samples; `values` are last values while somebody looks, else null."""

    version = Text(max_length=40)
    started_at = Moment()
    buffered = Whole(min_value=0, max_value=LARGEST_COUNT)
    oldest_at = Moment(allow_null=True)
    dropped = Whole(min_value=0, max_value=LARGEST_COUNT)
    connections = ConnectionBeatIn(many=True, max_length=MOST_CONNECTIONS)  # type: ignore[call-arg]


class QuestionOut(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    connection = serializers.CharField()


class BeatOut(serializers.Serializer[Any]):
    configuration = serializers.CharField()
    browse = QuestionOut(many=True)
    watched = serializers.ListField(child=serializers.CharField())


class Heartbeat(GatewayView):
    @extend_schema(request=BeatIn, responses={200: BeatOut})
    def post(self, request: Request) -> Response:
        """That this gateway runs, every five seconds; answered with what it is wanted for."""
        gateway = self.gateway_of(request)
        told = _checked(BeatIn, _body(request)[1])
        gateways.beat(gateway=gateway, told=_beat(told))
        return Response(
            {
                "configuration": gateways.configuration_of(gateway)["version"],
                "browse": [
                    {"id": asked.pk, "connection": asked.connection.code}
                    for asked in browsing.take(gateway=gateway)
                ],
                "watched": sorted(browsing.watched(gateway=gateway)),
            }
        )


class ItemIn(StrictSerializer):
    address = Text(max_length=500)
    name = Text(max_length=500, allow_blank=True)
    kind = Text(max_length=200, allow_blank=True)
    unit = Text(max_length=80, allow_blank=True)
    device = Text(max_length=500, allow_blank=True)
    value = serializers.JSONField(allow_null=True)
    ts = Text(max_length=40, allow_blank=True)
    role = Text(max_length=40, allow_blank=True)
    values = serializers.DictField(child=Text(max_length=200))


class BrowsedIn(StrictSerializer):
    items = ItemIn(many=True, max_length=5000)  # type: ignore[call-arg]
    problem_code = Text(max_length=20, allow_blank=True)
    problem = Text(max_length=500, allow_blank=True)
    seconds = serializers.FloatField(min_value=0)
    more = Whole(min_value=0, max_value=10**9)


class TakenOut(serializers.Serializer[Any]):
    taken = serializers.BooleanField()


class BrowseAnswer(GatewayView):
    @extend_schema(request=BrowsedIn, responses={200: TakenOut})
    def post(self, request: Request, pk: int) -> Response:
        """What a sender offers, for the person who asked."""
        found = _checked(BrowsedIn, _body(request)[1])
        taken = browsing.answer(request=pk, gateway=self.gateway_of(request), found=found)
        return Response({"taken": taken})


class ProblemIn(StrictSerializer):
    connection = Text(max_length=40)
    code = Text(max_length=40)
    reason = Text(max_length=500)
    raw = Text(max_length=8000, allow_blank=True, trim_whitespace=False)


class GapIn(StrictSerializer):
    key = serializers.UUIDField()
    connection = Text(max_length=80)
    machine = Text(max_length=40)
    since = Moment()
    until = Moment()
    samples = Whole(min_value=1, max_value=2**31 - 1)
    up = Truth()


class ReportIn(StrictSerializer):
    problems = ProblemIn(many=True, max_length=MOST_REPORTED)  # type: ignore[call-arg]
    gaps = GapIn(many=True, max_length=MOST_REPORTED)  # type: ignore[call-arg]


class ReportOut(serializers.Serializer[Any]):
    gaps = serializers.IntegerField()
    problems = serializers.IntegerField()


class Reports(GatewayView):
    @extend_schema(request=ReportIn, responses={200: ReportOut})
    def post(self, request: Request) -> Response:
        """What could not be read, and what had to be dropped because the buffer was full.

        `Idempotency-Key` is required: a report sent again has no effect.
        """
        gateway = self.gateway_of(request)
        body, data = _body(request)
        told = _checked(ReportIn, data)
        gaps = [gateways.Gap(**gap) for gap in told["gaps"]]
        if any(gap.until < gap.since for gap in gaps):
            raise InvalidInput([Problem("invalid", _("A gap ends after it begins."), "until")])
        problems = [(one["connection"], one["code"], one["reason"], one["raw"]) for one in told["problems"]]

        def work() -> dict[str, int]:
            gateways.keep_problems(gateway=gateway, problems=problems)
            fresh = gateways.keep_gaps(gateway=gateway, gaps=gaps)
            return {"gaps": fresh, "problems": len(problems)}

        key = batch_key(request)
        if not key:
            message = _("Send a key of at most 100 characters that you make once per report.")
            raise InvalidInput([Problem("key_missing", message, "Idempotency-Key")])
        return Response(take_once(account=_account(request), key=f"report {key}", body=body, work=work))


def batch_key(request: Request) -> str:
    """The header ``Idempotency-Key``, empty if there is none. Raises InvalidInput for one that is no key."""
    key = request.headers.get("Idempotency-Key", "")
    if len(key) > 80 or not key.isprintable():
        raise InvalidInput(
            [Problem("invalid", _("A key has at most 80 printable characters."), "Idempotency-Key")]
        )
    return str(key)


def _account(request: Request) -> ApiKey:
    assert isinstance(request.auth, ApiKey)
    return request.auth


def _body(request: Request) -> tuple[bytes, Any]:
    body = unpack(request._request.body, request.headers.get("Content-Encoding", ""))
    return body, parse(body)


def _checked(kind: type[StrictSerializer], data: Any) -> Any:
    try:
        return kind().run_validation(data)
    except ValidationError as error:
        raise InvalidInput(list(problems_of(error, data))) from None


def _beat(told: Any) -> gateways.Beat:
    return gateways.Beat(
        version=told["version"],
        started_at=told["started_at"],
        buffered=told["buffered"],
        oldest_at=told["oldest_at"],
        dropped=told["dropped"],
        connections=[
            gateways.ConnectionBeat(
                code=one["code"],
                state=LinkState(one["state"]),
                since=one["since"],
                problem=one["problem"],
                heard_at=one["heard_at"],
                received=one["received"],
                values=one["values"],
            )
            for one in told["connections"]
        ],
    )
