"""The queue of prints: real sockets that work, refuse and die; and bookings that never notice."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import uuid
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from mes.lib.errors import InvalidInput, Refused
from orders.domain import printers
from orders.domain.execution import finish, start_production
from orders.domain.inventory import receive_purchase
from orders.domain.printing import (
    LATE,
    MOST_ATTEMPTS,
    NotPrinted,
    cancel_print,
    check_rule,
    claim_prints,
    follow_facts,
    pause_after,
    print_again,
    request_print,
    settle_print,
    take_print,
)
from orders.domain.release import release_order
from orders.domain.reports import Quantities, report
from orders.enums import PrintState, PrintTrigger
from orders.models import PrintCursor, PrintJob, ProductionEvent, StockMove
from tests.factories.accounts import OperatorFactory
from tests.factories.machines import MachineFactory
from tests.factories.orders import (
    LabelTemplateFactory,
    LotFactory,
    OperationFactory,
    PrinterFactory,
    PrintJobFactory,
    PrintRuleFactory,
    ProductionOrderFactory,
    PurchaseOrderLineFactory,
)
from tests.support.books import assert_books_are_clean
from tests.support.clients import at_once

pytestmark = pytest.mark.django_db


class Listener:
    """A printer's port on this machine, in a thread. ``dies_after``: bytes after which the power is cut."""

    def __init__(self, *, dies_after=None):
        self.dies_after = dies_after
        self.received = []
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        while True:
            try:
                connection, _address = self.socket.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                self.received.append(self._take(connection))

    def _take(self, connection):
        if self.dies_after is not None:
            taken = connection.recv(self.dies_after)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return taken
        return b"".join(iter(lambda: connection.recv(65536), b""))

    def close(self):
        self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()
        self.thread.join(timeout=90)


@pytest.fixture(autouse=True)
def _patient(monkeypatch):
    """A busy machine is no printer that never hangs up."""
    for name in ("CONNECT_SECONDS", "SEND_SECONDS", "CLOSE_SECONDS"):
        monkeypatch.setattr(printers, name, 90.0)


@pytest.fixture
def listen():
    opened = []

    def listen(**options):
        opened.append(Listener(**options))
        return opened[-1]

    yield listen
    for listener in opened:
        listener.close()


def queued(port, *, lot=None, copies=1, body=None):
    template = LabelTemplateFactory(**({"body": body} if body else {}))
    return request_print(
        template=template,
        printer=PrinterFactory(port=port),
        subject=lot or LotFactory(),
        by=OperatorFactory(),
        key=uuid.uuid4(),
        copies=copies,
    )


def test_a_label_reaches_the_printer_once_with_its_copies(listen):
    listener = listen()
    job = queued(listener.port, lot=LotFactory(number="A-1"), copies=2)
    printers.print_due()
    printers.print_due()
    job.refresh_from_db()
    assert (job.state, job.attempts, job.problem) == (PrintState.PRINTED, 1, "")
    [received] = listener.received
    assert received.count(b"^FDA-1^FS") == 2


def test_a_printer_that_dies_midway_is_tried_again_and_nothing_booked_is_lost(listen):
    dying = listen(dies_after=10)
    line = PurchaseOrderLineFactory(item__lot_tracked=True)
    rule = PrintRuleFactory(
        plant=line.order.plant,
        printer__port=dying.port,
        template__body="^XA^FD{lot.number}^FS^FX" + "x" * 3_000_000 + "^XZ",
    )
    follow_facts(now=timezone.now())
    receive_purchase(line=line, quantity=Decimal(50), number="L1", by=None, key=uuid.uuid4())
    printers.print_due()
    job = PrintJob.objects.get(rule=rule)
    assert job.state == PrintState.WAITING
    assert f"127.0.0.1:{dying.port}" in job.problem
    assert job.next_try_at > timezone.now() - timedelta(seconds=1)
    assert StockMove.objects.get(lot="L1").quantity == 50
    assert_books_are_clean()
    works = listen()
    rule.printer.port = works.port
    rule.printer.save()
    PrintJob.objects.update(next_try_at=timezone.now())
    printers.print_due()
    job.refresh_from_db()
    assert (job.state, job.attempts) == (PrintState.PRINTED, 2)
    assert b"^FDL1^FS" in works.received[0]


def test_an_address_where_nothing_listens_is_given_up_visibly_after_many_tries():
    job = queued(1)
    for attempt in range(1, MOST_ATTEMPTS + 1):
        printers.print_due()
        job.refresh_from_db()
        assert job.attempts == attempt
        PrintJob.objects.update(next_try_at=timezone.now())
    assert job.state == PrintState.FAILED
    assert "127.0.0.1:1" in job.problem
    print_again(job=job, by=OperatorFactory())
    job.refresh_from_db()
    assert (job.state, job.attempts) == (PrintState.WAITING, 0)


def test_the_pause_doubles_up_to_ten_minutes():
    pauses = [pause_after(attempts).total_seconds() for attempts in range(1, MOST_ATTEMPTS)]
    assert pauses[:4] == [5, 10, 20, 40]
    assert max(pauses) == pauses[-1] == 600


def test_one_printer_that_is_away_is_asked_once_a_round():
    first = queued(1)
    PrintJobFactory(printer=first.printer, template=first.template, content=b"x")
    asked = []
    real = printers.send

    def send(*args, **options):
        asked.append(args[0])
        return real(*args, **options)

    printers.send = send
    try:
        printers.print_due()
    finally:
        printers.send = real
    assert len(asked) == 1
    assert set(PrintJob.objects.values_list("attempts", flat=True)) == {1}


def test_a_label_that_cannot_be_filled_fails_at_once_and_says_why():
    job = PrintJobFactory(template__body="^XA^FD{lot.nothing}^FS^XZ")
    gone = PrintJobFactory(subject_id=0)
    printers.print_due()
    job.refresh_from_db()
    gone.refresh_from_db()
    assert job.state == gone.state == PrintState.FAILED
    assert "{lot.nothing}" in job.problem
    with pytest.raises(Refused):
        take_print(job=job, by=OperatorFactory())


def test_every_rule_prints_what_happened_after_it_was_made_once():
    order = ProductionOrderFactory(quantity=10, item__lot_tracked=True)
    plant = order.plant
    operation = OperationFactory(order=order, position=1, number="0010", quantity=10)
    machine = MachineFactory(plant=plant, group=operation.machine_group)
    earlier = ProductionOrderFactory(plant=plant, number="EARLIER")
    OperationFactory(order=earlier, position=1)
    release_order(order=earlier, by=None, key=uuid.uuid4())
    subjects = {"release": "order", "report": "report", "produced": "lot"}
    for trigger, subject in subjects.items():
        template = LabelTemplateFactory(subject=subject, body="^XA^FD{scan}^FS^XZ")
        PrintRuleFactory(plant=plant, trigger=trigger, template=template)
    PrintRuleFactory(plant=plant, trigger="release", item=earlier.item, template__subject="order")
    PrintRuleFactory(trigger="release", template__subject="order")
    assert follow_facts(now=timezone.now()) == 0
    operator = OperatorFactory()
    release_order(order=order, by=operator, key=uuid.uuid4())
    operation.refresh_from_db()
    start_production(operation=operation, machine=machine, by=operator, key=uuid.uuid4())
    report(operation=operation, quantities=Quantities(good=Decimal(10)), by=operator, key=uuid.uuid4())
    finish(operation=operation, by=operator, key=uuid.uuid4())
    assert follow_facts(now=timezone.now()) == 3
    assert follow_facts(now=timezone.now()) == 0
    jobs = {job.rule.trigger: job for job in PrintJob.objects.select_related("rule")}
    assert set(jobs) == set(subjects)
    assert jobs["release"].title == order.number
    assert jobs["report"].subject_id == ProductionEvent.objects.get(kind="reported").pk


def test_a_fact_that_commits_late_is_printed_and_an_old_one_never_again():
    line = PurchaseOrderLineFactory(item__lot_tracked=True)
    rule = PrintRuleFactory(plant=line.order.plant)
    now = timezone.now()
    follow_facts(now=now)
    receive_purchase(line=line, quantity=Decimal(5), number="L1", by=None, key=uuid.uuid4())
    PrintCursor.objects.update(marked=StockMove.objects.get().pk)
    assert follow_facts(now=now) == 1
    assert follow_facts(now=now + LATE) == 0
    assert PrintCursor.objects.get().settled == StockMove.objects.get().pk
    rule.active = False
    rule.save()
    receive_purchase(line=line, quantity=Decimal(5), number="L2", by=None, key=uuid.uuid4())
    follow_facts(now=now + LATE)
    rule.active = True
    rule.save()
    assert follow_facts(now=now + LATE) == 0, "what came while the rule was switched off is not printed"


def test_a_rule_whose_template_is_about_something_else_is_refused():
    rule = PrintRuleFactory()
    parts = {"plant": rule.plant, "template": rule.template, "printer": rule.printer}
    check_rule(trigger=PrintTrigger.RECEIPT, **parts)
    with pytest.raises(InvalidInput):
        check_rule(trigger=PrintTrigger.RELEASE, **parts)
    with pytest.raises(InvalidInput):
        check_rule(trigger=PrintTrigger.RECEIPT, **(parts | {"printer": PrinterFactory()}))


def test_the_same_key_prints_once_and_too_many_copies_never():
    key, lot, template, printer = uuid.uuid4(), LotFactory(), LabelTemplateFactory(), PrinterFactory()
    asked = {"template": template, "printer": printer, "subject": lot, "by": None}
    assert request_print(key=key, **asked) == request_print(key=key, **asked)
    for copies in (0, 51):
        with pytest.raises(InvalidInput):
            request_print(key=uuid.uuid4(), copies=copies, **asked)
    printer.active = False
    with pytest.raises(Refused):
        request_print(key=uuid.uuid4(), **asked)


def test_a_person_takes_the_file_and_it_counts_as_printed():
    job = PrintJobFactory(printer__kind="download", printer__host="")
    assert printers.print_due() == 0
    person = OperatorFactory()
    assert b"^XA" in take_print(job=job, by=person)
    job.refresh_from_db()
    assert (job.state, job.by) == (PrintState.PRINTED, person)
    with pytest.raises(Refused):
        cancel_print(job=job, by=person)


def test_who_was_slower_changes_nothing():
    job = queued(1)
    [mine] = claim_prints(now=timezone.now())
    assert claim_prints(now=timezone.now()) == []
    cancel_print(job=job, by=OperatorFactory())
    assert settle_print(job=mine, outcome=None, now=timezone.now()) is None
    job.refresh_from_db()
    assert job.state == PrintState.CANCELLED


def test_the_print_of_a_dead_worker_is_taken_over():
    job = queued(1)
    claim_prints(now=timezone.now())
    later = timezone.now() + timedelta(minutes=5)
    [again] = claim_prints(now=later)
    assert (again, again.attempts) == (job, 2)
    stale = PrintJob.objects.get(pk=job.pk)
    stale.attempts = 1
    assert settle_print(job=stale, outcome=NotPrinted("away"), now=later) is None


@pytest.mark.django_db(transaction=True)
def test_two_workers_never_print_the_same_label():
    printer, template = PrinterFactory(), LabelTemplateFactory()
    for _ in range(12):
        PrintJobFactory(printer=printer, template=template, content=b"x")
    claimed = at_once(3, lambda _number: [job.pk for job in claim_prints(now=timezone.now(), limit=12)])
    taken = [pk for part in claimed for pk in part]
    assert len(taken) == len(set(taken)) == 12
