"""Messages that wait for master data which is not here yet, and in which order they are tried again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from django.db.models import DurationField, Exists, ExpressionWrapper, F, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from integrations.enums import InboundState
from integrations.models import InboundMessage, WaitingReference
from machines.models import MachineGroup
from orders.domain.documents import OrderDocument
from orders.domain.intake import Result
from orders.domain.missing import Missing
from orders.enums import Outcome, Reference
from orders.models import Item

ORDER = "order"


def behind_earlier(documents: Sequence[OrderDocument], message: InboundMessage) -> list[Result]:
    """Results of the orders that wait behind an earlier message about the same order that waits itself.

    One that says everything anew needn't wait: it stands for itself, and the earlier one is obsolete then.
    """
    partial = {one.number for one in documents if one.number and not is_whole(one)}
    if not partial:
        return []
    blocked = set(
        WaitingReference.objects.exclude(kind=Reference.CUSTOMER_ORDER)
        .filter(
            about=ORDER,
            number__any=partial,
            message__connection__plant=message.connection.plant_id,
            message__received_at__lt=message.received_at,
        )
        .values_list("number", flat=True)
    )
    return [
        Result(one.row, one.number, Outcome.WAITING, missing=[Missing(Reference.ORDER, one.number)])
        for one in documents
        if one.number in blocked and not is_whole(one)
    ]


def is_whole(document: OrderDocument) -> bool:
    return (
        not document.cancel
        and document.item is not None
        and document.quantity is not None
        and document.operations is not None
    )


def remember(message: InboundMessage, results: Iterable[dict[str, Any]]) -> None:
    """Note what the message's documents wait for now, as their results say; forget what they waited for."""
    WaitingReference.objects.filter(message=message).delete()
    WaitingReference.objects.bulk_create(
        WaitingReference(
            message=message,
            row=result["row"],
            about=result.get("kind", ORDER),
            number=result["number"][:90],
            kind=missing["kind"],
            code=missing["code"][:120],
            plant_id=missing["plant"],
        )
        for result in results
        for missing in result.get("waits_for", ())
    )


def ready_messages() -> QuerySet[InboundMessage]:
    """Messages of which at least one document has everything that it waits for, the earliest first."""
    absent = WaitingReference.objects.filter(
        message=OuterRef("message"), about=OuterRef("about"), number=OuterRef("number"), row=OuterRef("row")
    ).exclude(is_here())
    ready = WaitingReference.objects.filter(message=OuterRef("pk")).filter(~Exists(absent))
    return (
        InboundMessage.objects.filter(Exists(ready))
        .exclude(state=InboundState.RECEIVED)
        .order_by("received_at", "pk")
    )


def is_here() -> Q:
    """For waiting references: is what they wait for here now?"""
    named = Q(code=OuterRef("code")) | Q(erp_code=OuterRef("code")) | Q(internal_id=OuterRef("code"))
    group = MachineGroup.objects.filter(named, plant=OuterRef("plant"))
    not_it = Q(message=OuterRef("message")) | Q(kind=Reference.CUSTOMER_ORDER)
    earlier = WaitingReference.objects.exclude(not_it).filter(
        about=ORDER,
        number=OuterRef("number"),
        message__connection__plant=OuterRef("message__connection__plant"),
        message__received_at__lt=OuterRef("message__received_at"),
    )
    return (
        Q(Exists(Item.objects.filter(code=OuterRef("code"))), kind=Reference.ITEM)
        | Q(Exists(group), kind=Reference.WORK_CENTRE)
        | Q(~Exists(earlier), kind=Reference.ORDER)
    )


def overdue_messages() -> QuerySet[InboundMessage]:
    """Messages that have waited longer than their connection lets them."""
    allowed = ExpressionWrapper(F("connection__wait_minutes") * timedelta(minutes=1), DurationField())
    return InboundMessage.objects.filter(
        Exists(WaitingReference.objects.filter(message=OuterRef("pk"))), received_at__lt=Now() - allowed
    )
