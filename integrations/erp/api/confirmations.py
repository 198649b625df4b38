"""``/api/v1/confirmations``: what the plant reports back, fetched by cursor and acknowledged."""

from __future__ import annotations

import uuid
from functools import cache
from typing import Any

from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from integrations.domain.outbox.canonical import public
from integrations.domain.outbox.partner import Receipt, acknowledge, pull
from integrations.erp.api.base import PartnerView, json_body, rows_of
from integrations.erp.api.fields import StrictSerializer, Text, problems_of
from integrations.erp.api.orders import short
from integrations.erp.api.production_orders import REFUSALS, RefusalOut
from mes.accounts.authentication import Has
from mes.accounts.roles import MessageType, Right
from mes.lib.errors import InvalidInput, Problem
from mes.lib.retry import in_transaction
from mes.lib.sentences import gettext as _

MOST = 500
LARGEST_CURSOR = 2**62


class MessageOut(serializers.Serializer[Any]):
    sequence = serializers.IntegerField()
    identity = serializers.CharField()
    kind = serializers.CharField()
    content = serializers.DictField()


class MessagesOut(serializers.Serializer[Any]):
    messages = MessageOut(many=True)
    cursor = serializers.IntegerField(help_text="Ask with it next time.")


class Confirmations(PartnerView):
    message_type = MessageType.CONFIRMATIONS
    permission_classes = [Has(Right.PULL_CONFIRMATIONS)]

    @extend_schema(
        parameters=[OpenApiParameter("after", int), OpenApiParameter("limit", int)],
        responses={200: MessagesOut, 422: RefusalOut},
    )
    def get(self, request: Request) -> Response:
        """The next confirmations behind the cursor `after`, in order; asked again, the same again."""
        connection = self.connection_of(request)
        after = whole(request, "after", default=0, largest=LARGEST_CURSOR)
        limit = whole(request, "limit", default=100, largest=MOST)
        messages = in_transaction(lambda: pull(connection=connection, after=after, limit=limit))
        return Response(
            {
                "messages": [
                    {
                        "sequence": message.sequence,
                        "identity": message.identity.hex.upper(),
                        "kind": message.kind,
                        "content": public(message.canonical),
                    }
                    for message in messages
                ],
                "cursor": messages[-1].sequence if messages else after,
            }
        )


def whole(request: Request, name: str, *, default: int, largest: int) -> int:
    """A whole number from the query. Raises InvalidInput for anything else."""
    text = request.query_params.get(name, "")
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) < 20 and int(text) <= largest):
        message = _("This must be a whole number from 0 to %d.") % largest
        raise InvalidInput([Problem("not_whole", message, name, value=text[:40])])
    return int(text)


class ReceiptIn(StrictSerializer):
    """What the ERP did with one confirmation: `posted`, or `refused` for a reason."""

    identity = Text(max_length=36)
    status = serializers.ChoiceField(choices=("posted", "refused"))
    reference = short(100, help_text="The ERP's own number of what it booked.")
    reason = short(500)

    def validate_identity(self, identity: str) -> uuid.UUID:
        try:
            return uuid.UUID(identity)
        except ValueError:
            raise ValidationError(_("This is not an identity."), "not_an_identity") from None


@cache
def _receipt_schema() -> ReceiptIn:
    return ReceiptIn()


class AcknowledgedOut(serializers.Serializer[Any]):
    acknowledged = serializers.IntegerField()


class AcknowledgeConfirmations(PartnerView):
    message_type = MessageType.CONFIRMATIONS
    is_reading = True
    permission_classes = [Has(Right.PULL_CONFIRMATIONS)]

    @extend_schema(
        request=PolymorphicProxySerializer(
            component_name="Receipts",
            serializers=[ReceiptIn, ReceiptIn(many=True)],
            resource_type_field_name=None,
            many=False,
        ),
        responses={200: AcknowledgedOut, **REFUSALS},
    )
    def post(self, request: Request) -> Response:
        """Say what was booked and what was refused; repeating it changes nothing."""
        connection = self.connection_of(request)
        _body, data = json_body(request)
        receipts: list[Receipt] = []
        problems: list[Problem] = []
        for row, entry in enumerate(rows_of(data), start=1):
            try:
                receipts.append(to_receipt(_receipt_schema().run_validation(entry)))
            except ValidationError as error:
                problems += problems_of(error, entry, row=row)
        if problems:
            raise InvalidInput(problems)
        noted = in_transaction(lambda: acknowledge(connection=connection, receipts=receipts))
        return Response({"acknowledged": len(noted)})


def to_receipt(entry: dict[str, Any]) -> Receipt:
    return Receipt(
        identity=entry["identity"],
        posted=entry["status"] == "posted",
        reference=entry.get("reference") or "",
        reason=entry.get("reason") or "",
    )
