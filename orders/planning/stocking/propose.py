"""Looking at every rule of a plant: its outlook, and a proposal where something is to be ordered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from machines.models import Plant
from machines.queries.catching_up import told_until
from mes.lib.live import announce
from mes.lib.tracking import changes_by_command
from orders.domain.available import today_in
from orders.enums import ForecastOrigin, ProposalState
from orders.models import ReplenishmentProposal, StockingRule, StockOutlook
from orders.planning.engine.uncertainty import Pool
from orders.planning.forecast.calendar import week_of
from orders.planning.profiles.pools import Estimate, Sample
from orders.planning.profiles.tree import Path, Tree
from orders.planning.stocking.histories import histories_of
from orders.planning.stocking.outlook import Known, Outlook, outlook_of
from orders.queries.demand import wanted_now
from orders.queries.demand_forecasts import forecasts_in_force
from orders.queries.supply import OnHand, Took, coming, made_here, on_hand, replenishment_times, room_of

REJECTED_HOLDS = timedelta(days=7)
"""So long, nothing is proposed again after somebody said no."""
AGEING = 0.25
"""A replenishment time ages so much slower than a run time: it counts half after half a year."""


@dataclass(frozen=True, slots=True)
class Looked:
    """How many rules were looked at, and how many proposals were made, changed and withdrawn."""

    rules: int = 0
    made: int = 0
    changed: int = 0
    withdrawn: int = 0


def propose_everywhere(*, now: datetime) -> int:
    """Look at every plant that keeps stock, but for those whose machines still tell their past. Returns how
    many rules that were."""
    plants = Plant.objects.filter(pk__in=StockingRule.objects.filter(active=True).values("plant"))
    present = (plant for plant in plants.order_by("pk") if told_until(plant, now=now) is None)
    return sum(propose(plant, now=now).rules for plant in present)


@transaction.atomic
def propose(plant: Plant, *, now: datetime) -> Looked:
    """Compute every rule's outlook and bring open proposals up to date. Nothing is ordered. A constant number
    of queries beside one for each proposal that changed."""
    Plant.objects.select_for_update(no_key=True).get(pk=plant.pk)
    rules = list(
        StockingRule.objects.filter(plant=plant, active=True)
        .select_related("item__unit", "item__setup_family", "place")
        .order_by("item__code")
    )
    known = known_of(plant, rules, now=now)
    outlooks = [(one, outlook_of(one)) for one in known]
    _keep(outlooks, now=now)
    looked = _bring_up_to_date(plant, outlooks, now=now)
    StockOutlook.objects.filter(rule__plant=plant).exclude(rule__in=rules).delete()
    announce(f"replenishment:{plant.pk}")
    return looked


def known_of(plant: Plant, rules: Sequence[StockingRule], *, now: datetime) -> list[Known]:
    """Of each rule, in their order."""
    today = today_in(plant)
    items = [rule.item_id for rule in rules]
    histories = histories_of(plant, rules, until=week_of(today))
    stock = on_hand(plant, items, today=today)
    receipts = coming(plant, items, today=today)
    wanted = wanted_now(plant, items, today=today)
    said = forecasts_in_force(plant, items)
    made = made_here(plant, items)
    room = room_of(plant, [rule.place for rule in rules if rule.place is not None])
    took = replenishment_times(plant, now=now)
    leads = {bought: lead_tree([one for one in took if one.bought is bought]) for bought in (False, True)}
    return [
        Known(
            rule=rule,
            history=histories.by_item[rule.item_id],
            likes=histories.likes,
            lead=lead_of(leads[rule.item_id not in made], rule, bought=rule.item_id not in made),
            bought=rule.item_id not in made,
            stock=stock.get(rule.item_id, OnHand()),
            coming=receipts.get(rule.item_id, ()),
            wanted=wanted.get(rule.item_id, ()),
            room=room.get(rule.place_id) if rule.place_id else None,
            today=today,
            own=said.get((ForecastOrigin.OWN, rule.item_id)),
            imported=said.get((ForecastOrigin.IMPORTED, rule.item_id)),
        )
        for rule in rules
    ]


def lead_tree(took: Sequence[Took]) -> Tree:
    """Replenishment times in days: of the plant's items, of the family or supplier, of the item. What is made
    tells nothing of what is bought: each has a tree of its own."""
    return Tree(
        (_path(one.bought, one.like, one.item), Sample(one.days, one.going, one.age * AGEING)) for one in took
    )


def lead_of(tree: Tree, rule: StockingRule, *, bought: bool) -> Estimate:
    """What is to be expected of the next replenishment; the rule's assumption where nothing was measured."""
    family = rule.item.setup_family.code if rule.item.setup_family else ""
    found = tree.of(_path(bought, rule.supplier if bought else family, rule.item_id))
    measured = found.level > 0 and any(not one.censored for one in tree.samples((bought,)))
    if measured:
        return found
    return Estimate(Pool((float(rule.assumed_days),), (1.0,), 0), level=-1)


def _path(bought: bool, like: str, item: int) -> Path:
    return (bought, like, item)


def _keep(outlooks: Sequence[tuple[Known, Outlook]], *, now: datetime) -> None:
    StockOutlook.objects.bulk_create(
        [
            StockOutlook(
                rule=known.rule,
                made_at=now,
                forecast=known.version,
                reorder_point=found.point,
                position=found.position,
                figures=found.figures,
                weeks=found.weeks,
                warnings=found.warnings,
            )
            for known, found in outlooks
        ],
        update_conflicts=True,
        unique_fields=["rule"],
        update_fields=["made_at", "forecast", "reorder_point", "position", "figures", "weeks", "warnings"],
        batch_size=500,
    )


def _bring_up_to_date(plant: Plant, outlooks: Sequence[tuple[Known, Outlook]], *, now: datetime) -> Looked:
    open_ones = {
        one.rule_id: one
        for one in ReplenishmentProposal.objects.select_for_update().filter(
            rule__plant=plant, state=ProposalState.OPEN
        )
    }
    refused = set(
        ReplenishmentProposal.objects.filter(
            rule__plant=plant, state=ProposalState.REJECTED, decided_at__gte=now - REJECTED_HOLDS
        ).values_list("rule", flat=True)
    )
    made, changed, withdrawn = [], 0, []
    with changes_by_command("propose_replenishment"):
        for known, found in outlooks:
            rule = known.rule
            proposal = open_ones.pop(rule.pk, None)
            if found.quantity <= 0:
                withdrawn += [proposal.pk] if proposal is not None else []
            elif proposal is None and rule.pk not in refused:
                made.append(
                    ReplenishmentProposal(
                        rule=rule,
                        bought=bool(found.figures["bought"]),
                        quantity=found.quantity,
                        needed_on=found.needed_on,
                        figures=found.figures,
                        made_at=now,
                    )
                )
            elif proposal is not None and (
                (proposal.quantity, proposal.needed_on) != (found.quantity, found.needed_on)
            ):
                proposal.quantity, proposal.needed_on = found.quantity, found.needed_on
                proposal.figures = found.figures
                proposal.save(update_fields=["quantity", "needed_on", "figures"])
                changed += 1
        withdrawn += [one.pk for one in open_ones.values()]
        ReplenishmentProposal.objects.bulk_create(made)
        if withdrawn:
            ReplenishmentProposal.objects.filter(pk__in=withdrawn).update(state=ProposalState.WITHDRAWN)
    return Looked(len(outlooks), len(made), changed, len(withdrawn))
