"""Putting right what a partner's unknown word stopped: say what it means, then read the messages again."""

from __future__ import annotations

from django.db import transaction

from integrations.domain.inbox import replay
from integrations.domain.unknown import messages_that_met
from integrations.enums import Direction, InboundState, TranslationKind
from integrations.models import Translation, UnknownValue
from integrations.models.translation import READ
from machines.models import MachineGroup, Plant
from mes.accounts.models import User
from mes.lib.errors import MesError, Refused
from mes.lib.sentences import gettext as _
from mes.lib.tracking import changes_by_command
from orders.enums import Strategy
from orders.models import Unit

MOST_AT_ONCE = 500
ACCOUNTS = ("setup", "run", "labour", "teardown", "stop")


@transaction.atomic
def translate_value(*, unknown: UnknownValue, ours: str, by: User) -> Translation:
    """Say what the partner's word means here. The audit trail knows who said so.

    Raises Refused ``unknown_here`` when we don't know ``ours`` either, ``translated`` when it was said
    before.
    """
    check_ours(unknown, ours)
    words = Translation.objects.filter(connection=unknown.connection_id, kind=unknown.kind)
    if words.filter(theirs=unknown.value, direction__in=READ).exists():
        raise Refused("translated", _("This value is translated already."), field="ours")
    taken = words.filter(ours=ours).exclude(direction=Direction.IN).exists()
    with changes_by_command("translate", by=by):
        return Translation.objects.create(
            connection=unknown.connection,
            kind=unknown.kind,
            theirs=unknown.value,
            ours=ours,
            direction=Direction.IN if taken else Direction.BOTH,
        )


def choices_for(unknown: UnknownValue) -> list[tuple[str, str]]:
    """What a word of this kind can mean here: code and name."""
    kind = unknown.kind
    if kind == TranslationKind.UNIT:
        return [(unit.code, unit.name) for unit in Unit.objects.all()]
    if kind == TranslationKind.WORK_CENTRE:
        groups = MachineGroup.objects.filter(plant=unknown.connection.plant_id)
        return [(group.erp_code or group.code, group.name) for group in groups]
    if kind == TranslationKind.PLANT:
        return [(plant.code, plant.name) for plant in Plant.objects.all()]
    if kind == TranslationKind.ORDER_TYPE:
        return [(value, str(label)) for value, label in Strategy.choices]
    if kind == TranslationKind.ACTIVITY:
        return [(account, account) for account in ACCOUNTS]
    return []


def check_ours(unknown: UnknownValue, ours: str) -> None:
    choices = choices_for(unknown)
    if not ours or (choices and ours not in dict(choices)):
        raise Refused("unknown_here", _("There is nothing here with the code “%s”.") % ours, field="ours")


def apply_again(*, unknown: UnknownValue, by: User) -> tuple[int, int]:
    """Read the messages again that met the value. Returns how many, and how many of them are whole now."""
    done = whole = 0
    for message in messages_that_met(unknown).order_by("received_at", "pk")[:MOST_AT_ONCE]:
        try:
            after = replay(message=message, by=by)
        except MesError:
            continue
        done += 1
        whole += after.state in (InboundState.APPLIED, InboundState.OBSOLETE)
    return done, whole
