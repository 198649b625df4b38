"""Orders that were taken before the customer order they are made for: linked when it arrives.

Work doesn't stop for a missing name, so nothing is read again: the order is linked, and waits no longer.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import Exists, F, Func, OuterRef, QuerySet, Value

from integrations.models import InboundMessage, WaitingReference
from orders.domain.intake.late import link_customer_line
from orders.enums import Reference
from orders.models import CustomerOrder, ProductionOrder


def link_arrived(*, limit: int = 1000) -> int:
    """Link what waited for a customer order that is here now; the newest message about an order counts.

    Returns how many orders were linked.
    """
    ready = _ready().select_related("message__connection").defer("message__body")
    return sum(_link(wait) for wait in ready.order_by("-message__received_at", "-pk")[:limit])


def _ready() -> QuerySet[WaitingReference]:
    number = Func(F("code"), Value("/[^/]*$"), Value(""), function="regexp_replace")
    waits = WaitingReference.objects.filter(kind=Reference.CUSTOMER_ORDER).annotate(customer_order=number)
    return waits.filter(Exists(CustomerOrder.objects.filter(number=OuterRef("customer_order"))))


@transaction.atomic
def _link(wait: WaitingReference) -> bool:
    message = InboundMessage.objects.select_for_update().defer("body").get(pk=wait.message_id)
    order = ProductionOrder.objects.filter(plant=wait.plant_id, number=wait.number).first()
    number, _slash, position = wait.code.rpartition("/")
    linked = order is not None and link_customer_line(
        order=order, number=number, position=position, via=wait.message.connection.via
    )
    for result in message.results:
        if result["row"] == wait.row and "waits_for" in result:
            result["waits_for"] = [one for one in result["waits_for"] if one["kind"] != wait.kind]
    message.save(update_fields=["results"])
    WaitingReference.objects.filter(pk=wait.pk).delete()
    return linked
