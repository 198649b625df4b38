"""Roles and what each may do: the one table that pages, API and commands ask.

A right is a word; a role is a set of rights. Roles are rows (groups of the user), rights are code.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _


class Right(StrEnum):
    VIEW = "view"
    OPERATE = "operate"
    CORRECT = "correct"
    RELEASE = "release"
    PLAN = "plan"
    COSTS = "costs"
    INSPECT = "inspect"
    MASTER_DATA = "master_data"
    MESSAGES = "messages"
    ADMINISTER = "administer"
    SEND_PROGRAMS = "send_programs"
    SEND_ORDERS = "send_orders"
    PULL_CONFIRMATIONS = "pull_confirmations"
    SEND_SAMPLES = "send_samples"


class MessageType(StrEnum):
    """What partners exchange with us, as far as an API key may be kept to some of it."""

    PRODUCTION_ORDERS = "production_orders"
    CUSTOMER_ORDERS = "customer_orders"
    MASTER_DATA = "master_data"
    CONFIRMATIONS = "confirmations"
    TOTALS = "totals"
    OPERATION_COMMANDS = "operation_commands"
    INSPECTIONS = "inspections"
    MACHINES = "machines"
    ANDON = "andon"
    PLANS = "plans"
    FORECASTS = "forecasts"
    PURCHASES = "purchases"
    SAMPLES = "samples"


class Role(StrEnum):
    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    PLANNER = "planner"
    QUALITY = "quality"
    ENGINEER = "engineer"
    ADMIN = "admin"
    ERP = "erp"
    GATEWAY = "gateway"
    TERMINAL = "terminal"


RIGHTS: dict[Role, frozenset[Right]] = {
    Role.OPERATOR: frozenset({Right.VIEW, Right.OPERATE}),
    Role.SUPERVISOR: frozenset(
        {Right.VIEW, Right.OPERATE, Right.CORRECT, Right.RELEASE, Right.MESSAGES, Right.SEND_PROGRAMS}
    ),
    Role.PLANNER: frozenset({Right.VIEW, Right.RELEASE, Right.PLAN, Right.COSTS, Right.MESSAGES}),
    Role.QUALITY: frozenset({Right.VIEW, Right.INSPECT, Right.CORRECT}),
    Role.ENGINEER: frozenset(
        {Right.VIEW, Right.MASTER_DATA, Right.RELEASE, Right.MESSAGES, Right.SEND_PROGRAMS}
    ),
    Role.ADMIN: frozenset(set(Right) - {Right.SEND_ORDERS, Right.PULL_CONFIRMATIONS, Right.SEND_SAMPLES}),
    Role.ERP: frozenset({Right.SEND_ORDERS, Right.PULL_CONFIRMATIONS}),
    Role.GATEWAY: frozenset({Right.SEND_SAMPLES}),
    Role.TERMINAL: frozenset({Right.VIEW, Right.OPERATE}),
}

ACCOUNTS = (Role.ERP, Role.GATEWAY, Role.TERMINAL)
AT_TERMINALS = frozenset({Right.VIEW, Right.OPERATE, Right.CORRECT, Right.SEND_PROGRAMS})
"""What a badge or PIN opens, whatever the role: one factor is enough for a terminal and for nothing else."""

PEOPLE = tuple(role for role in Role if role not in ACCOUNTS)

WORDS: Mapping[str, Any] = {
    Role.OPERATOR: _("operator"),
    Role.SUPERVISOR: _("supervisor"),
    Role.PLANNER: _("planner"),
    Role.QUALITY: _("quality"),
    Role.ENGINEER: _("engineer"),
    Role.ADMIN: _("admin"),
}


def role_word(text: str) -> str:
    """What readers call a role; a text that is none, such as a person's name, stays as it is."""
    return str(WORDS.get(text, text))
