"""The batch record of an order as PDF."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from mes.accounts.models import User
from mes.lib import pdf
from quality.kpi.batches import Batch, name_of
from quality.spc.batches import Compared, Drift


def batch_pdf(batches: list[Batch], *, by: User, now: datetime) -> bytes:
    """The batch record of an order: one part for each operation that was worked on."""
    order = batches[0].operation.order
    zone = order.plant.zone

    def when(moment: datetime | None) -> str:
        return f"{timezone.localtime(moment, zone):%Y-%m-%d %H:%M}" if moment else ""

    parts = [
        pdf.facts(
            [
                (_("Order"), order.number),
                (_("Item"), f"{order.item.code} {order.item.name}"),
                (_("Revision"), order.revision),
                (_("Ordered"), f"{_amount(order.quantity)} {order.unit.symbol}"),
                (_("Good"), _amount(order.good)),
                (_("Lots made"), ", ".join(batches[0].made)),
            ]
        )
    ]
    for batch in batches:
        one, figures = batch.operation, batch.figures
        parts += [
            pdf.heading(f"{one.number} {one.text}"),
            pdf.facts(
                [
                    (_("Machines"), ", ".join(batch.machines)),
                    (_("People"), ", ".join(batch.people)),
                    (_("Begun"), when(one.started_at)),
                    (_("Ended"), when(one.finished_at)),
                    (_("Setup (min)"), f"{figures.setup_seconds / 60:.1f}"),
                    (
                        _("Seconds per piece"),
                        f"{figures.seconds_per_piece:.1f}" if figures.seconds_per_piece else "",
                    ),
                    (_("Good, scrap, rework"), f"{figures.good:g}, {figures.scrap:g}, {figures.rework:g}"),
                    (
                        _("First-pass yield"),
                        f"{figures.first_pass:.1%}" if figures.first_pass is not None else "",
                    ),
                    (_("Program"), figures.program),
                    *((name, value) for name, value in (figures.parameters or {}).items()),
                ]
            ),
            pdf.heading(_("Material"), level=2),
            pdf.table(
                [_("Item"), _("Lot"), _("Quantity")],
                [(row.item, row.lot, _amount(row.quantity)) for row in batch.material],
                widths=[90, 50, 30],
                numbers=(2,),
            ),
            pdf.heading(_("Inspections"), level=2),
            pdf.table(
                [_("Characteristic"), _("Found"), _("Verdict"), _("Who"), _("When")],
                [
                    (
                        f"{row.characteristic.code} {row.characteristic.name}",
                        _amount(row.value) if row.value is not None else f"{row.found} / {row.inspected}",
                        row.get_verdict_display(),
                        row.by or row.via,
                        when(row.at),
                    )
                    for row in batch.results
                ],
                widths=[60, 28, 26, 34, 30],
                numbers=(1,),
            ),
            pdf.heading(_("From the first to the last piece"), level=2),
            pdf.table(
                [_("What"), _("First third"), _("Last third"), _("Difference (95 %)"), _("Even")],
                [_drift_row(name, drift) for name, drift in batch.drifts],
                widths=[50, 30, 30, 44, 24],
                numbers=(1, 2),
            ),
        ]
        if batch.golden is not None:
            parts += [
                pdf.heading(
                    _("Beside the golden batch, order %(order)s")
                    % {"order": batch.golden.operation.order.number},
                    level=2,
                ),
                pdf.table(
                    [_("What"), _("Golden"), _("Band"), _("This run"), _("Like it")],
                    [_compared_row(row) for row in batch.compared]
                    + [(row.name, row.golden, "", row.value, _("no")) for row in batch.differing],
                    widths=[50, 32, 44, 32, 20],
                    numbers=(1, 3),
                ),
            ]
    signed = [
        (one.signature.name, one.signature.get_meaning_display(), when(one.signature.at))
        for one in batches[0].signatures
    ]
    parts += [pdf.heading(_("Signatures")), pdf.table([_("Name"), _("Meaning"), _("When")], signed)]
    return pdf.build(title=_("Batch record"), subtitle=order.number, parts=parts, footer=f"{by}, {when(now)}")


def _drift_row(name: str, drift: Drift | None) -> tuple[str, ...]:
    if drift is None:
        return (name_of(name), "", "", _("too few values"), "")
    span = f"{drift.change:+.4g} ({drift.low:+.3g} … {drift.high:+.3g})"
    return (
        name_of(name),
        f"{drift.first:.5g}",
        f"{drift.last:.5g}",
        span,
        _("no") if drift.drifts else _("yes"),
    )


def _compared_row(row: Compared) -> tuple[str, ...]:
    like = "" if row.inside is None else _("yes") if row.inside else _("no")
    value = "" if row.value is None else f"{row.value:.5g}"
    return name_of(row.name), f"{row.golden:.5g}", f"{row.low:.5g} … {row.high:.5g}", value, like


def _amount(number: Decimal) -> str:
    return f"{Decimal(number).normalize():f}"
