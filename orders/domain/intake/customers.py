"""The customer order behind a production order, made when the ERP names one that is not known yet with its
customer; without a customer the production order is taken and waits for it."""

from __future__ import annotations

from collections.abc import Sequence

from orders.domain.documents import OrderDocument
from orders.domain.intake.references import References
from orders.domain.missing import Missing
from orders.enums import Reference
from orders.models import Customer, CustomerOrder, CustomerOrderLine, ProductionOrder

FIRST_LINE = "1"


def provide_customer_lines(
    pairs: Sequence[tuple[OrderDocument, ProductionOrder]], references: References
) -> None:
    """Link each order, unsaved, to the customer order line that its document names; at most three queries."""
    named = [(document, order) for document, order in pairs if document.customer_order]
    if not named:
        return
    documents = [document for document, _order in named]
    _provide_customers(documents, references)
    _provide_orders(documents, references)
    missing: dict[tuple[str, str], CustomerOrderLine] = {}
    for document, order in named:
        place = place_of(document)
        known = references.customer_orders.get(place[0])
        if known is not None and place not in references.customer_lines and place not in missing:
            missing[place] = new_line(known, place[1], order)
    CustomerOrderLine.objects.bulk_create(missing.values())
    references.customer_lines.update(missing)
    for document, order in named:
        order.customer_line = references.customer_lines.get(place_of(document))


def place_of(document: OrderDocument) -> tuple[str, str]:
    """The number of the customer order and the line's position in it that a document names."""
    return document.customer_order or "", document.customer_line or FIRST_LINE


def new_line(customer_order: CustomerOrder, position: str, order: ProductionOrder) -> CustomerOrderLine:
    """The line that a production order is made for, unsaved, when only the production order tells of it."""
    return CustomerOrderLine(
        order=customer_order,
        position=position,
        item_id=order.item_id,
        quantity=order.quantity,
        unit_id=order.unit_id,
        strategy=order.strategy,
        requested_at=order.requested_at,
    )


def awaited(document: OrderDocument, order: ProductionOrder) -> list[Missing]:
    """The customer order line that a taken order is for and that is not here yet."""
    if not document.customer_order or order.customer_line_id is not None:
        return []
    return [Missing(Reference.CUSTOMER_ORDER, "/".join(place_of(document)), order.plant_id)]


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
