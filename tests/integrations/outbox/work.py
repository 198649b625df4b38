"""Work on an operation that the outbox tells about, booked through the commands of orders."""

import uuid
from datetime import timedelta
from decimal import Decimal

from django.utils import timezone

from integrations.domain.outbox.collect import collect_news
from integrations.domain.outbox.compose import compose
from integrations.enums import OutboundState
from integrations.models import OutboundItem, OutboundMessage
from orders.domain.events import record_events
from orders.domain.execution import finish, start_production
from orders.domain.reports import Quantities, book, report, reversal_of, reverse
from orders.enums import EventKind
from orders.models import ProductionEvent
from tests.factories.machines import MachineFactory
from tests.factories.orders import OperationFactory, ScrapReasonFactory
from tests.support.zones import zone_where_it_is


def pieces(good=0, scrap=0, rework=0):
    return Quantities(Decimal(good), Decimal(scrap), Decimal(rework))


class Work:
    """One operation of a connection's plant, and what people do on it."""

    def __init__(self, connection, *, started=timedelta(hours=2), **values):
        self.connection = connection
        connection.plant.time_zone = zone_where_it_is(13)
        connection.plant.save(update_fields=["time_zone"])
        self.began = timezone.now() - started
        self.operation = OperationFactory(
            released=True, order__plant=connection.plant, number="0010", **values
        )
        self.machine = MachineFactory(plant=connection.plant, group=self.operation.machine_group)

    @classmethod
    def of(cls, connection, operation):
        """Work on an operation that is there already."""
        work = cls.__new__(cls)
        work.connection, work.operation = connection, operation
        work.began = timezone.now() - timedelta(hours=2)
        work.machine = MachineFactory(plant=connection.plant, group=operation.machine_group)
        return work

    def start(self, *, at=None):
        return start_production(
            operation=self.operation, machine=self.machine, by=None, key=uuid.uuid4(), at=at or self.began
        )

    def report(self, good=0, scrap=0, rework=0, *, reason=None, at=None, by=None):
        reason = reason or (ScrapReasonFactory(plant=self.connection.plant) if scrap or rework else None)
        return report(
            operation=self.operation,
            quantities=pieces(good, scrap, rework),
            scrap_reason=reason,
            by=by,
            key=uuid.uuid4(),
            at=at,
        )

    def correct(self, event, good=0, scrap=0, *, reason=None):
        replacement = pieces(good, scrap) if good or scrap else None
        return reverse(
            event=event,
            by=None,
            key=uuid.uuid4(),
            comment="counted wrong",
            replacement=replacement,
            scrap_reason=reason,
        )

    def count(self, amount):
        """Credit pieces as the attribution of machine cycles does."""
        return self._book(
            ProductionEvent(
                plant=self.connection.plant,
                kind=EventKind.COUNTED,
                order=self.operation.order,
                operation=self.operation,
                good=Decimal(amount),
                occurred_at=timezone.now(),
            )
        )

    def sort_out(self, amount, reason):
        """A person takes pieces out of those that the machine counts, as scrap."""
        return self._book(
            ProductionEvent(
                plant=self.connection.plant,
                kind=EventKind.RECLASSIFIED,
                order=self.operation.order,
                operation=self.operation,
                good=-Decimal(amount),
                scrap=Decimal(amount),
                scrap_reason=reason,
                occurred_at=timezone.now(),
            )
        )

    def recount(self, event, amount):
        """Take a count back and credit another one, as a late signal does."""
        self._book(reversal_of(event, by=None, key=uuid.uuid4()))
        return self.count(amount)

    def _book(self, event):
        record_events([event])
        book(self.operation, self.operation.order, [event])
        return event

    def finish(self, *, at=None):
        return finish(operation=self.operation, by=None, key=uuid.uuid4(), at=at)

    def tell(self):
        """Collect and compose as if the window had passed; returns the messages made."""
        collect_news()
        waited = timedelta(seconds=self.connection.confirm_every_seconds + 1)
        OutboundItem.objects.filter(message__isnull=True).update(created_at=timezone.now() - waited)
        return compose(connection=self.connection)

    def deliver(self):
        """The partner has taken everything so far: only a reversal takes it back now."""
        queued = OutboundMessage.objects.filter(connection=self.connection, state=OutboundState.QUEUED)
        queued.update(state=OutboundState.DELIVERED, attempts=1)

    def told(self):
        """Sums in force: what a partner that books everything in order has."""
        total = [Decimal(0)] * 3
        for message in OutboundMessage.objects.filter(connection=self.connection).exclude(state="discarded"):
            sign = -1 if message.reverses_id else 1
            for place, name in enumerate(("good", "scrap", "rework")):
                total[place] += sign * Decimal(message.canonical[name])
        return tuple(total)

    def made(self):
        self.operation.refresh_from_db()
        return (self.operation.good, self.operation.scrap, self.operation.rework)
