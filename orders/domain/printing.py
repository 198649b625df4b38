"""The queue of prints: asked for by people and by rules, claimed by the worker, tried again, never in the
way.

Rules pull: the worker looks at facts that are already booked. No booking waits for, knows of, or fails with a
print.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F, Max, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from machines.models import Plant
from mes.accounts.models import User
from mes.lib.errors import InvalidInput, MesError, Problem, Refused
from mes.lib.live import announce
from orders.domain.labels.render import render
from orders.domain.labels.values import subject_of, title_of
from orders.domain.locking import NotFound
from orders.domain.transitions import next_print_state
from orders.enums import (
    EventKind,
    LabelFormat,
    LabelSubject,
    MoveKind,
    PrinterKind,
    PrintState,
    PrintTrigger,
)
from orders.models import (
    LabelTemplate,
    Lot,
    PrintCursor,
    Printer,
    PrintJob,
    PrintRule,
    ProductionEvent,
    Shipment,
    StockMove,
)

LEASE = timedelta(seconds=120)
PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=10)
MOST_ATTEMPTS = 12
"""With the pauses between them, a printer may be away for an hour."""
LATE = timedelta(minutes=10)
"""A fact may commit so much later than one with a higher number."""
MOST_COPIES = 50

SUBJECT_OF_TRIGGER: Mapping[str, tuple[str, ...]] = {
    PrintTrigger.RELEASE: (LabelSubject.ORDER,),
    PrintTrigger.REPORT: (LabelSubject.REPORT, LabelSubject.ORDER),
    PrintTrigger.PRODUCED: (LabelSubject.LOT,),
    PrintTrigger.RECEIPT: (LabelSubject.LOT,),
    PrintTrigger.SHIPMENT: (LabelSubject.SHIPMENT,),
}
"""What a template that a rule prints may be about."""


@dataclass(frozen=True, slots=True)
class NotPrinted:
    """It didn't work. ``again``: it may work later."""

    problem: str
    again: bool = True


@transaction.atomic
def request_print(
    *,
    template: LabelTemplate,
    printer: Printer,
    subject: Any,
    by: User | None,
    key: uuid.UUID,
    copies: int = 1,
) -> PrintJob:
    """Put a print into the queue; the same key does it once.

    Raises InvalidInput where the template can't be filled or the number of copies isn't 1 to 50, Refused
    where template or printer is out of use.
    """
    if known := PrintJob.objects.filter(key=key).first():
        return known
    if not 1 <= copies <= MOST_COPIES:
        message = _("1 to %(most)s copies are printed.") % {"most": MOST_COPIES}
        raise InvalidInput([Problem("copies", message, "copies", value=str(copies))])
    if not (template.active and printer.active):
        raise Refused("inactive", _("This template or printer is out of use."))
    content = render(template, subject, plant=printer.plant)
    job = PrintJob.objects.create(
        key=key,
        plant=printer.plant,
        template=template,
        printer=printer,
        subject_id=subject.pk,
        title=title_of(template.subject, subject)[:120],
        copies=copies,
        content=content,
        by=by,
    )
    announce("prints")
    return job


def follow_facts(*, now: datetime) -> int:
    """Ask for what the rules want printed of the facts that came since the last look. Returns how many.

    A new rule begins with what comes after it.
    """
    PrintCursor.objects.filter(rule__active=False).delete()
    rules = PrintRule.objects.filter(active=True, template__active=True, printer__active=True)
    return sum(
        _follow(rule, now=now)
        for rule in rules.select_related("template", "printer", "item", "plant", "cursor").order_by("pk")
    )


@transaction.atomic
def _follow(rule: PrintRule, *, now: datetime) -> int:
    facts = _facts(rule)
    newest = facts.model._default_manager.aggregate(newest=Max("pk"))["newest"] or 0
    cursor = PrintCursor.objects.select_for_update(skip_locked=True).filter(rule=rule).first()
    if cursor is None:
        start = {"settled": newest, "marked": newest, "marked_at": now}
        PrintCursor.objects.get_or_create(rule=rule, defaults=start)
        return 0
    wanted = {f"{rule.trigger}:{fact.pk}": fact for fact in facts.filter(pk__gt=cursor.settled)}
    printed = PrintJob.objects.filter(rule=rule, source__in=list(wanted))
    known = set(printed.values_list("source", flat=True))
    jobs = [
        job
        for source, fact in wanted.items()
        if source not in known and (job := _job(rule, source, fact)) is not None
    ]
    PrintJob.objects.bulk_create(jobs, ignore_conflicts=True)
    if now - cursor.marked_at >= LATE:
        PrintCursor.objects.filter(pk=rule.pk).update(settled=F("marked"), marked=newest, marked_at=now)
    if jobs:
        announce("prints")
    return len(jobs)


def _facts(rule: PrintRule) -> QuerySet[Any]:
    """What sets the rule off, oldest first."""
    match rule.trigger:
        case PrintTrigger.RELEASE:
            rows: QuerySet[Any] = ProductionEvent.objects.filter(kind=EventKind.RELEASED)
            of_item = Q(order__item=rule.item_id)
        case PrintTrigger.REPORT:
            rows = ProductionEvent.objects.filter(kind=EventKind.REPORTED, good__gt=0)
            of_item = Q(order__item=rule.item_id)
        case PrintTrigger.SHIPMENT:
            rows, of_item = Shipment.objects.all(), Q(line__item=rule.item_id)
        case trigger:
            kind = MoveKind.PRODUCED if trigger == PrintTrigger.PRODUCED else MoveKind.RECEIPT
            rows = StockMove.objects.filter(kind=kind, quantity__gt=0).exclude(lot="")
            of_item = Q(item=rule.item_id)
    rows = rows.filter(plant=rule.plant_id).order_by("pk")
    return rows.filter(of_item) if rule.item_id else rows


def _job(rule: PrintRule, source: str, fact: Any) -> PrintJob | None:
    """What is filled in is read when it is printed: here nothing can fail."""
    subject = _subject_of_fact(fact, rule)
    if subject is None:
        return None
    return PrintJob(
        plant_id=rule.plant_id,
        template=rule.template,
        printer=rule.printer,
        subject_id=subject.pk,
        title=title_of(rule.template.subject, subject)[:120],
        copies=rule.copies,
        rule=rule,
        source=source,
    )


def _subject_of_fact(fact: Any, rule: PrintRule) -> Any | None:
    if isinstance(fact, StockMove):
        return Lot.objects.filter(item=fact.item_id, number=fact.lot).first()
    if rule.template.subject == LabelSubject.ORDER:
        return fact.order
    return fact


@transaction.atomic
def claim_prints(*, now: datetime, limit: int = 20) -> list[PrintJob]:
    """Waiting prints of network printers for this worker, also those whose worker died."""
    claimed = list(
        PrintJob.objects.select_for_update(skip_locked=True, of=("self",), no_key=True)
        .select_related("template", "printer__plant")
        .filter(state=PrintState.WAITING, printer__kind=PrinterKind.RAW, next_try_at__lte=now)
        .filter(Q(claimed_until__isnull=True) | Q(claimed_until__lt=now))
        .order_by("next_try_at", "id")[:limit]
    )
    PrintJob.objects.filter(pk__in=[one.pk for one in claimed]).update(
        claimed_until=now + LEASE, attempts=F("attempts") + 1
    )
    for one in claimed:
        one.claimed_until, one.attempts = now + LEASE, one.attempts + 1
    return claimed


def content_of(job: PrintJob) -> bytes | NotPrinted:
    """What is printed, made at the first attempt and kept."""
    if job.content is not None:
        return bytes(job.content)
    subject = subject_of(job.template.subject, job.subject_id)
    if subject is None:
        return NotPrinted(_("What this label is about is no longer there."), again=False)
    try:
        content = render(job.template, subject, plant=job.printer.plant)
    except MesError as wrong:
        return NotPrinted(str(wrong), again=False)
    PrintJob.objects.filter(pk=job.pk).update(content=content)
    return content


@transaction.atomic
def settle_print(*, job: PrintJob, outcome: NotPrinted | None, now: datetime) -> PrintJob | None:
    """Note what became of an attempt: printed, tried again after a pause that doubles, or given up. None when
    another worker or a person was quicker."""
    locked = _lock(job)
    if locked.state != PrintState.WAITING or locked.attempts != job.attempts:
        return None
    if outcome is None:
        locked.state, locked.problem = next_print_state(locked.state, "print"), ""
        locked.printed_at = now
    else:
        locked.problem = outcome.problem[:500] or _("Unknown problem.")
        if outcome.again and locked.attempts < MOST_ATTEMPTS:
            locked.next_try_at = now + pause_after(locked.attempts)
        else:
            locked.state = next_print_state(locked.state, "fail")
    locked.claimed_until = None
    locked.save(update_fields=["state", "problem", "printed_at", "next_try_at", "claimed_until"])
    announce("prints")
    return locked


def pause_after(attempts: int) -> timedelta:
    """How long to wait after so many failed attempts: 5 s, doubled each time, ten minutes at most."""
    doubled: timedelta = PAUSE * 2 ** min(attempts - 1, 20)
    return min(doubled, LONGEST_PAUSE)


@transaction.atomic
def take_print(*, job: PrintJob, by: User) -> bytes:
    """Hand the file of a print to a person; a waiting one counts as printed. Raises Refused where it can't be
    made."""
    locked = _lock(job)
    content = content_of(locked)
    if isinstance(content, NotPrinted):
        raise Refused("not_printed", content.problem)
    if locked.state == PrintState.WAITING and locked.printer.kind == PrinterKind.DOWNLOAD:
        locked.state, locked.printed_at = next_print_state(locked.state, "print"), timezone.now()
        locked.by = locked.by or by
        locked.save(update_fields=["state", "printed_at", "by"])
        announce("prints")
    return content


@transaction.atomic
def print_again(*, job: PrintJob, by: User) -> PrintJob:
    """Put a print that failed back into the queue. Raises Refused for another state."""
    locked = _lock(job)
    locked.state = next_print_state(locked.state, "try_again")
    locked.attempts, locked.next_try_at, locked.claimed_until = 0, timezone.now(), None
    locked.by = by
    locked.save(update_fields=["state", "attempts", "next_try_at", "claimed_until", "by"])
    announce("prints")
    return locked


@transaction.atomic
def cancel_print(*, job: PrintJob, by: User) -> PrintJob:
    """Take a print off the queue. Raises Refused for one that is printed."""
    locked = _lock(job)
    locked.state = next_print_state(locked.state, "cancel")
    locked.by = by
    locked.save(update_fields=["state", "by"])
    announce("prints")
    return locked


def file_name(job: PrintJob) -> str:
    ending = "zpl" if job.template.format == LabelFormat.ZPL else "pdf"
    plain = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in job.title)
    return f"{job.template.code}-{plain}.{ending}"


def check_rule(*, plant: Plant, trigger: str, template: LabelTemplate, printer: Printer) -> None:
    """Raise InvalidInput for a rule whose parts don't fit together."""
    if template.subject not in SUBJECT_OF_TRIGGER.get(trigger, ()):
        message = _("This template isn't about what happens then.")
        raise InvalidInput([Problem("wrong_subject", message, "template")])
    if printer.plant_id != plant.pk:
        raise InvalidInput([Problem("wrong_plant", _("This printer stands in another plant."), "printer")])


def _lock(job: PrintJob) -> PrintJob:
    try:
        return (
            PrintJob.objects.select_for_update(of=("self",), no_key=True)
            .select_related("template", "printer__plant")
            .get(pk=job.pk)
        )
    except PrintJob.DoesNotExist:
        raise NotFound("unknown_print", "There is no such print.") from None
