"""Proposing a measured standard to the ERP: the ERP owns its routings, so it is told and decides itself."""

from __future__ import annotations

import uuid

from django.db import transaction
from django.db.models import Max, QuerySet
from django.utils import timezone

from integrations.domain.outbox.canonical import moment_text
from integrations.domain.outbox.compose import PROPOSAL
from integrations.enums import Delivery
from integrations.models import Connection, OutboundMessage
from mes.accounts.models import User
from mes.lib.errors import KeyReused, Refused
from mes.lib.live import announce
from mes.lib.sentences import gettext as _
from mes.lib.spans import Span
from orders.models import Operation
from quality.kpi.gaps import Gap

ABLE = (Delivery.WEBHOOK, Delivery.PULL)
"""Ways that carry a proposal. IDoc and CSV confirmations have no place for one: it is exported by hand."""


def connections_for(plant: int) -> QuerySet[Connection]:
    """The partners of a plant that can be sent a proposal."""
    return Connection.objects.filter(plant=plant, active=True, delivery__in=ABLE).order_by("code")


@transaction.atomic
def propose_standard(*, gap: Gap, measured_in: Span, by: User, key: uuid.UUID) -> list[OutboundMessage]:
    """Tell every partner of the machine's plant that can take it what was measured.

    The message belongs to the order that was measured last. The same ``key`` again returns what it made.
    Raises ``Refused`` ``nobody_takes_proposals`` and ``not_certain``, ``KeyReused`` for another content.
    """
    if not gap.is_certain:
        raise Refused("not_certain", _("What was measured does not contradict the plan."), field="gap")
    partners = list(connections_for(gap.plant).select_for_update(of=("self",), no_key=True))
    made = list(OutboundMessage.objects.filter(kind=PROPOSAL, canonical__key=str(key)).order_by("pk"))
    if made:
        if made[0].canonical["gap"] != gap.key:
            raise KeyReused("key_reused", _("This key was used for another proposal."), field="key")
        return made
    if not partners:
        raise Refused(
            "nobody_takes_proposals",
            _("No connection of this plant carries proposals; export the list instead."),
            field="connection",
        )
    if not gap.can_be_proposed:
        raise Refused("not_in_a_routing", _("No routing of an ERP holds this number."), field="gap")
    operation = Operation.objects.select_related("order__plant", "machine_group").get(pk=gap.operation)
    messages = [_message(partner, operation, gap, measured_in, by, key) for partner in partners]
    announce("outbox")
    return messages


def _message(
    partner: Connection, operation: Operation, gap: Gap, measured_in: Span, by: User, key: uuid.UUID
) -> OutboundMessage:
    now, identity = timezone.now(), uuid.uuid4()
    last = OutboundMessage.objects.filter(connection=partner).aggregate(last=Max("sequence"))["last"]
    plant, group = operation.order.plant, operation.machine_group
    canonical = {
        "identity": identity.hex.upper(),
        "sequence": (last or 0) + 1,
        "plant": plant.erp_code or plant.code,
        "work_centre": group.erp_code or group.code,
        "machine": gap.machine,
        "item": gap.item,
        "order": operation.order.number,
        "operation": operation.number,
        "confirmation_number": "",
        "standard": gap.standard.value,
        **_numbers(gap),
        "measurements": gap.count,
        "start": moment_text(measured_in.start),
        "end": moment_text(measured_in.end),
        "created": moment_text(now),
        "by": by.personnel_number or by.username,
        "key": str(key),
        "gap": gap.key,
    }
    return OutboundMessage.objects.create(
        connection=partner,
        identity=identity,
        sequence=canonical["sequence"],
        order=operation.order,
        operation=operation,
        kind=PROPOSAL,
        canonical=canonical,
        created_at=now,
        next_try_at=now,
    )


def _numbers(gap: Gap) -> dict[str, str]:
    """Seconds to the millisecond; a share of scrap to a thousandth of a percent."""
    unit, places = ("share", 5) if gap.is_share else ("seconds", 3)
    numbers = {"planned": gap.planned, "proposed": gap.measured, "low": gap.low, "high": gap.high}
    return {f"{name}_{unit}": f"{number:.{places}f}" for name, number in numbers.items()}
