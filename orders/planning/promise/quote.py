"""Quoting a date with its confidence, keeping the quote, computing it again, and accepting it."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from machines.domain.calendars.load import load_calendars
from machines.models import Machine, Plant
from mes.accounts.models import User
from mes.lib.collecting import uncollected
from mes.lib.errors import InvalidInput, KeyReused, MesError, Problem, Refused
from mes.lib.live import announce
from mes.lib.spans import Span
from orders.domain.events import body_hash
from orders.domain.locking import lock_order
from orders.domain.numbering import ORDERS, take_numbers
from orders.enums import PromiseSource
from orders.models import Customer, Item, Operation, ProductionOrder, Promise, Quote
from orders.planning.promise.ahead import Played, facts_of, played_on
from orders.planning.promise.collect import record_of
from orders.planning.promise.ensemble import (
    CAUSES,
    answer_of,
    causes_of,
    earlier_by,
    laid,
    unforeseen_by,
)
from orders.planning.promise.inputs import hash_of, packed, unpacked
from orders.planning.promise.levels import WANTED, Levels, at_level
from orders.planning.promise.record import Record
from orders.planning.promise.scene import Scene, asked_order, scene_on
from orders.planning.stand import stand, with_order
from orders.planning.standing_cache import standing_now
from orders.queries.material import Needed, material_for, material_of
from orders.queries.orders import OPEN_STATES

FUTURES = 1000
HOLDS = timedelta(days=7)
"""A quote that is older can't be accepted: the plant it was computed in is gone."""
MOST_PIECES = Decimal(10_000_000)
ASSUMED_AVAILABILITY = 0.85
"""What planning takes for granted that doesn't measure."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """What is asked: an open order, or an item and a quantity with options and wanted date."""

    plant: Plant
    item: Item
    quantity: Decimal
    options: dict[str, str]
    customer: Customer | None = None
    requested_at: datetime | None = None
    order: ProductionOrder | None = None


def of_order(order: ProductionOrder) -> Configuration:
    """Raises Refused unless the order is open."""
    if order.state not in OPEN_STATES:
        raise Refused("wrong_state", _("Only an open order can be quoted."))
    line = order.customer_line
    return Configuration(
        plant=order.plant,
        item=order.item,
        quantity=order.quantity,
        options={},
        customer=line.order.customer if line is not None else None,
        requested_at=order.requested_at,
        order=order,
    )


def preview_quote(asked: Configuration, *, key: uuid.UUID, now: datetime | None = None) -> Quote:
    """The quote that this key would make, unsaved and without causes: the same dates, unless something
    changes in between. Raises as :func:`make_quote`."""
    return _computed(asked, key=key, now=now, explain=False)


@transaction.atomic
def make_quote(
    *, asked: Configuration, by: User | None, key: uuid.UUID, via: str = "", now: datetime | None = None
) -> Quote:
    """Compute and keep. The same key gives the same quote. Raises InvalidInput for a configuration that makes
    no sense, Refused for what nobody can make, KeyReused."""
    body = body_hash(
        {
            "command": "quote",
            "plant": asked.plant.pk,
            "item": asked.item.pk,
            "quantity": str(asked.quantity),
            "options": asked.options,
            "customer": asked.customer.pk if asked.customer else None,
            "requested": asked.requested_at.isoformat() if asked.requested_at else None,
            "order": asked.order.pk if asked.order else None,
        }
    )
    known = Quote.objects.filter(key=key).first()
    if known is not None:
        if known.body_hash != body:
            raise KeyReused("key_reused", _("This key was used for another quote."))
        known.replayed = True
        return known
    quote = _computed(asked, key=key, now=now, explain=True)
    quote.key, quote.body_hash, quote.by, quote.via = key, body, by, via
    quote.save(force_insert=True)
    return quote


def _computed(asked: Configuration, *, key: uuid.UUID, now: datetime | None, explain: bool) -> Quote:
    moment = (now or timezone.now()).replace(microsecond=0)
    check_configuration(asked, now=moment)
    played = _played(asked, seed=key.int % 2_147_483_647, now=now)
    scene, problem, answer = played.scene, played.problem, played.answer
    levels = _levels(record_of(asked.plant, before=moment), asked)
    operations = [
        operation
        for task, operation in zip(scene.shop.tasks, scene.loaded.operations, strict=False)
        if task.job == problem.job
    ]
    # Nobody computes a look ahead again.
    inputs = packed(problem) if explain else b""
    raw = [scene.moment(at_level(answer.grid, wanted)) for wanted in WANTED]
    said = [scene.moment(at_level(answer.grid, used)) for used in levels.used]
    return Quote(
        plant=asked.plant,
        item=asked.item,
        quantity=asked.quantity,
        unit_id=asked.item.unit_id,
        options=asked.options,
        customer=asked.customer,
        order=asked.order,
        requested_at=asked.requested_at,
        made_at=moment,
        zero_at=scene.zero,
        plan_number=scene.plan_number,
        futures=problem.futures,
        seed=problem.seed,
        inputs=inputs,
        inputs_hash=hash_of(inputs) if explain else "",
        grid=list(answer.grid),
        levels=list(levels.used),
        record_of=levels.basis,
        record_count=levels.count,
        raw_p50_at=raw[0],
        raw_p80_at=raw[1],
        raw_p95_at=raw[2],
        p50_at=said[0],
        p80_at=said[1],
        p95_at=said[2],
        certain_at=scene.moment(answer.certain),
        old_style_at=_old_style(operations, moment),
        bottleneck=_resource(scene, answer.bottleneck),
        waits_seconds=answer.waits,
        material=[one.as_json() for one in _material(asked)],
        **(_explained(played, levels) if explain else {}),
    )


def _played(asked: Configuration, *, seed: int, now: datetime | None) -> Played:
    """Its futures: those of a look ahead on the plant as it still stands, if there are any. ``now``: of a
    history that is told again. Raises Refused."""
    only_asked = (
        None
        if asked.order is not None
        else asked_order(asked.plant, asked.item, asked.quantity, asked.requested_at)
    )
    standing = standing_now(asked.plant) if now is None else stand(asked.plant, now=now)

    def play() -> Played:
        with uncollected():
            scene = scene_on(standing if only_asked is None else with_order(standing, only_asked))
            problem = scene.problem(_job_of(scene, asked.order), futures=FUTURES, seed=seed)
            on = laid(problem, scene.arrays)
            answer = answer_of(problem, on)
        if answer is None:
            raise Refused("no_end", _("It doesn't end within the shifts of the next half year."))
        return Played(scene, problem, on, answer)

    facts = (asked.order and asked.order.pk, *(facts_of(only_asked) if only_asked else ()))
    return played_on(standing, (asked.plant.pk, seed, *facts), play)


def check_configuration(asked: Configuration, *, now: datetime) -> None:
    """Raises InvalidInput, naming what is wrong."""
    problems = []
    if not 0 < asked.quantity <= MOST_PIECES:
        problems.append(
            Problem("not_positive", _("The quantity must be positive, and at most 10 million."), "quantity")
        )
    if (
        asked.requested_at is not None
        and asked.order is None
        and asked.requested_at < now - timedelta(days=1)
    ):
        problems.append(Problem("past", _("The requested date is over."), "requested"))
    if problems:
        raise InvalidInput(problems)


def _job_of(scene: Scene, order: ProductionOrder | None) -> int:
    """The order's job, or that of what is asked: the last one that is no planner's pin."""
    if order is None:
        job = len(scene.loaded.orders) - 1
    else:
        pks = [one.pk for one in scene.loaded.orders]
        if order.pk not in pks:
            raise Refused("nothing_left", _("Nothing of this order is left to be done."))
        job = pks.index(order.pk)
    if job in scene.troubles:
        code, operation = scene.troubles[job]
        raise Refused(code, trouble_sentence(code) % operation, field="item")
    return job


def trouble_sentence(code: str) -> str:
    said = {
        "no_machine": _("Operation %s: no active machine can do it."),
        "no_shift": _("Operation %s: none of its machines works in the next half year."),
        "fits_no_shift": _("Operation %s is longer than all shifts of the next half year."),
        "absurd_time": _("Operation %s: its times are negative or over ten years."),
    }
    return said.get(code, _("Operation %s can't be planned."))


def _levels(record: Record, asked: Configuration) -> Levels:
    return record.levels(item=asked.item.pk, customer=asked.customer.pk if asked.customer else None)


def _explained(played: Played, levels: Levels) -> dict[str, Any]:
    scene, problem, on, answer = played.scene, played.problem, played.on, played.answer
    causes = [*causes_of(problem, answer, on), *unforeseen_by(answer.grid, levels)]
    causes.sort(key=lambda one: -one.share)
    return {
        "causes": [
            {
                "kind": cause.kind,
                "machine": _resource(scene, cause.resource),
                "percent": round(100 * cause.share),
            }
            for cause in causes[:CAUSES]
        ],
        "earlier": [
            {"kind": one.kind, "machine": _resource(scene, one.resource), "seconds": one.seconds}
            for one in earlier_by(problem, answer, levels, on)
        ],
    }


def _resource(scene: Scene, resource: int) -> str:
    return scene.shop.resources[resource].code if resource >= 0 else ""


def _material(asked: Configuration) -> list[Needed]:
    if asked.order is not None and asked.order.components.exists():
        return material_of(asked.order)
    return material_for(asked.plant, asked.item, asked.quantity)


def _old_style(operations: list[Operation], now: datetime) -> datetime | None:
    """Planned times of what is left, over the assumed availability, in the shifts of each group's first
    machine: nothing waits, nothing is measured."""
    groups = {operation.machine_group_id for operation in operations}
    first: dict[int, Machine] = {}
    for machine in Machine.objects.filter(group__in=groups, active=True).order_by("code"):
        first.setdefault(machine.group_id, machine)
    calendars = load_calendars(
        [machine.pk for machine in first.values()], Span(now, now + timedelta(days=180))
    )
    moment = now
    for operation in operations:
        left = operation.open_quantity * operation.seconds_per_piece + operation.setup_seconds
        need = timedelta(seconds=float(left) / ASSUMED_AVAILABILITY)
        chosen = first.get(operation.machine_group_id)
        calendar = calendars.get(chosen.pk) if chosen is not None and not operation.outside else None
        try:
            moment = calendar.add_working_time(moment, need) if calendar else moment + need
        except MesError:
            return None
    return moment.replace(microsecond=0)


def computed_again(quote: Quote) -> tuple[list[int], list[datetime]]:
    """Grid and dates (raw 50, 80, 95 %, then as quoted) from nothing but the quote's own inputs."""
    problem = unpacked(bytes(quote.inputs))
    answer = answer_of(problem, laid(problem))
    if answer is None:
        return [], []
    levels = (*WANTED, *quote.levels)
    dates = [quote.zero_at + timedelta(seconds=at_level(answer.grid, level)) for level in levels]
    return list(answer.grid), dates


def is_reproducible(quote: Quote) -> bool:
    """Whether its inputs are what was hashed, and give the same ends and dates to the last second."""
    grid, dates = computed_again(quote)
    said = [
        quote.raw_p50_at,
        quote.raw_p80_at,
        quote.raw_p95_at,
        quote.p50_at,
        quote.p80_at,
        quote.p95_at,
    ]
    return hash_of(bytes(quote.inputs)) == quote.inputs_hash and grid == quote.grid and dates == said


def date_of(quote: Quote, percent: int) -> datetime:
    """Raises InvalidInput for anything but 50, 80 and 95."""
    dates = {50: quote.p50_at, 80: quote.p80_at, 95: quote.p95_at}
    if percent not in dates:
        raise InvalidInput(
            [Problem("unknown_level", _("Promise the date of 50, 80 or 95 %."), "confidence_percent")]
        )
    return dates[percent]


def check_acceptable(quote: Quote, *, now: datetime | None = None) -> None:
    """Raises Refused with the reason why this quote can't become a promise."""
    if Promise.objects.filter(quote=quote).exists():
        raise Refused("accepted", _("This quote was accepted before."))
    if (now or timezone.now()) > quote.made_at + HOLDS:
        raise Refused("too_old", _("This quote is older than a week. Ask again."))
    if quote.order is not None and quote.order.state not in OPEN_STATES:
        raise Refused("wrong_state", _("The order isn't open any more."))


def check_told_again(at: datetime | None) -> None:
    """Raises Refused for a moment of the past where no history is told again."""
    if at is not None and not settings.HISTORY_IS_REPLAYED:
        raise Refused("not_replayed", _("A date is quoted now. The past can't be asked for."), field="at")


def can_accept(quote: Quote) -> bool:
    try:
        check_acceptable(quote)
    except Refused:
        return False
    return True


@transaction.atomic
def accept_quote(
    *, quote: Quote, percent: int, by: User | None, key: uuid.UUID, now: datetime | None = None
) -> Promise:
    """Freeze the date of that confidence as a promise: of its order, or of the order that is made for it.
    ``now``: of a history that is told again. Raises Refused (see :func:`check_acceptable`), InvalidInput,
    KeyReused."""
    known = Promise.objects.filter(key=key).first()
    if known is not None:
        if known.quote_id != quote.pk or known.confidence_percent != percent:
            raise KeyReused("key_reused", _("This key was used for another promise."))
        known.replayed = True
        return known
    date = date_of(quote, percent)
    Plant.objects.select_for_update(no_key=True).get(pk=quote.plant_id)
    check_acceptable(quote, now=now)
    order = lock_order(quote.order_id) if quote.order_id is not None else _made_order(quote)
    promise = Promise(
        key=key,
        quote=quote,
        promised_at=date,
        confidence_percent=percent,
        source=PromiseSource.QUOTE,
        by=by,
        made_at=now or timezone.now(),
    )
    return keep_promise(promise, order)


def keep_promise(promise: Promise, order: ProductionOrder) -> Promise:
    """Save the promise as the order's next version, which becomes its promised date."""
    last = order.promises.order_by("-version").first()
    promise.order, promise.version = order, last.version + 1 if last is not None else 1
    promise.save(force_insert=True)
    if order.promised_at != promise.promised_at:
        order.promised_at = promise.promised_at
        order.save(update_fields=["promised_at"])
    announce(f"order:{order.pk}")
    return promise


def _made_order(quote: Quote) -> ProductionOrder:
    """A planned order for what was quoted; released by people, like any other."""
    [number] = take_numbers(ORDERS, 1)
    return ProductionOrder.objects.create(
        plant_id=quote.plant_id,
        number=number,
        item_id=quote.item_id,
        quantity=quote.quantity,
        unit_id=quote.unit_id,
        strategy=quote.item.strategy,
        requested_at=quote.requested_at,
        erp_raw={"options": quote.options} if quote.options else {},
    )
