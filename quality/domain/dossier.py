"""The evidence pack of an order, and its first-article report with the fields of AS9102 forms 1 to 3."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from reportlab.platypus import Flowable

from mes.accounts.models import Signature, User
from mes.accounts.roles import Right
from mes.accounts.signing import Meaning, Proof, Signed, register, sign
from mes.lib import pdf
from mes.lib.errors import NotAllowed
from mes.lib.sheets import harmless
from orders.models import ProductionOrder, Run
from quality.enums import Verdict
from quality.models import InspectionResult, RequirementCheck
from quality.queries.dossier import Evidence
from quality.queries.trace import Step

Row = Sequence[object]
Form = tuple[str, Sequence[tuple[str, object]], Sequence[str], Sequence[Row]]


def evidence_pack(found: Evidence, *, by: User, now: datetime) -> bytes:
    """A PDF: what was made, when, where, from which lots, with which program, by whom; what was
    inspected, decided, signed and shipped.

    Values that were changed after entry are marked. Times are the plant's.
    """
    order, when = found.order, _clock(found.order)
    parts = [
        pdf.facts(_head(found)),
        pdf.heading(_("Operations")),
        pdf.table(
            [_("Operation"), _("Work centre"), _("Program"), _("State"), _("Good"), _("Scrap"), _("Rework")],
            [
                (
                    f"{one.number} {one.text}"
                    + (f" ({_('rework of')} {one.rework_of.number})" if one.rework_of else ""),
                    one.machine_group.code,
                    f"{one.program} {one.program_revision}".strip(),
                    one.get_state_display(),
                    _amount(one.good),
                    _amount(one.scrap),
                    _amount(one.rework),
                )
                for one in found.operations
            ],
            widths=[52, 22, 30, 24, 16, 16, 16],
            numbers=(4, 5, 6),
        ),
        pdf.heading(_("Runs")),
        pdf.table(
            [_("Operation"), _("Machine"), _("From"), _("To"), _("People")],
            [
                (
                    one.operation.number,
                    str(one.machine),
                    when(one.started_at),
                    when(one.ended_at),
                    _people(one),
                )
                for one in found.runs
            ],
            widths=[22, 50, 32, 32, 42],
        ),
        pdf.heading(_("Material")),
        pdf.table(
            [_("Item"), _("Lot"), _("Quantity"), _("Kind"), _("When")],
            [
                (
                    f"{one.item.code} {one.item.name}",
                    one.lot,
                    _amount(one.quantity),
                    one.get_kind_display(),
                    when(one.occurred_at),
                )
                for one in found.moves
            ],
            widths=[70, 30, 24, 24, 30],
            numbers=(2,),
        ),
        pdf.heading(_("Trace: what went into it, and how it was made at that minute")),
        pdf.table(
            [
                _("When"),
                _("From lot"),
                _("Quantity"),
                _("Into lot"),
                _("Machine"),
                _("Program, tool"),
                _("People"),
            ],
            [_step_row(one, when) for one in found.steps],
            widths=[26, 44, 18, 22, 28, 24, 22],
            numbers=(2,),
        ),
        pdf.heading(_("Shipped")),
        pdf.table(
            [_("Shipment"), _("When"), _("Customer"), _("Lot"), _("Quantity")],
            [
                (
                    one.shipment.number,
                    when(one.shipment.shipped_at),
                    one.shipment.line.order.customer.name,
                    one.lot.number if one.lot else _("without lot"),
                    f"{_amount(one.quantity)} {one.shipment.line.item.unit.symbol}",
                )
                for one in found.shipped
            ],
            widths=[30, 34, 60, 30, 24],
            numbers=(4,),
        ),
        pdf.heading(_("Customer requirements")),
        pdf.table(
            [_("Code"), _("Requirement"), _("Operation"), _("Verdict"), _("Checked")],
            [
                (
                    one.requirement.code,
                    one.requirement.text,
                    one.requirement.operation_number,
                    one.verdict.label if one.verdict else _("open"),
                    "\n".join(f"{check.value} {check.by} {when(check.at)}".strip() for check in one.checks),
                )
                for one in found.requirements
            ],
            widths=[24, 62, 20, 22, 50],
        ),
        pdf.heading(_("Inspections")),
        pdf.table(
            [_("Operation"), _("Characteristic"), _("Found"), _("Verdict"), _("Who"), _("When")],
            [*_inspection_rows(found, when), *_result_rows(found, when), *_omission_rows(found, when)],
            widths=[20, 48, 36, 20, 26, 28],
        ),
        pdf.heading(_("Nonconformances")),
        *_nonconformance_parts(found, when),
        pdf.heading(_("Holds")),
        pdf.table(
            [_("What"), _("Reason"), _("Placed"), _("Released")],
            [
                (
                    one.target,
                    one.reason,
                    f"{when(one.placed_at)} {one.placed_by or ''}",
                    f"{when(one.lifted_at)} {one.lifted_by or ''} {one.release_reason}"
                    if one.lifted_at
                    else _("on hold"),
                )
                for one in found.holds
            ],
            widths=[36, 60, 36, 46],
        ),
        pdf.heading(_("Reports and corrections")),
        pdf.table(
            [_("When"), _("Who"), _("What"), _("Operation"), _("Good"), _("Scrap"), _("Rework"), _("Remark")],
            [
                (
                    when(one.occurred_at),
                    one.by or _("system"),
                    one.title + (f" ({_('corrected')})" if hasattr(one, "reversed_by") else ""),
                    one.operation.number if one.operation else "",
                    _amount(one.good) if one.good else "",
                    _amount(one.scrap) if one.scrap else "",
                    _amount(one.rework) if one.rework else "",
                    one.comment,
                )
                for one in found.events
            ],
            widths=[26, 24, 34, 16, 14, 14, 14, 36],
            numbers=(4, 5, 6),
        ),
        pdf.heading(_("Signatures")),
        _signatures(found.signatures, when),
    ]
    return pdf.build(
        title=_("Evidence pack"), subtitle=_subtitle(order), parts=parts, footer=_footer(by, when, now)
    )


def _step_row(step: Step, when: Callable[[datetime | None], str]) -> Row:
    """One link of the genealogy: the lot with its supplier's number, machine with its state, and the rest."""
    link = step.link
    bought = " ".join(filter(None, (link.parent.supplier, link.parent.supplier_lot)))
    tool = link.operation.tool if link.operation else None
    return (
        when(link.occurred_at),
        "\n".join(filter(None, (f"{link.parent.number} ({link.parent.item.code})", bought))),
        f"{_amount(link.quantity)} {link.parent.item.unit.symbol}",
        link.child.number,
        "\n".join(filter(None, (link.machine.code if link.machine else "", step.state))),
        "\n".join(filter(None, (step.program, tool.code if tool else ""))),
        "\n".join(filter(None, (", ".join(step.people), step.verdict))),
    )


def first_article(found: Evidence) -> list[Form]:
    """The three forms as title, named fields, head and rows; numbers in brackets are AS9102's field numbers.

    What the MES doesn't know (drawing numbers of details, special process approvals) stays empty.
    """
    order, when = found.order, _clock(found.order)
    item = order.item
    customer = order.customer_line.order if order.customer_line else None
    part = [
        (_("1. Part number"), item.code),
        (_("2. Part name"), item.name),
        (_("3. Serial number"), ""),
        (_("4. FAI report number"), f"FAI-{order.number}"),
    ]
    signed = [one for one in found.signatures if one.signature.table == ProductionOrder._meta.db_table]
    last = signed[-1].signature if signed else None
    form_1 = [
        *part,
        (_("5. Part revision level"), order.revision),
        (_("6. Drawing number"), ""),
        (_("7. Drawing revision level"), order.revision),
        (_("8. Additional changes"), ""),
        (
            _("9. Manufacturing process reference"),
            ", ".join(sorted({one.program for one in found.operations if one.program})),
        ),
        (_("10. Organization name"), order.plant.name),
        (_("11. Supplier code"), order.plant.erp_code),
        (_("12. Purchase order number"), f"{customer.customer.name} {customer.number}" if customer else ""),
        (_("13. Detail or assembly FAI"), _("assembly") if found.components else _("detail")),
        (_("14. Full or partial FAI"), _("full")),
        (_("19. Signature"), last.name if last else ""),
        (_("20. Date"), when(last.at) if last else ""),
    ]
    components = [(one.item.code, one.item.name, "", _lots(found, one.item_id)) for one in found.components]
    operations = [
        (
            f"{one.number} {one.text}",
            f"{one.program} {one.program_revision}".strip(),
            one.machine_group.code,
            one.tool.code if one.tool else "",
            "",
        )
        for one in found.operations
    ]
    return [
        (
            _("Form 1: Part number accountability"),
            form_1,
            [
                _("15. Part number"),
                _("16. Part name"),
                _("17. Part serial number"),
                _("18. Lot (FAI report number)"),
            ],
            components,
        ),
        (
            _("Form 2: Product accountability"),
            part,
            [
                _("5. Material or process name"),
                _("6. Specification number"),
                _("7. Code"),
                _("8. Supplier, tool"),
                _("10. Certificate of conformance"),
            ],
            [*operations, *((name, "", "", _lots(found, pk), "") for name, pk in _materials(found))],
        ),
        (
            _("Form 3: Characteristic accountability"),
            part,
            [
                _("5. No."),
                _("6. Operation"),
                _("7. Designator"),
                _("8. Requirement"),
                _("9. Results"),
                _("10. Tooling"),
                _("11. Nonconformance number"),
            ],
            _characteristics(found),
        ),
    ]


def first_article_pdf(found: Evidence, *, by: User, now: datetime) -> bytes:
    """The three forms as PDF, with the signatures under the report."""
    parts = []
    for title, fields, head, rows in first_article(found):
        parts += [pdf.heading(title), pdf.facts(fields), pdf.table(head, rows), pdf.space()]
    when = _clock(found.order)
    signed = [one for one in found.signatures if one.signature.table == ProductionOrder._meta.db_table]
    parts += [pdf.heading(_("Signatures")), _signatures(signed, when)]
    title = _("First article inspection report (AS9102)")
    return pdf.build(
        title=title, subtitle=_subtitle(found.order), parts=parts, footer=_footer(by, when, now), wide=True
    )


def first_article_xlsx(found: Evidence) -> bytes:
    """The three forms as sheets of a workbook; no cell starts a formula."""
    book = Workbook()
    book.remove(book.active)
    for number, (title, fields, head, rows) in enumerate(first_article(found), start=1):
        sheet = book.create_sheet(f"Form {number}")
        sheet.append([harmless(title)])
        sheet["A1"].font = Font(bold=True, size=13)
        for name, value in fields:
            sheet.append([harmless(name), harmless(str(value))])
        sheet.append([])
        sheet.append([harmless(name) for name in head])
        for cell in sheet[sheet.max_row]:
            cell.font = Font(bold=True)
        for row in rows:
            sheet.append([harmless(str(value)) for value in row])
        for letter in "ABCDEFG":
            sheet.column_dimensions[letter].width = 28
        for cells in sheet.iter_rows():
            for cell in cells:
                cell.alignment = Alignment(wrap_text=True, vertical="top")
    output = io.BytesIO()
    book.save(output)
    return output.getvalue()


@transaction.atomic
def sign_first_article(*, order: ProductionOrder, by: User, proof: Proof) -> Signature:
    """Approve the first article of an order. Raises ``NotAllowed`` without the right to inspect."""
    if not by.may(Right.INSPECT):
        raise NotAllowed("not_an_inspector", _("Quality signs first articles."))
    return sign(record=order, meaning=Meaning.APPROVED, proof=proof)


@register(ProductionOrder)
def _first_article_signed(order: ProductionOrder) -> dict[str, object]:
    """What a signature under a first article covers: the part, and every result as it stands."""
    results = InspectionResult.objects.filter(operation__order=order, corrected_by__isnull=True)
    checks = RequirementCheck.objects.filter(requirement__order=order)
    return {
        "order": order.number,
        "plant": order.plant.code,
        "item": order.item.code,
        "revision": order.revision,
        "results": [
            f"{code}={value if value is not None else verdict}"
            for code, value, verdict in results.order_by("pk").values_list(
                "characteristic__code", "value", "verdict"
            )
        ],
        "requirements": [
            f"{code}={value} {verdict}"
            for code, value, verdict in checks.order_by("pk").values_list(
                "requirement__code", "value", "verdict"
            )
        ],
    }


def _head(found: Evidence) -> list[tuple[str, object]]:
    order, when = found.order, _clock(found.order)
    line = order.customer_line
    return [
        (_("Order"), order.number),
        (_("Item"), f"{order.item.code} {order.item.name}"),
        (_("Revision"), order.revision),
        (_("Customer"), f"{line.order.customer.name} {line.order.number} / {line.position}" if line else ""),
        (_("Quantity"), f"{_amount(order.quantity)} {order.unit.symbol}"),
        (_("Good"), _amount(order.good)),
        (_("Scrap"), _amount(order.scrap)),
        (_("State"), order.get_state_display()),
        (_("Released"), when(order.released_at)),
        (_("Started"), when(order.started_at)),
        (_("Finished"), when(order.finished_at)),
    ]


def _inspection_rows(found: Evidence, when: Callable[[datetime | None], str]) -> list[Row]:
    return [
        (
            one.operation.number,
            one.comment,
            _("%(wrong)s of %(all)s wrong")
            % {"wrong": _amount(one.defective), "all": _amount(one.inspected)},
            one.get_verdict_display(),
            one.by,
            when(one.at),
        )
        for one in found.inspections
    ]


def _result_rows(found: Evidence, when: Callable[[datetime | None], str]) -> list[Row]:
    return [
        (
            one.operation.number,
            f"{one.characteristic.code} {one.characteristic.name}",
            _result(one) + (f" ({_('corrected')})" if hasattr(one, "corrected_by") else ""),
            one.get_verdict_display(),
            one.by or one.via,
            when(one.at),
        )
        for one in found.results
    ]


def _omission_rows(found: Evidence, when: Callable[[datetime | None], str]) -> list[Row]:
    return [
        (
            one.operation.number,
            f"{one.characteristic.code} {one.characteristic.name}",
            one.reason,
            _("not done"),
            one.by,
            when(one.at),
        )
        for one in found.omissions
    ]


def _nonconformance_parts(found: Evidence, when: Callable[[datetime | None], str]) -> list[Flowable]:
    if not found.nonconformances:
        return [pdf.paragraph(_("None."), soft=True)]
    rows = []
    for one in found.nonconformances:
        decided = "\n".join(
            f"{each.get_kind_display()} {_amount(each.quantity)}: {each.reason} ({each.by}, {when(each.at)})"
            for each in found.decided(one)
        )
        rows.append(
            (
                one.number,
                " ".join((one.operation.number if one.operation else "", one.defect.name, one.description)),
                _amount(one.quantity),
                one.get_state_display(),
                decided,
                one.conclusion,
            )
        )
    head = [_("Number"), _("What is wrong"), _("Quantity"), _("State"), _("Decided"), _("Conclusion")]
    return [pdf.table(head, rows, widths=[22, 40, 16, 20, 50, 30], numbers=(2,))]


def _signatures(signed: Sequence[Signed], when: Callable[[datetime | None], str]) -> Flowable:
    """Printed name, time and meaning of each signature, and whether it still fits what it was set under."""
    rows = [
        (
            one.signature.name,
            one.signature.get_meaning_display(),
            when(one.signature.at),
            _("intact") if one.intact else _("broken: what was signed has been changed since"),
            one.signature.digest[:16],
        )
        for one in signed
    ]
    return pdf.table([_("Name"), _("Meaning"), _("When"), _("Signature"), "SHA-256"], rows)


def _characteristics(found: Evidence) -> list[Row]:
    numbers: dict[int | None, list[str]] = {}
    for row in found.nonconformances:
        numbers.setdefault(row.operation_id, []).append(row.number)
    rows: list[Row] = []
    for result in found.results:
        if hasattr(result, "corrected_by"):
            continue
        one: Any = result.characteristic  # limits may be empty
        limits = (
            f"{_bound(one.lower)} … {_bound(one.upper)} {one.unit}".strip()
            if one.lower is not None or one.upper is not None
            else one.name
        )
        wrong = result.verdict == Verdict.FAILED
        rows.append(
            (
                one.code,
                result.operation.number,
                one.name,
                limits,
                f"{_result(result)} {result.get_verdict_display()}",
                result.gauge.code if result.gauge else "",
                ", ".join(numbers.get(result.operation_id, [])) if wrong else "",
            )
        )
    for status in found.requirements:
        requirement = status.requirement
        checks = [f"{check.value} {check.get_verdict_display()}".strip() for check in status.checks]
        said = "; ".join(checks)
        wanted = (
            f"{_bound(requirement.lower)} … {_bound(requirement.upper)} {requirement.unit}"
            if requirement.kind == "limit"
            else requirement.value
        )
        rows.append((requirement.code, requirement.operation_number, requirement.text, wanted, said, "", ""))
    return rows


def _materials(found: Evidence) -> list[tuple[str, int]]:
    return [(f"{one.item.code} {one.item.name}", one.item_id) for one in found.components]


def _lots(found: Evidence, item: int) -> str:
    return ", ".join(sorted({move.lot for move in found.moves if move.item_id == item and move.lot}))


def _people(run: Run) -> str:
    return ", ".join(dict.fromkeys(str(one.person) for one in run.people.all()))


def _result(result: InspectionResult) -> str:
    value: Any = result.value  # empty for what is counted
    if value is not None:
        return f"{value.normalize():f} {result.characteristic.unit}".strip()
    return _("%(wrong)s of %(all)s wrong") % {"wrong": result.found, "all": result.inspected}


def _bound(value: Decimal | None) -> str:
    return "–" if value is None else f"{value.normalize():f}"


def _amount(value: Decimal) -> str:
    return f"{value.normalize():f}" if value else "0"


def _subtitle(order: ProductionOrder) -> str:
    return f"{order.plant.name} · {_('Order')} {order.number} · {order.item.code} {order.item.name}"


def _footer(by: User, when: Callable[[datetime | None], str], now: datetime) -> str:
    return _("Printed %(when)s by %(who)s") % {"when": when(now), "who": by}


def _clock(order: ProductionOrder) -> Callable[[datetime | None], str]:
    zone = order.plant.zone

    def when(moment: datetime | None) -> str:
        return f"{timezone.localtime(moment, zone):%Y-%m-%d %H:%M}" if moment else ""

    return when
