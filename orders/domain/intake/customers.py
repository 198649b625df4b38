"""The customer order behind a production order, made when the ERP names one that is not known yet."""

from __future__ import annotations

from collections.abc import Sequence

from orders.domain.documents import OrderDocument
from orders.domain.intake.create import NewOrder
from orders.domain.intake.references import References
from orders.models import Customer, CustomerOrder, CustomerOrderLine


def provide_customer_lines(
    documents: Sequence[OrderDocument], references: References, new: Sequence[tuple[OrderDocument, NewOrder]]
) -> None:
    """Link each new order to its customer order line; at most three queries."""
    if not any(document.customer_order for document in documents):
        return
    _provide_customers(documents, references)
    _provide_orders(documents, references)
    missing: dict[tuple[str, str], CustomerOrderLine] = {}
    for document, made in new:
        if not document.customer_order or document.customer_order not in references.customer_orders:
            continue
        place = (document.customer_order, document.customer_line or "1")
        if place not in references.customer_lines and place not in missing:
            missing[place] = CustomerOrderLine(
                order=references.customer_orders[document.customer_order],
                position=place[1],
                item=made.order.item,
                quantity=made.order.quantity,
                unit_id=made.order.unit_id,
                strategy=made.order.strategy,
                requested_at=made.order.requested_at,
            )
    CustomerOrderLine.objects.bulk_create(missing.values())
    references.customer_lines.update(missing)
    for document, made in new:
        if document.customer_order:
            place = (document.customer_order, document.customer_line or "1")
            made.order.customer_line = references.customer_lines.get(place)


def _provide_customers(documents: Sequence[OrderDocument], references: References) -> None:
    unknown = {
        document.customer: Customer(code=document.customer, name=document.customer_name or document.customer)
        for document in documents
        if document.customer and document.customer not in references.customers
    }
    if unknown:
        Customer.objects.bulk_create(unknown.values())
        references.customers.update(unknown)


def _provide_orders(documents: Sequence[OrderDocument], references: References) -> None:
    unknown = {
        document.customer_order: CustomerOrder(
            number=document.customer_order, customer=references.customers[document.customer]
        )
        for document in documents
        if document.customer_order
        and document.customer
        and document.customer_order not in references.customer_orders
    }
    if unknown:
        CustomerOrder.objects.bulk_create(unknown.values())
        references.customer_orders.update(unknown)
