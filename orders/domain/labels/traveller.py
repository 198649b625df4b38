"""The traveller: an order's job card with a barcode for the order and one for each operation.

Its template is a list of blocks, one a line: ``facts``, ``operations``, ``components``, ``requirements``,
``note WORDS``. The barcodes are what a terminal's scanner reads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _
from reportlab.platypus import Flowable

from mes.lib import pdf
from mes.lib.errors import InvalidInput, Problem
from orders.domain.labels.filling import Values, fill
from orders.enums import OperationState
from orders.models import Operation, ProductionOrder


def traveller(body: str, order: ProductionOrder, values: Values) -> bytes:
    """The PDF. Raises InvalidInput for a block that isn't known."""
    parts: list[Flowable] = []
    for number, line in enumerate(body.splitlines(), start=1):
        word, _space, rest = line.strip().partition(" ")
        if not word or word.startswith("#"):
            continue
        if word == "note":
            parts.append(pdf.paragraph(fill(rest, values)))
        elif word in BLOCKS:
            parts += BLOCKS[word](order)
        else:
            known = ", ".join((*BLOCKS, "note"))
            message = _("A line begins with one of: %(words)s.") % {"words": known}
            raise InvalidInput([Problem("layout", message, "body", number, word)])
    printed = timezone.localtime(timezone=order.plant.zone)
    return pdf.build(
        title=_("Job card %(order)s") % {"order": order.number},
        subtitle=f"{order.item.code} {order.item.name}",
        footer=f"{printed:%Y-%m-%d %H:%M}",
        parts=parts,
    )


def scan_of(operation: Operation, order: ProductionOrder) -> str:
    """What the operation's barcode says: its confirmation number, or order and operation number."""
    return operation.confirmation_number or f"{order.number}/{operation.number}"


def _facts(order: ProductionOrder) -> Sequence[Flowable]:
    line = order.customer_line
    return (
        pdf.barcode("code128", order.number, width=70, height=12),
        pdf.space(2),
        pdf.facts(
            [
                (_("Order"), order.number),
                (_("Item"), f"{order.item.code} {order.item.name}"),
                (_("Revision"), order.revision or order.item.revision),
                (_("Quantity"), f"{order.quantity.normalize():f} {order.unit.symbol}"),
                (_("Requested date"), _when(order, order.requested_at)),
                (_("Customer"), f"{line.order.customer.name} {line}" if line else ""),
            ]
        ),
    )


def _operations(order: ProductionOrder) -> Sequence[Flowable]:
    operations = (
        order.operations.exclude(state=OperationState.CANCELLED)
        .select_related("machine_group", "machine", "tool")
        .order_by("position")
    )
    rows = [
        (
            pdf.barcode("code128", scan_of(one, order), width=52, height=9),
            f"{one.number}\n{one.text}",
            str(one.machine or one.machine_group.code),
            "\n".join(
                part
                for part in (
                    f"{one.program} {one.program_revision}".strip(),
                    one.tool.code if one.tool else "",
                    *(f"{name}: {value}" for name, value in one.parameters.items()),
                )
                if part
            ),
            f"{one.quantity.normalize():f}",
            "",
        )
        for one in operations
    ]
    head = [_("Scan"), _("Operation"), _("Work centre"), _("Program, tool"), _("Quantity"), _("Remark")]
    return (
        pdf.heading(_("Operations")),
        pdf.table(head, rows, widths=[60, 32, 22, 30, 16, 18], numbers=(4,)),
    )


def _components(order: ProductionOrder) -> Sequence[Flowable]:
    rows = [
        (
            one.position,
            f"{one.item.code} {one.item.name}",
            one.operation_number,
            f"{one.quantity.normalize():f} {one.unit.symbol}",
            ", ".join(sorted({kept.balance.lot for kept in one.reservations.all() if kept.balance.lot})),
        )
        for one in order.components.select_related("item", "unit").prefetch_related("reservations__balance")
    ]
    head = [_("Position"), _("Item"), _("Operation"), _("Quantity"), _("Reserved lots")]
    return pdf.heading(_("Material")), pdf.table(head, rows, widths=[18, 70, 20, 26, 44], numbers=(3,))


def _requirements(order: ProductionOrder) -> Sequence[Flowable]:
    rows = [
        (one.code, f"{one.text} {one.value}".strip(), one.operation_number)
        for one in order.requirements.order_by("code")
    ]
    if not rows:
        return ()
    head = [_("Code"), _("Requirement"), _("Operation")]
    return pdf.heading(_("Customer requirements")), pdf.table(head, rows, widths=[30, 118, 30])


def _when(order: ProductionOrder, moment: datetime | None) -> str:
    return f"{timezone.localtime(moment, order.plant.zone):%Y-%m-%d %H:%M}" if moment else ""


BLOCKS: dict[str, Callable[[ProductionOrder], Sequence[Flowable]]] = {
    "facts": _facts,
    "operations": _operations,
    "components": _components,
    "requirements": _requirements,
}
