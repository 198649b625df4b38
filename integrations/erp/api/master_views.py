"""The doors for master data in bulk: each row has its own result; a message is kept and can be replayed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.domain.inbox import process
from integrations.domain.keyed import Letter, check_same, stored_letter
from integrations.enums import InboundState
from integrations.erp.api import master
from integrations.erp.api.base import PartnerView, idempotency_key, message_key
from integrations.erp.api.production_orders import KEY_HEADER, REFUSALS, REPLAYED, ProblemOut
from integrations.models import Connection, InboundMessage
from mes.accounts.authentication import Has
from mes.accounts.roles import MessageType, Right
from mes.lib.errors import Problem
from mes.lib.retry import in_transaction
from orders.domain.master import Kind, apply_master
from orders.enums import Outcome

JSON_TYPES = ("application/json", "application/x-ndjson")
YES = ("1", "true", "yes")


class ReferenceOut(serializers.Serializer[Any]):
    kind = serializers.CharField()
    code = serializers.CharField()
    plant = serializers.IntegerField(allow_null=True)


class MasterResultOut(serializers.Serializer[Any]):
    row = serializers.IntegerField()
    kind = serializers.CharField(help_text="item, bom, routing, work_centre or customer.")
    number = serializers.CharField()
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    changes = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))
    kept = serializers.DictField(child=serializers.ListField(child=serializers.CharField()))
    waits_for = ReferenceOut(many=True)
    problems = ProblemOut(many=True)


class MasterResultsOut(serializers.Serializer[Any]):
    dry_run = serializers.BooleanField()
    counts = serializers.DictField(child=serializers.IntegerField())
    results = MasterResultOut(many=True)


class MasterDoor(PartnerView):
    message_type = MessageType.MASTER_DATA
    permission_classes = [Has(Right.SEND_ORDERS)]
    reader: master.MasterReader

    def take(self, request: Request) -> Response:
        connection = self.connection_of(request)
        if request.content_type.partition(";")[0].strip().lower() not in JSON_TYPES:
            raise UnsupportedMediaType(request.content_type)
        body: bytes = request._request.body
        if request.query_params.get("dry_run", "").lower() in YES:
            return self.answer(self.rehearse(body, connection), dry_run=True)
        key = idempotency_key(request, None)
        letter = Letter(connection, message_key(connection, key), key, self.reader.name, body)
        master.parse_rows(body)  # what is no list of records is answered and not kept
        message, replayed = self.receive(letter)
        return self.answer(
            rows_with_problems(self.reader, message.results, message.problems), replayed=replayed
        )

    def receive(self, letter: Letter) -> tuple[InboundMessage, bool]:
        """Keep the message and apply it. One that is known is applied again only if nothing of it was."""
        message, is_new = in_transaction(lambda: stored_letter(letter), unique=True)
        check_same(message, letter)
        if not is_new and message.state not in (InboundState.RECEIVED, InboundState.REFUSED):
            return message, True
        return process(message, again=not is_new), False

    def rehearse(self, body: bytes, connection: Connection) -> list[dict[str, Any]]:
        """What would become of the rows. Nothing is written, the message isn't kept."""
        reading = self.reader.read_rows(master.parse_rows(body))
        results = apply_master(reading.master, plant=connection.plant, via=connection.via, dry_run=True)
        problems = [problem.as_json() for problem in reading.problems]
        return rows_with_problems(self.reader, [result.as_json() for result in results], problems)

    def answer(
        self, results: list[dict[str, Any]], *, dry_run: bool = False, replayed: bool = False
    ) -> Response:
        counts = Counter(result["outcome"] for result in results)
        return Response(
            {"dry_run": dry_run, "counts": dict(sorted(counts.items())), "results": results},
            headers={REPLAYED: "true"} if replayed else {},
        )


def rows_with_problems(
    reader: master.MasterReader, results: Iterable[dict[str, Any]], problems: Iterable[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Results in the order of the rows, with one for each row that could not be read."""
    by_row = {result["row"]: result for result in results}
    unread: dict[int, dict[str, Any]] = {}
    for problem in problems:
        row = problem["row"]
        if row is None or row in by_row:
            continue
        if row not in unread:
            unread[row] = {
                "row": row,
                "kind": KIND_OF[reader.name],
                "number": "",
                "outcome": str(Outcome.REFUSED),
                "changes": {},
                "kept": {},
                "waits_for": [],
                "problems": [],
            }
        unread[row]["problems"].append({name: problem[name] for name in PROBLEM_FIELDS})
    return sorted([*by_row.values(), *unread.values()], key=lambda result: result["row"])


PROBLEM_FIELDS = tuple(Problem("", "").as_json())
KIND_OF = {
    "items": str(Kind.ITEM),
    "boms": str(Kind.BOM),
    "routings": str(Kind.ROUTING),
    "work-centres": str(Kind.WORK_CENTRE),
    "customers": str(Kind.CUSTOMER),
}
Post = Callable[[Any, Request], Response]
DRY_RUN = OpenApiParameter(
    "dry_run", bool, description="Answer what would change (field: from, to) and write nothing."
)


def described(name: str, serializer: type[serializers.Serializer[Any]]) -> Callable[[Post], Post]:
    """The description of a door that takes one record or up to 10,000."""
    decorate: Callable[[Post], Post] = extend_schema(
        parameters=[KEY_HEADER, DRY_RUN],
        request=PolymorphicProxySerializer(
            component_name=name,
            serializers=[serializer, serializer(many=True)],
            resource_type_field_name=None,
            many=False,
        ),
        responses={200: MasterResultsOut, **REFUSALS},
    )
    return decorate


class Items(MasterDoor):
    reader = master.ITEMS

    @described("Items", master.ItemRecordIn)
    def post(self, request: Request) -> Response:
        """Create or change up to 10,000 items, as a list or one object per line (NDJSON); each by itself."""
        return self.take(request)


class Boms(MasterDoor):
    reader = master.BOMS

    @described("Boms", master.BomIn)
    def post(self, request: Request) -> Response:
        """Create or replace up to 10,000 bills of material; one that names a missing item waits for it."""
        return self.take(request)


class Routings(MasterDoor):
    reader = master.ROUTINGS

    @described("Routings", master.RoutingIn)
    def post(self, request: Request) -> Response:
        """Create or replace up to 10,000 routings; one that names a missing work centre waits for it."""
        return self.take(request)


class WorkCentres(MasterDoor):
    reader = master.WORK_CENTRES

    @described("WorkCentres", master.WorkCentreIn)
    def post(self, request: Request) -> Response:
        """Create or change up to 10,000 work centres; each by itself."""
        return self.take(request)


class Customers(MasterDoor):
    reader = master.CUSTOMERS

    @described("Customers", master.CustomerIn)
    def post(self, request: Request) -> Response:
        """Create or change up to 10,000 customers; each by itself."""
        return self.take(request)
