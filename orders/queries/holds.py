"""Open holds, and who releases them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db.models import QuerySet

from mes.accounts.models import User
from mes.accounts.roles import Role
from orders.models import Hold, HoldPolicy

MOST_NAMED = 5


def policies_of(holds: Iterable[Hold]) -> dict[int, HoldPolicy]:
    """The rule of each hold by its id, one query; holds come with order and machine. A plant's default is
    unsaved."""
    listed = list(holds)
    if not listed:
        return {}
    known = {
        (policy.plant_id, policy.kind): policy
        for policy in HoldPolicy.objects.filter(plant__in={hold.plant_id_of_target for hold in listed})
    }
    return {
        hold.pk: known.get((hold.plant_id_of_target, hold.kind))
        or HoldPolicy(plant_id=hold.plant_id_of_target, kind=hold.kind)
        for hold in listed
    }


def policy_of(hold: Hold) -> HoldPolicy:
    return policies_of([hold])[hold.pk]


def policy_for(plant: int, kind: str) -> HoldPolicy:
    """The rule of a kind of hold in a plant; its default is unsaved."""
    found = HoldPolicy.objects.filter(plant=plant, kind=kind).first()
    return found or HoldPolicy(plant_id=plant, kind=kind)


def releasers_of(policies: Mapping[int, HoldPolicy]) -> dict[int, str]:
    """Who may release, by the same numbers: names of people, the roles where nobody has one of them.

    Administrators are named only where the rule names no other role. One query, none without policies.
    """
    if not policies:
        return {}
    roles = {role for policy in policies.values() for role in policy.who}
    people = list(
        User.objects.filter(is_active=True, roles__overlap=list(roles)).order_by(
            "last_name", "first_name", "pk"
        )
    )
    return {number: _named(policy, people) for number, policy in policies.items()}


def releasers(policy: HoldPolicy) -> str:
    """Who may release by one rule."""
    return releasers_of({0: policy})[0]


def open_holds() -> QuerySet[Hold]:
    """All open holds, oldest first, with what they lie on."""
    return (
        Hold.objects.filter(lifted_at__isnull=True)
        .select_related(
            "order__item", "order__plant", "operation", "machine", "item", "plant", "placed_by", "asked_by"
        )
        .order_by("placed_at", "pk")
    )


def _named(policy: HoldPolicy, people: Iterable[User]) -> str:
    wanted = {role for role in policy.who if role != Role.ADMIN} or set(policy.who)
    names = [str(person) for person in people if not wanted.isdisjoint(person.roles)]
    if not names:
        return ", ".join(policy.who)
    return ", ".join(names[:MOST_NAMED]) + (" …" if len(names) > MOST_NAMED else "")
