"""Recording what an inspection found: judged at once, a miss holds the operation."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Exists, F
from django.utils import timezone
from django.utils.translation import gettext as _

from machines.models import Machine
from mes.accounts.models import User
from mes.lib.errors import InvalidInput, KeyReused, Problem, Refused
from mes.lib.live import announce
from mes.lib.templatetags import written_day
from orders.domain.execution import happened_at
from orders.domain.genealogy import OutputLots
from orders.domain.holds import hold_item, place_hold
from orders.domain.locking import lock_order
from orders.models import Hold, HoldKind, Lot, Operation, ProductionOrder, Run
from orders.queries.holds import policy_for, releasers
from quality.domain.demands import count_done
from quality.domain.evidence import note_verified
from quality.domain.judgement import measured
from quality.domain.units import convert
from quality.enums import CharacteristicKind, DemandReason, Flag, PlanState, Verdict
from quality.models import Characteristic, Gauge, InspectionDemand, InspectionResult
from quality.queries.due import given_up

LARGEST = Decimal(10) ** 12
STEP = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Found:
    """What somebody or something found: a value with its unit, or wrong ones among some pieces.

    ``value`` is text as it came; ``passed`` is the word of a person about one attribute or document.
    """

    value: str = ""
    unit: str = ""
    passed: bool | None = None
    inspected: int = 1
    wrong: int | None = None
    piece: str = ""
    gauge: Gauge | None = None


@transaction.atomic
def record_result(
    *,
    characteristic: Characteristic,
    operation: Operation,
    found: Found,
    by: User | None,
    key: uuid.UUID,
    trigger: str = "",
    machine: Machine | None = None,
    at: datetime | None = None,
    comment: str = "",
    via: str = "",
    corrects: InspectionResult | None = None,
) -> InspectionResult:
    """Record one result of a characteristic at an operation. The same key makes one result.

    ``trigger`` names the demand it answers; without one it answers the oldest open demand. A measured value
    is converted to the characteristic's unit. What lies outside the limits holds the operation and the lots
    made since the last good result, in the same transaction. With ``at`` it has happened already: an expired
    gauge or a value beyond its range is then accepted and flagged; without, refused.

    Raises ``InvalidInput`` for a value that is no number, a unit nobody can convert, impossible quantities,
    or a characteristic of another item or operation; ``Refused`` for an expired gauge, or a value that it
    can't measure; ``KeyReused`` when the key carries another result.
    """
    order = lock_order(operation.order_id)
    moment = happened_at(at)
    known = InspectionResult.objects.filter(key=key).first()
    check_belongs(characteristic, operation, order)
    if corrects is not None:
        check_correction(corrects, characteristic, operation, comment)
    gauge = found.gauge or characteristic.gauge
    value = value_of(characteristic, found)
    inspected, wrong = counts_of(characteristic, found, value)
    if known is not None:
        same = (known.characteristic_id, known.operation_id, known.value, known.inspected, known.found)
        if same != (characteristic.pk, operation.pk, value, inspected, wrong):
            raise KeyReused("key_reused", _("This key was already used for something else."), field="key")
        return known
    flags = doubts(characteristic, gauge, value, moment, happened=at is not None)
    demand = _demand(characteristic, operation, trigger if corrects is None else corrects.trigger)
    run = _run_at(operation, machine, moment)
    verdict = Verdict.PASSED if wrong <= _accepted(demand) else Verdict.FAILED
    result = InspectionResult.objects.create(
        plant_id=operation.plant_id,
        key=key,
        operation=operation,
        characteristic=characteristic,
        trigger=demand.trigger if demand else "",
        run=run,
        machine=machine or (run.machine if run else None),
        value=value,
        inspected=inspected,
        found=wrong,
        verdict=verdict,
        piece=found.piece[:80],
        gauge=gauge if characteristic.kind == CharacteristicKind.MEASURED else None,
        flags=flags,
        corrects=corrects,
        comment=comment.strip()[:500],
        by=by,
        via=via,
        at=moment,
    )
    if demand is not None and corrects is None:
        count_done(
            operation=operation.pk,
            characteristic=characteristic.pk,
            trigger=demand.trigger,
            pieces=inspected,
        )
    if verdict == Verdict.FAILED:
        _hold(order, operation, result, by)
    if characteristic.requirement_code:
        note_verified([order.pk])
    announce(
        "orders",
        f"order:{order.pk}",
        f"operation:{operation.pk}",
        "inspections",
        f"inspection:{operation.pk}",
        f"characteristic:{characteristic.pk}",
    )
    return result


def check_belongs(characteristic: Characteristic, operation: Operation, order: ProductionOrder) -> None:
    """Refuse a characteristic of another item or operation, or of a plan that was never released."""
    plan = characteristic.plan
    if plan.state == PlanState.DRAFT:
        message = _("The inspection plan is not released.")
        raise InvalidInput([Problem("not_released", message, "characteristic", value=characteristic.code)])
    if (plan.plant_id, plan.item_id, plan.operation_number) != (
        operation.plant_id,
        order.item_id,
        operation.number,
    ):
        message = _("The characteristic belongs to another item or operation.")
        raise InvalidInput([Problem("other_operation", message, "characteristic", value=characteristic.code)])


def check_correction(
    corrects: InspectionResult, characteristic: Characteristic, operation: Operation, comment: str
) -> None:
    """A correction is of the same characteristic and operation, once, and says why."""
    if (corrects.characteristic_id, corrects.operation_id) != (characteristic.pk, operation.pk):
        raise InvalidInput([Problem("other_operation", _("That is a result of something else."), "corrects")])
    if InspectionResult.objects.filter(corrects=corrects).exists():
        raise Refused("corrected", _("This result is corrected already."), field="corrects")
    if not comment.strip():
        raise InvalidInput([Problem("missing", _("Say why the result was wrong."), "comment")])


def value_of(characteristic: Characteristic, found: Found) -> Decimal | None:
    """The measured value in the characteristic's unit, if it is measured. Raises ``InvalidInput``."""
    if characteristic.kind != CharacteristicKind.MEASURED:
        return None
    number = measured(found.value)
    if abs(number) >= LARGEST:
        raise InvalidInput(
            [Problem("absurd", _("That is no measured value."), "value", value=found.value[:80])]
        )
    value = convert(number, found.unit, characteristic.unit)
    if value is None:
        message = _("The value is in %(unit)s, the characteristic in %(wanted)s.") % {
            "unit": found.unit[:20],
            "wanted": characteristic.unit or "–",
        }
        raise InvalidInput([Problem("other_unit", message, "unit", value=found.unit[:20])])
    return value.quantize(STEP)


def counts_of(characteristic: Characteristic, found: Found, value: Decimal | None) -> tuple[int, int]:
    """How many pieces were looked at and how many are wrong. Raises ``InvalidInput``."""
    if value is not None:
        return 1, 0 if characteristic.fits(value) else 1
    if not 1 <= found.inspected <= 1_000_000:
        message = _("At least one piece must be inspected.")
        raise InvalidInput([Problem("nothing_inspected", message, "inspected", value=str(found.inspected))])
    if found.wrong is not None:
        counts_defects = characteristic.chart in ("c", "u")
        if found.wrong < 0 or (found.wrong > found.inspected and not counts_defects):
            message = _("No more pieces can be defective than were inspected.")
            raise InvalidInput([Problem("impossible", message, "wrong", value=str(found.wrong))])
        return found.inspected, found.wrong
    if found.passed is None:
        raise InvalidInput([Problem("verdict_missing", _("Say whether it is OK."), "passed")])
    return found.inspected, 0 if found.passed else 1


def doubts(
    characteristic: Characteristic,
    gauge: Gauge | None,
    value: Decimal | None,
    moment: datetime,
    *,
    happened: bool,
) -> list[str]:
    """What is doubtful about a measurement with ``gauge``. Raises ``Refused`` unless it has ``happened``."""
    if gauge is None or value is None:
        return []
    flags = []
    day = timezone.localdate(moment, timezone=gauge.plant.zone)
    if not gauge.is_calibrated(day):
        if not happened:
            raise Refused("gauge_expired", _gauge_expired(gauge), field="gauge")
        flags.append(Flag.GAUGE_EXPIRED.value)
    shown = convert(value, characteristic.unit, gauge.unit)
    if shown is None or not gauge.measures(shown):
        if not happened:
            message = _("Gauge %(gauge)s can't measure %(value)s %(unit)s.") % {
                "gauge": gauge.code,
                "value": f"{value.normalize():f}",
                "unit": characteristic.unit,
            }
            raise Refused("beyond_range", message, field="value")
        flags.append(Flag.BEYOND_RANGE.value)
    if characteristic.gauge_id and characteristic.gauge_id != gauge.pk:
        flags.append(Flag.OTHER_GAUGE.value)
    return flags


def _gauge_expired(gauge: Gauge) -> str:
    people = releasers(policy_for(gauge.plant_id, HoldKind.QUALITY))
    if gauge.calibrated_until is None:
        return _("Gauge %(gauge)s was never calibrated. Take another one; %(people)s can decide.") % {
            "gauge": gauge.code,
            "people": people,
        }
    return _("Gauge %(gauge)s was calibrated until %(day)s. Take another one; %(people)s can decide.") % {
        "gauge": gauge.code,
        "day": written_day(gauge.calibrated_until),
        "people": people,
    }


def _demand(characteristic: Characteristic, operation: Operation, trigger: str) -> InspectionDemand | None:
    demands = InspectionDemand.objects.filter(
        operation=operation, characteristic__code=characteristic.code, characteristic=characteristic
    )
    if trigger:
        return demands.filter(trigger=trigger).first()
    opened = demands.filter(~Exists(given_up()), done__lt=F("wanted")).order_by("due_at", "pk").first()
    # every piece is asked for, and this one is not counted yet
    return opened or demands.filter(reason=DemandReason.ALL).first()


def _accepted(demand: InspectionDemand | None) -> int:
    return demand.accept if demand is not None and demand.accept is not None else 0


def _run_at(operation: Operation, machine: Machine | None, moment: datetime) -> Run | None:
    """The run that was on at ``moment``, else the one before it."""
    runs = Run.objects.filter(operation=operation, started_at__lte=moment).select_related("machine")
    if machine is not None:
        runs = runs.filter(machine=machine)
    return runs.order_by("-started_at").first()


def _hold(order: ProductionOrder, operation: Operation, result: InspectionResult, by: User | None) -> None:
    """One hold for each characteristic and each lot, however many of its results miss."""
    name = f"{result.characteristic.code} {result.characteristic.name}"[:200]
    reason, reference = f"{name}: {said_of(result)}", reference_of(operation)
    open_holds = Hold.objects.filter(kind=HoldKind.QUALITY, lifted_at__isnull=True)
    if not open_holds.filter(operation=operation, reason__startswith=f"{name}:").exists():
        place_hold(
            order=order,
            operation=operation,
            kind=HoldKind.QUALITY,
            reason=reason,
            by=by,
            reference=reference,
        )
    numbers = lots_concerned(order, operation, result)
    held = set(open_holds.filter(reference=reference, lot__in=numbers).values_list("lot", flat=True))
    for number in numbers:
        if number not in held:
            hold_item(
                item=order.item,
                plant=order.plant,
                lot=number,
                kind=HoldKind.QUALITY,
                reason=reason,
                by=by,
                reference=reference,
            )


def reference_of(operation: Operation) -> str:
    """What the holds of an operation's inspections have in common: its own and those of its lots."""
    return f"inspection of operation {operation.pk}"


def lots_concerned(order: ProductionOrder, operation: Operation, result: InspectionResult) -> list[str]:
    """The numbers of the order's lots that were still open after the last good result of the characteristic,
    and of the one in the making; none for an item that isn't traced by lot."""
    lots = list(Lot.objects.filter(order=order, made_at__lte=result.at).order_by("made_at", "pk"))
    if not (lots or order.item.lot_tracked):
        return []
    good = InspectionResult.objects.filter(
        operation=operation,
        characteristic__code=result.characteristic.code,
        verdict=Verdict.PASSED,
        at__lt=result.at,
        corrected_by__isnull=True,
    ).order_by("-at")
    last = good.values_list("at", flat=True).first()
    ends = [lot.made_at for lot in lots[1:]]
    open_then = [lot.number for lot, end in zip(lots, ends, strict=False) if last is None or end > last]
    latest = [lots[-1].number] if lots else []
    making = [OutputLots(order).number_at(operation.good)]
    return list(dict.fromkeys([*open_then, *latest, *making]))


def said_of(result: InspectionResult) -> str:
    """What was found, in a few words."""
    characteristic = result.characteristic
    if result.value is None:
        if result.inspected == 1:
            return _("not OK")
        return _("%(wrong)d of %(inspected)d wrong") % {"wrong": result.found, "inspected": result.inspected}
    value = f"{result.value:.{characteristic.decimals}f} {characteristic.unit}".strip()
    if characteristic.lower is not None and result.value < characteristic.lower:
        limit = f"{characteristic.lower:.{characteristic.decimals}f}"
        return _("%(value)s is below %(limit)s") % {"value": value, "limit": limit}
    if characteristic.upper is not None and result.value > characteristic.upper:
        limit = f"{characteristic.upper:.{characteristic.decimals}f}"
        return _("%(value)s is above %(limit)s") % {"value": value, "limit": limit}
    return value
