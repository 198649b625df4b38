"""What operations need besides a machine: one tool, and one of the people who can do it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q

from machines.models import Machine, Tool
from mes.accounts.models import Skill
from orders.models import Operation
from orders.planning.engine.shop import Shared


@dataclass(frozen=True, slots=True)
class Sharing:
    """``tools``/``skills``: index in ``shared`` by id. ``machines``: where a tool fits; a tool that isn't in
    it fits everywhere."""

    shared: tuple[Shared, ...]
    tools: dict[int, int]
    skills: dict[int, int]
    machines: dict[int, set[int]]

    def joined(self, other: Sharing) -> Sharing:
        """With what only the other one has, at the end."""
        if not other.shared:
            return self
        shared, tools, skills = [*self.shared], {**self.tools}, {**self.skills}
        for mine, theirs in ((tools, other.tools), (skills, other.skills)):
            for key, index in theirs.items():
                if key not in mine:
                    mine[key] = len(shared)
                    shared.append(other.shared[index])
        return Sharing(tuple(shared), tools, skills, {**other.machines, **self.machines})

    def needs(self, operation: Operation) -> tuple[int, ...]:
        if not self.shared:
            return ()
        found = (self.tools.get(operation.tool_id or 0), self.skills.get(operation.skill_id or 0))
        return tuple(index for index in found if index is not None)

    def fits(self, operation: Operation, machine: Machine) -> bool:
        able = self.machines.get(operation.tool_id or 0)
        return able is None or machine.pk in able


def sharing_of(opened: Iterable[Operation]) -> Sharing:
    """What these operations share. A tool is there once. A skill that nobody has on record
    holds nothing up: who can do what isn't kept then."""
    needed = {(one.tool_id, one.skill_id) for one in opened}
    tools = Tool.objects.filter(pk__in={tool for tool, _ in needed if tool}).order_by("code")
    people = Count("people", filter=Q(people__is_active=True))
    skills = (
        Skill.objects.filter(pk__in={skill for _, skill in needed if skill})
        .annotate(able=people)
        .filter(able__gt=0)
        .order_by("code")
    )
    shared: list[Shared] = []
    index_of: tuple[dict[int, int], dict[int, int]] = ({}, {})
    for tool in tools:
        index_of[0][tool.pk] = len(shared)
        shared.append(Shared(tool.code))
    for skill in skills:
        index_of[1][skill.pk] = len(shared)
        shared.append(Shared(skill.code, skill.able))
    machines: dict[int, set[int]] = defaultdict(set)
    for tool_id, machine in Tool.machines.through.objects.filter(tool__in=index_of[0]).values_list(
        "tool_id", "machine_id"
    ):
        machines[tool_id].add(machine)
    return Sharing(tuple(shared), *index_of, dict(machines))
