"""The relay: leases, order, back-off, refusals, crashes. Every key is booked exactly once."""

import json
import threading
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection as database
from django.utils import timezone
from lxml import etree

from integrations.domain.exchange.places import LocalPlace
from integrations.domain.outbox import drop as drop_module
from integrations.domain.outbox import relay, sending
from integrations.domain.outbox.compose import compose
from integrations.domain.outbox.manual import discard, resend
from integrations.domain.outbox.relay import claim, relay_once, send_due
from integrations.domain.outbox.rules import pause
from integrations.enums import OutboundState
from integrations.models import Connection, OutboundMessage
from mes.lib.errors import InvalidInput, Refused
from tests.factories.accounts import PlannerFactory
from tests.factories.integrations import (
    CsvConnectionFactory,
    IdocConnectionFactory,
    WebhookConnectionFactory,
)
from tests.integrations.outbox.partner import FakeErp
from tests.integrations.outbox.work import Work

pytestmark = pytest.mark.django_db


@pytest.fixture
def erp(monkeypatch):
    monkeypatch.setenv("TEST_WEBHOOK_SECRET", "s3cret")
    with FakeErp() as erp:
        yield erp


@pytest.fixture
def work(erp):
    partner = WebhookConnectionFactory(address=erp.url, secret_name="TEST_WEBHOOK_SECRET")
    return Work(partner)


@pytest.fixture
def folder(tmp_path, settings):
    settings.OUTBOX_DIR = tmp_path
    return tmp_path


def told(work, *amounts):
    """Confirmations of a running operation, one for each amount."""
    work.start()
    for amount in amounts:
        work.report(amount)
        work.tell()
    return list(OutboundMessage.objects.filter(connection=work.connection).order_by("sequence"))


def later(**delta):
    return timezone.now() + timedelta(**delta)


def drain(rounds=20, **delta):
    """Send until nothing is due, as if the clock had moved on."""
    for round in range(1, rounds):
        if not send_due(now=later(hours=round)):
            return
    raise AssertionError("the queue never became empty")


def claim_all(**kwargs):
    partners = Connection.objects.values_list("pk", flat=True)
    return [message for partner in partners for message in claim(partner=partner, **kwargs)]


def states(work):
    messages = OutboundMessage.objects.filter(connection=work.connection).order_by("sequence")
    return [message.state for message in messages]


def test_a_message_is_pushed_and_signed(work, erp):
    (message,) = told(work, 10)
    assert send_due() == 1
    message.refresh_from_db()
    assert (message.state, message.attempts, message.leased_until) == (OutboundState.DELIVERED, 1, None)
    assert message.delivered_at is not None
    (booked,) = erp.booked.values()
    assert (booked["kind"], booked["good"], booked["order"]) == (
        "confirmation",
        "10.000",
        work.operation.order.number,
    )
    assert "basis" not in booked


def test_messages_of_an_order_leave_one_at_a_time_in_order(work, erp):
    told(work, 1, 2, 3)
    assert [len(claim_all(now=timezone.now())) for _ in range(2)] == [1, 0]
    OutboundMessage.objects.update(state=OutboundState.QUEUED)
    drain()
    assert [c["good"] for c in erp.booked.values()] == ["1.000", "2.000", "3.000"]


def test_other_orders_are_not_held_up(work, erp):
    second = Work(work.connection)
    first, *_rest = told(work, 1, 2)
    told(second, 5)

    def refuse_the_first(handler, body):
        """Both orders' messages are under way at once: whichever arrives first, only this one is refused."""
        refused = json.loads(body)["good"] == "1.000"
        handler.answer(body, *((422, b'{"error": "posting period closed"}') if refused else (200,)))

    erp.script = [refuse_the_first] * 2
    drain()
    first.refresh_from_db()
    assert first.state == OutboundState.PARKED
    assert "posting period closed" in first.problem
    assert [c["good"] for c in erp.booked.values()] == ["5.000"]


@pytest.mark.parametrize("status", [301, 401, 404, 408, 429, 500, 503])
def test_passing_trouble_is_tried_again(work, erp, status):
    (message,) = told(work, 10)
    erp.script = [status]
    send_due()
    message.refresh_from_db()
    assert message.state == OutboundState.QUEUED
    assert str(status) in message.problem
    assert timedelta(seconds=4) < message.next_try_at - timezone.now() <= timedelta(seconds=10)
    assert send_due() == 0
    drain()
    assert states(work) == [OutboundState.DELIVERED]
    assert erp.good == 10


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        ((200, b'{"status": "posted", "reference": "352237/1"}'), OutboundState.POSTED),
        ((200, b'{"status": "accepted"}'), OutboundState.DELIVERED),
        ((204, b""), OutboundState.DELIVERED),
        ((200, b'{"error": "order is locked"}'), OutboundState.PARKED),
        ((200, b'{"status": "refused", "reason": "no such order"}'), OutboundState.PARKED),
        ((400, b"bad"), OutboundState.PARKED),
        ((409, b""), OutboundState.PARKED),
        ((422, b'{"error": "x"}'), OutboundState.PARKED),
        ((200, b"<html>log in</html>"), OutboundState.QUEUED),
        ((200, b"[1]"), OutboundState.QUEUED),
        ((200, b"x" * 100_000), OutboundState.QUEUED),
    ],
)
def test_answers(work, erp, answer, state):
    (message,) = told(work, 10)
    erp.script = [answer]
    send_due()
    message.refresh_from_db()
    assert message.state == state
    assert bool(message.problem) == (state in (OutboundState.PARKED, OutboundState.QUEUED))


def test_a_closed_connection_after_booking_books_nothing_twice(work, erp):
    def book_and_hang_up(handler, body):
        erp.book(handler.headers, body)
        handler.close_connection = True

    told(work, 10)
    erp.script = [book_and_hang_up]
    send_due()
    assert states(work) == [OutboundState.QUEUED]
    drain()
    assert states(work) == [OutboundState.DELIVERED]
    assert (erp.good, len(erp.received)) == (10, 2)
    assert erp.received[0][1] == erp.received[1][1]


def test_nobody_listens(work, erp):
    (message,) = told(work, 10)
    work.connection.address = "http://127.0.0.1:9/x"
    work.connection.save()
    send_due()
    message.refresh_from_db()
    assert message.state == OutboundState.QUEUED
    assert "Not reachable" in message.problem


def test_when_nobody_is_there_only_a_few_try_and_the_rest_waits(erp):
    gone = WebhookConnectionFactory(address="http://127.0.0.1:9/x", secret_name="TEST_WEBHOOK_SECRET")
    there = WebhookConnectionFactory(plant=gone.plant, address=erp.url, secret_name="TEST_WEBHOOK_SECRET")
    for _order in range(12):
        work = Work(gone)
        work.start()
        work.report(1)
    work.tell()
    compose(connection=there)
    send_due()
    assert send_due() == 0
    assert erp.good == 12
    mine = OutboundMessage.objects.filter(connection=gone)
    assert not mine.exclude(state=OutboundState.QUEUED, leased_until=None, attempts__lte=1).exists()
    assert not mine.filter(next_try_at__lt=timezone.now() + timedelta(seconds=4)).exists()


def test_a_new_confirmation_number_is_used_for_what_still_waits(folder):
    work = Work(IdocConnectionFactory(plant__erp_code="1000"), confirmation_number="0000000001")
    told(work, 10)
    work.operation.confirmation_number = "0000000002"
    work.operation.save(update_fields=["confirmation_number"])
    send_due()
    (file,) = (folder / work.connection.outbox_folder).glob("*.xml")
    assert etree.parse(file).getroot().findtext(".//CONF_NO") == "0000000002"


@pytest.mark.parametrize("url", ["http://169.254.169.254/latest", "http://evil.example/x", "http://[::1]/x"])
def test_only_configured_hosts_are_called(work, erp, url):
    (message,) = told(work, 10)
    work.connection.address = url
    work.connection.save()
    send_due()
    message.refresh_from_db()
    assert "MES_WEBHOOK_HOSTS" in message.problem


def test_a_redirect_is_not_followed(work, erp):
    def redirect(handler, body):
        handler.send_response(307)
        handler.send_header("Location", "http://127.0.0.1:9/")
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    told(work, 10)
    erp.script = [redirect]
    send_due()
    assert len(erp.received) == 1
    assert states(work) == [OutboundState.QUEUED]


def test_without_the_secret_nothing_leaves(work, erp, monkeypatch):
    told(work, 10)
    monkeypatch.delenv("TEST_WEBHOOK_SECRET")
    send_due()
    assert erp.received == []
    assert states(work) == [OutboundState.QUEUED]


def test_pauses_grow_from_five_seconds_to_a_quarter_of_an_hour():
    assert all(timedelta(seconds=5) <= pause(1) <= timedelta(seconds=10) for _ in range(50))
    assert all(timedelta(seconds=450) <= pause(500) <= timedelta(seconds=900) for _ in range(50))
    assert len({pause(5) for _ in range(10)}) > 1


class Killed(BaseException):
    """kill -9: nothing after it runs."""


def killed(*args, **kwargs):
    raise Killed


def after(original):
    def dying(*args, **kwargs):
        original(*args, **kwargs)
        raise Killed

    return dying


@pytest.mark.parametrize("hook", ["before send", "after send", "after marking"])
def test_killed_around_a_push_nothing_is_lost_or_doubled(work, erp, monkeypatch, hook):
    told(work, 10, 5)
    for attempt in range(4):
        target, dying = {
            "before send": ("send", killed),
            "after send": ("settle_all", killed),
            "after marking": ("settle_all", after(relay.settle_all)),
        }[hook]
        with monkeypatch.context() as patch:
            patch.setattr(relay, target, dying)
            with pytest.raises(Killed):
                send_due(now=later(hours=attempt))
        if OutboundState.DELIVERED in states(work):
            break
    OutboundMessage.objects.filter(state=OutboundState.SENDING).update(leased_until=timezone.now())
    drain()
    assert states(work) == [OutboundState.DELIVERED] * 2
    assert erp.good == 15
    assert len(erp.booked) == 2


def test_a_dead_workers_message_comes_back_after_its_lease(work, erp):
    told(work, 10)
    assert len(claim_all(now=timezone.now())) == 1
    assert claim_all(now=later(seconds=30)) == []
    assert len(claim_all(now=later(seconds=46))) == 1


def test_a_slow_attempt_keeps_its_claim(work, erp, monkeypatch):
    """However long the partner takes, nobody else begins while the worker lives."""
    (message,) = told(work, 10)
    monkeypatch.setattr(relay, "RENEW_EVERY_SECONDS", 0)
    renewed, seen = relay.renew, threading.Event()

    def renew(messages):
        OutboundMessage.objects.update(leased_until=later(seconds=-1))
        renewed(messages)
        assert claim_all(now=later(seconds=30)) == []
        seen.set()

    def answer_late(handler, body):
        assert seen.wait(90)
        handler.answer(body, 200)

    monkeypatch.setattr(relay, "renew", renew)
    erp.script = [answer_late]
    assert send_due() == 1
    message.refresh_from_db()
    assert (message.state, message.attempts) == (OutboundState.DELIVERED, 1)


def test_what_has_not_begun_when_the_round_is_over_is_given_back(erp, monkeypatch):
    partner = WebhookConnectionFactory(address=erp.url, secret_name="TEST_WEBHOOK_SECRET")
    for _order in range(3):
        work = Work(partner)
        work.start()
        work.report(1)
    work.tell()
    monkeypatch.setattr(sending, "AT_ONCE", 1)
    monkeypatch.setattr(sending, "BEGIN_WITHIN_SECONDS", 0)
    given_back, seen = relay.give_back, threading.Event()

    def give_back(messages):
        given_back(messages)
        if messages:
            seen.set()

    def answer_late(handler, body):
        assert seen.wait(90)
        handler.answer(body, 200)

    monkeypatch.setattr(relay, "give_back", give_back)
    erp.script = [answer_late]
    assert send_due() == 1
    waiting = OutboundMessage.objects.filter(state=OutboundState.QUEUED, attempts=0, leased_until=None)
    assert (waiting.count(), len(erp.booked)) == (2, 1)
    monkeypatch.undo()
    monkeypatch.setenv("TEST_WEBHOOK_SECRET", "s3cret")
    drain()
    assert len(erp.booked) == len(erp.received) == 3


def test_a_worker_that_was_only_slow_changes_nothing(work, erp):
    told(work, 10)
    (slow,) = claim_all(now=timezone.now())
    (second,) = claim_all(now=later(minutes=3))
    assert relay.settle(slow, relay.Outcome(OutboundState.PARKED, problem="late")) is False
    assert states(work) == [OutboundState.SENDING]
    assert relay.settle(second, relay.Outcome(OutboundState.DELIVERED)) is True


def test_an_hour_without_the_partner_loses_nothing(work, erp):
    work.start()
    for amount in range(1, 6):
        work.report(amount)
        work.tell()
        erp.script = [503]
        send_due(now=later(minutes=15 * amount))
    assert erp.good == 0
    erp.script = []
    drain()
    assert erp.good == 15
    assert set(states(work)) == {OutboundState.DELIVERED}


def test_a_correction_reaches_the_books(work, erp):
    work.start()
    wrong = work.report(50)
    work.tell()
    drain()
    work.correct(wrong, good=48)
    work.tell()
    drain()
    assert erp.good == 48
    assert len(erp.booked) == 3


def test_one_round_does_everything(work, erp):
    work.connection.confirm_every_seconds = 0
    work.connection.save()
    work.start()
    work.report(10)
    for _ in range(10):
        if not relay_once():
            break
    assert erp.good == 10


def test_an_inactive_connection_rests(work, erp):
    told(work, 10)
    work.connection.active = False
    work.connection.save()
    assert send_due() == 0


def test_resending_a_refused_message_keeps_its_identity(work, erp):
    (message,) = told(work, 10)
    erp.script = [(422, b'{"error": "locked"}')]
    send_due()
    resend(message=message, by=PlannerFactory(first_name="Petra", last_name="Plan"))
    message.refresh_from_db()
    assert "Petra Plan" in message.problem
    drain()
    assert list(erp.booked) == [message.identity.hex.upper()]


def test_discarding_lets_the_rest_of_the_order_go_on(work, erp):
    first, _second = told(work, 1, 2)
    erp.script = [(422, b"no")]
    send_due()
    assert send_due(now=later(hours=1)) == 0
    with pytest.raises(InvalidInput):
        discard(message=first, by=PlannerFactory(), reason="  ")
    discard(message=first, by=PlannerFactory(), reason="booked by hand")
    drain()
    assert states(work) == [OutboundState.DISCARDED, OutboundState.DELIVERED]
    with pytest.raises(Refused):
        discard(message=_second, by=PlannerFactory(), reason="too late")


def test_a_file_is_dropped_whole_under_a_sorted_name(folder):
    work = Work(IdocConnectionFactory(plant__erp_code="1000", encoding="utf-8"))
    (message,) = told(work, 10)
    send_due()
    message.refresh_from_db()
    out = folder / work.connection.outbox_folder
    (file,) = out.glob("*.xml")
    assert file.name == message.answer
    assert file.name.startswith("PPCC2PRETTICKET02_1000_00000001_")
    assert etree.parse(file).getroot().findtext(".//YIELD") == "10.000"
    assert message.rendered.encode() == file.read_bytes()
    assert message.state == OutboundState.DELIVERED


def test_a_reversal_is_dropped_as_a_cancellation(folder):
    work = Work(IdocConnectionFactory(plant__erp_code="1000"))
    work.start()
    wrong = work.report(50)
    work.tell()
    drain()
    work.correct(wrong, good=48)
    work.tell()
    drain()
    names = sorted(path.name for path in (folder / work.connection.outbox_folder).glob("*.xml"))
    assert [name.rpartition("_")[0] for name in names] == [
        "BAPI_PRODORDCONF_CANCEL_1000_00000002",
        "PPCC2PRETTICKET02_1000_00000001",
        "PPCC2PRETTICKET02_1000_00000003",
    ]


def test_csv_partners_get_csv(folder):
    work = Work(CsvConnectionFactory(plant__erp_code="1000"))
    told(work, 10)
    send_due()
    (file,) = (folder / work.connection.outbox_folder).glob("*.csv")
    head, line = file.read_text("utf-8-sig").splitlines()
    assert dict(zip(head.split(";"), line.split(";"), strict=True))["good"] == "10,000"


def test_what_the_format_cannot_carry_is_parked_with_the_field(folder):
    work = Work(IdocConnectionFactory(), order__number="AN-ORDER-NUMBER-TOO-LONG-FOR-SAP")
    (message,) = told(work, 10)
    send_due()
    message.refresh_from_db()
    assert message.state == OutboundState.PARKED
    assert "ORDERID" in message.problem


@pytest.mark.parametrize("name", ["../outside", "/etc"])
def test_an_outbox_outside_is_refused(folder, name):
    work = Work(IdocConnectionFactory(outbox_folder=name))
    (message,) = told(work, 10)
    send_due()
    message.refresh_from_db()
    assert message.state == OutboundState.PARKED


def test_a_full_or_missing_disk_is_tried_again(folder, monkeypatch):
    def full(*args):
        raise OSError(28, "No space left on device")

    work = Work(IdocConnectionFactory(plant__erp_code="1000"))
    told(work, 10)
    monkeypatch.setattr(LocalPlace, "write", full)
    send_due()
    monkeypatch.undo()
    assert states(work) == [OutboundState.QUEUED]
    drain()
    assert states(work) == [OutboundState.DELIVERED]


@pytest.mark.parametrize(
    "hook", ["before spooling", "after spooling", "after noting", "after publishing", "after marking"]
)
@pytest.mark.parametrize("partner_is_quick", [True, False])
def test_killed_around_a_drop_the_file_appears_exactly_once(folder, monkeypatch, hook, partner_is_quick):
    work = Work(IdocConnectionFactory(plant__erp_code="1000"))
    told(work, 10)
    out = folder / work.connection.outbox_folder
    taken = []

    def take_away():
        for file in out.glob("*.xml"):
            taken.append(etree.parse(file).getroot().findtext(".//EX_IDENT"))
            file.unlink()

    module, name, dying = {
        "before spooling": (drop_module, "_spool", killed),
        "after spooling": (drop_module, "_spool", after(drop_module._spool)),
        "after noting": (drop_module, "_note_spooled", after(drop_module._note_spooled)),
        "after publishing": (drop_module, "publish", after(drop_module.publish)),
        "after marking": (relay, "settle", after(relay.settle)),
    }[hook]
    monkeypatch.setattr(module, name, dying)
    with pytest.raises(Killed):
        send_due()
    monkeypatch.undo()
    if partner_is_quick:
        take_away()
    OutboundMessage.objects.filter(state=OutboundState.SENDING).update(leased_until=timezone.now())
    drain()
    take_away()
    assert states(work) == [OutboundState.DELIVERED]
    assert len(taken) == 1
    assert list((out / ".spool").iterdir()) == []


@pytest.mark.django_db(transaction=True)
def test_many_workers_at_once_send_each_message_once(erp, monkeypatch):
    partner = WebhookConnectionFactory(address=erp.url, secret_name="TEST_WEBHOOK_SECRET")
    works = [Work(partner) for _ in range(4)]
    for work in works:
        told(work, 1, 2, 3)

    def run():
        try:
            while send_due():
                pass
        finally:
            database.close()

    for _round in range(4):
        threads = [threading.Thread(target=run) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(erp.received) == len(erp.booked) == 12
    for work in works:
        mine = [c["good"] for c in erp.booked.values() if c["order"] == work.operation.order.number]
        assert mine == ["1.000", "2.000", "3.000"]
    assert sum(Decimal(c["good"]) for c in erp.booked.values()) == 24
