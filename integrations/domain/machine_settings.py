"""Settings of a machine that don't go together with what is mapped to it, and how each is put right."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction

from integrations.enums import SignalProtocol
from integrations.models import SignalConnection, SignalMapping
from machines.models import CountingItem, Machine
from mes.lib.errors import Refused
from mes.lib.sentences import gettext as _

COUNTS = ("cycle_event", "cycle_count", "part_count", "good_count", "pulse", "state")
"""What a machine can be counted by, the surest first."""
ON_CHANGE = (SignalProtocol.MTCONNECT, SignalProtocol.OPCUA, SignalProtocol.SPARKPLUG)
"""Their senders speak only when something changes; the connection itself tells when one is lost."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """``counting_item`` is what the machine should be counted by; None: its silence limit should be 0."""

    machine: Machine
    counting_item: CountingItem | None

    @property
    def text(self) -> str:
        names = {"machine": self.machine.code}
        if self.counting_item is None:
            names["seconds"] = f"{float(self.machine.silence_seconds):g}"
            return (
                _(
                    "This sender speaks only when something changes: %(machine)s would be unknown after "
                    "%(seconds)s s of standing still."
                )
                % names
            )
        if not self.machine.counting_item:
            return (
                _("%(machine)s isn't counted by any signal: people would have to report its pieces.") % names
            )
        names["item"] = str(self.machine.get_counting_item_display())
        return _("%(machine)s is counted by: %(item)s. No such item is mapped.") % names

    @property
    def remedy(self) -> str:
        if self.counting_item is None:
            return _("Set its silence limit to 0")
        return _("Count it by: %s") % self.counting_item.label


def misfits(connection: SignalConnection) -> list[Misfit]:
    """What keeps the machines of a connection from being measured by it. Two queries."""
    machines = {row.machine_id: row.machine for row in connection.mappings.select_related("machine")}
    roles: dict[int, set[str]] = defaultdict(set)
    for mapped, role in SignalMapping.objects.filter(machine__in=machines).values_list("machine", "role"):
        roles[mapped].add(role)
    found: list[Misfit] = []
    for pk, machine in sorted(machines.items(), key=lambda one: one[1].code):
        best = _best(roles[pk])
        if best is not None and machine.counting_item not in roles[pk]:
            found.append(Misfit(machine, best))
        if connection.protocol in ON_CHANGE and machine.silence_seconds > 0:
            found.append(Misfit(machine, None))
    return found


def _best(roles: Collection[str]) -> CountingItem | None:
    best = next((item for item in COUNTS if item in roles), None)
    return None if best is None else CountingItem(best)


@transaction.atomic
def put_right(*, connection: SignalConnection, machine: int, what: str) -> Misfit:
    """Change the setting of a machine (id) as its misfit says; ``what``: counting or silence.

    Raises Refused when there is nothing to put right any more.
    """
    wanted = [one for one in misfits(connection) if one.machine.pk == machine]
    fitting = [one for one in wanted if (one.counting_item is None) == (what == "silence")]
    if not fitting:
        raise Refused("nothing_to_put_right", _("This is right already."))
    misfit = fitting[0]
    changed = Machine.objects.select_for_update().get(pk=machine)
    if misfit.counting_item is None:
        changed.silence_seconds = Decimal(0)
    else:
        changed.counting_item = misfit.counting_item
    changed.save(update_fields=["silence_seconds" if misfit.counting_item is None else "counting_item"])
    return misfit
