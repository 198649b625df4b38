"""The demo's people, their roles and log-ins: one table for loader, greeting and simulator."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.hashers import make_password

from mes.accounts.models import Skill, User, keyed_hash
from mes.accounts.roles import RIGHTS, Right, Role
from mes.runtime.demo_plant.rows import add_missing

SKILLS = {
    "forging": "Forging",
    "moulding": "Injection moulding",
    "cnc": "CNC machining",
    "heat": "Heat treatment",
    "assembly": "Assembly",
    "measuring": "Measuring",
}


@dataclass(frozen=True, slots=True)
class LogIn:
    """One person. Office people use user name and password, everybody may use badge or PIN at a terminal."""

    username: str
    name: str
    role: Role
    number: str
    skills: tuple[str, ...] = ()
    language: str = "en"

    @property
    def password(self) -> str:
        return f"demo-{self.username}"

    @property
    def badge(self) -> str:
        return f"B{self.number}"

    @property
    def pin(self) -> str:
        return self.number


LOG_INS: tuple[LogIn, ...] = (
    LogIn("operator1", "Operator One", Role.OPERATOR, "1001", ("forging", "heat")),
    LogIn("operator2", "Operator Two", Role.OPERATOR, "1002", ("forging", "moulding")),
    LogIn("operator3", "Operator Three", Role.OPERATOR, "1003", ("moulding",)),
    LogIn("operator4", "Operator Four", Role.OPERATOR, "1004", ("cnc", "heat")),
    LogIn("operator5", "Operator Five", Role.OPERATOR, "1005", ("cnc", "measuring")),
    LogIn("operator6", "Operator Six", Role.OPERATOR, "1006", ("assembly",), "de"),
    LogIn("operator7", "Operator Seven", Role.OPERATOR, "1007", ("assembly", "measuring"), "de"),
    LogIn("supervisor", "Supervisor One", Role.SUPERVISOR, "2001", ("forging", "cnc", "assembly")),
    LogIn("planner", "Planner One", Role.PLANNER, "3001"),
    LogIn("quality", "Quality One", Role.QUALITY, "4001", ("measuring",)),
    LogIn("engineer", "Engineer One", Role.ENGINEER, "5001", ("cnc",)),
    LogIn("admin", "Admin One", Role.ADMIN, "9001"),
)


def load_people() -> None:
    """Add the people who are missing.

    Badges are hashed with the installation's secret. With a database that outlives the secret the hashes of
    the demo's people are made anew, so that their badges stay valid.
    """
    skills = add_missing(Skill, [{"code": code, "name": name} for code, name in SKILLS.items()], by=("code",))
    known = dict(User.objects.values_list("username", "badge_hash"))
    new = [log_in for log_in in LOG_INS if log_in.username not in known]
    people = User.objects.bulk_create([_person(log_in) for log_in in new])
    through = User.skills.through
    through.objects.bulk_create(
        [
            through(user_id=person.pk, skill_id=skills[code].pk)
            for log_in, person in zip(new, people, strict=True)
            for code in log_in.skills
        ]
    )
    for log_in in LOG_INS:
        badge = keyed_hash(log_in.badge)
        if known.get(log_in.username, badge) != badge:
            User.objects.filter(username=log_in.username).update(badge_hash=badge)


def _person(log_in: LogIn) -> User:
    first, last = log_in.name.split()
    rights = RIGHTS[log_in.role]
    return User(
        username=log_in.username,
        first_name=first,
        last_name=last,
        roles=[log_in.role.value],
        is_staff=Right.MASTER_DATA in rights or Right.ADMINISTER in rights,
        personnel_number=log_in.number,
        password=make_password(log_in.password),
        badge_hash=keyed_hash(log_in.badge),
        pin_hash=make_password(log_in.pin),
        language=log_in.language,
    )
