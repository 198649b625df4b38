"""Whom the demo's machines call, and the machine codes whose meaning is known already."""

from __future__ import annotations

from datetime import UTC, datetime

from machines.models import AlarmMapping, AndonKind, AndonStep, Machine, MachineGroup, Plant, StopReason
from mes.accounts.roles import Role
from mes.runtime.demo_plant.rows import add_missing

# code, English, German, icon -> who is told after how many minutes
KINDS: tuple[tuple[tuple[str, str, str, str], tuple[tuple[int, Role], ...]], ...] = (
    (("MATERIAL", "Material", "Material", "box-seam"), ((0, Role.SUPERVISOR), (15, Role.PLANNER))),
    (
        ("MAINTENANCE", "Maintenance", "Instandhaltung", "tools"),
        ((0, Role.ENGINEER), (10, Role.SUPERVISOR), (30, Role.ADMIN)),
    ),
    (("QUALITY", "Quality", "Qualität", "clipboard-check"), ((0, Role.QUALITY), (15, Role.SUPERVISOR))),
    (
        ("SUPERVISOR", "Supervisor", "Schichtleitung", "person-raised-hand"),
        ((0, Role.SUPERVISOR), (20, Role.ADMIN)),
    ),
)
# machine code, machine group ("": all), stop reason; the other codes of the park wait for somebody's decision
CODES = (("E12", "", "FAULT-ELEC"), ("E13", "", "FAULT-ELEC"), ("E19", "PRESS", "FAULT-HYDR"))
SINCE = datetime(2020, 1, 1, tzinfo=UTC)
CALLS_BY_ITSELF = ("PRESS-1", "SUPERVISOR", 45)


def load_help(plant: Plant) -> None:
    """Add kinds of calls, escalation steps and code mappings that are missing."""
    first_time = not AndonKind.objects.filter(plant=plant).exists()
    kinds = add_missing(
        AndonKind,
        [
            {
                "plant": plant,
                "code": code,
                "name_en": english,
                "name_de": german,
                "icon": icon,
                "position": position,
            }
            for position, ((code, english, german, icon), _steps) in enumerate(KINDS, 1)
        ],
        by=("plant", "code"),
    )
    add_missing(
        AndonStep,
        [
            {"kind": kinds[plant.pk, code], "after_minutes": minutes, "role": role.value}
            for (code, *_names), steps in KINDS
            for minutes, role in steps
        ],
        by=("kind", "after_minutes", "role"),
    )
    groups = {group.code: group for group in MachineGroup.objects.filter(plant=plant)}
    reasons = {reason.code: reason for reason in StopReason.objects.filter(plant=plant)}
    add_missing(
        AlarmMapping,
        [
            {
                "plant": plant,
                "pattern": pattern,
                "group": groups.get(group),
                "reason": reasons[reason],
                "valid_from": SINCE,
            }
            for pattern, group, reason in CODES
        ],
        by=("plant", "pattern"),
    )
    if first_time:
        code, kind, minutes = CALLS_BY_ITSELF
        Machine.objects.filter(code=code).update(
            andon_kind=kinds[plant.pk, kind], andon_after_minutes=minutes
        )
