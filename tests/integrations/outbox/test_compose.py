"""From production events to confirmations: windows, finals, reversals, reasons, times."""

import uuid
from datetime import timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from django.db import connection as database
from django.db import transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from integrations.domain import inbox
from integrations.domain.outbox.canonical import from_json, public, to_json
from integrations.domain.outbox.collect import collect_news
from integrations.domain.outbox.compose import compose, compose_all
from integrations.enums import Delivery, OutboundState
from integrations.models import OutboundItem, OutboundMessage
from machines.enums import MachineState
from mes.accounts.authentication import MachineAccount
from orders.domain.engineering import change_order_revision
from orders.domain.release import release_order
from orders.enums import EventKind
from orders.models import EventNews, ProductionEvent, ProductionOrder
from orders.queries.times import work_times_within
from tests.factories.accounts import OperatorFactory
from tests.factories.integrations import (
    ConnectionFactory,
    IdocConnectionFactory,
    WebhookConnectionFactory,
)
from tests.factories.machines import (
    MachineGroupFactory,
    StateIntervalFactory,
    StopCodingFactory,
    StopReasonFactory,
)
from tests.factories.orders import ProductionEventFactory, RunPersonFactory, ScrapReasonFactory
from tests.integrations.outbox.work import Work
from tests.integrations.plants import idoc_partner
from tests.integrations.test_inbox import loipro
from tests.orders.test_engineering import Lifter

pytestmark = pytest.mark.django_db


@pytest.fixture
def work():
    return Work(IdocConnectionFactory(plant__erp_code="1000"))


def test_reports_of_a_window_become_one_confirmation(work):
    work.start()
    person = OperatorFactory(personnel_number="4711")
    work.report(10, by=person)
    work.report(5, by=person)
    (message,) = work.tell()
    told = message.canonical
    assert (told["good"], told["scrap"], told["final"]) == ("15.000", "0.000", False)
    assert (told["order"], told["operation"], told["plant"]) == (work.operation.order.number, "0010", "1000")
    assert told["identity"] == message.identity.hex.upper()
    assert told["person"] == "4711"
    assert message.state == OutboundState.QUEUED
    assert message.items.count() == 2


def test_nothing_is_told_before_the_window_has_passed(work):
    work.start()
    work.report(10)
    collect_news()
    assert compose(connection=work.connection) == []
    assert compose(connection=work.connection, now=timezone.now() + timedelta(seconds=61))


def test_a_finish_is_told_at_once_and_final(work):
    work.start()
    work.report(10)
    work.finish()
    collect_news()
    (message,) = compose(connection=work.connection)
    assert (message.canonical["good"], message.canonical["final"]) == ("10.000", True)


def test_what_comes_after_the_final_one_is_final_too(work):
    work.start()
    work.finish()
    work.tell()
    work.report(3)
    (message,) = work.tell()
    assert message.canonical["final"]


def test_each_event_goes_out_once_per_connection(work):
    second = ConnectionFactory(plant=work.connection.plant)
    work.start()
    work.report(10)
    assert len(work.tell()) == 1
    assert work.tell() == []
    assert compose_all(now=timezone.now() + timedelta(hours=1)) == 1
    assert compose_all(now=timezone.now() + timedelta(hours=1)) == 0
    assert EventNews.objects.count() == 0
    messages = OutboundMessage.objects.filter(connection=second)
    assert [message.canonical["good"] for message in messages] == ["10.000"]


def test_other_plants_and_inactive_connections_hear_nothing(work):
    ConnectionFactory()
    ConnectionFactory(plant=work.connection.plant, active=False)
    ConnectionFactory(plant=work.connection.plant, delivery=Delivery.NONE)
    work.start()
    work.report(10)
    work.tell()
    assert set(OutboundItem.objects.values_list("connection_id", flat=True)) == {work.connection.pk}


def test_an_order_is_confirmed_to_the_partner_it_came_from():
    origin = idoc_partner(outbox_folder="origin")
    ConnectionFactory(plant=origin.plant)
    everything = ConnectionFactory(plant=origin.plant, options={"confirm": "all"})
    inbox.process(inbox.receive(connection=origin, channel="file", body=loipro("4711")).message)
    order = ProductionOrder.objects.get()
    release_order(order=order, by=None, key=uuid.uuid4())
    work = Work.of(origin, order.operations.get())
    work.report(1, at=timezone.now())
    while collect_news():
        pass
    heard = set(OutboundItem.objects.values_list("connection", flat=True))
    assert heard == {origin.pk, everything.pk}


def test_an_order_of_a_partner_that_is_told_nothing_goes_to_all_of_the_plant():
    origin = idoc_partner(delivery=Delivery.NONE, outbox_folder="")
    listener = ConnectionFactory(plant=origin.plant)
    inbox.process(inbox.receive(connection=origin, channel="file", body=loipro("4711")).message)
    release_order(order=ProductionOrder.objects.get(), by=None, key=uuid.uuid4())
    while collect_news():
        pass
    assert set(OutboundItem.objects.values_list("connection", flat=True)) == {listener.pk}


def test_an_order_of_the_api_is_known_by_its_key():
    connection = ConnectionFactory()
    ConnectionFactory(plant=connection.plant)
    work = Work(connection)
    ProductionEventFactory(
        order=work.operation.order,
        operation=None,
        kind=EventKind.CREATED,
        via=f"api:{MachineAccount(connection.api_key)}",
    )
    work.report(1, at=timezone.now())
    collect_news()
    assert set(OutboundItem.objects.values_list("connection", flat=True)) == {connection.pk}


def test_a_defect_with_one_operation_does_not_silence_the_others(monkeypatch):
    connection = IdocConnectionFactory()
    works = [Work(connection) for _ in range(3)]
    for work in works:
        work.start()
        work.report(1, at=work.began)
    from integrations.domain.outbox import compose as module

    def fail(operation, spans):
        if operation == works[1].operation:
            raise KeyError("x")
        return work_times_within(operation, spans)

    monkeypatch.setattr(module, "work_times_within", fail)
    made = works[0].tell()
    assert {message.operation_id for message in made} == {works[0].operation.pk, works[2].operation.pk}
    monkeypatch.undo()
    assert [message.operation_id for message in works[0].tell()] == [works[1].operation.pk]


def test_many_operations_take_as_many_statements_as_one():
    counts = []
    for operations in (1, 3):
        connection = IdocConnectionFactory()
        group = MachineGroupFactory(plant=connection.plant)
        works = [Work(connection, machine_group=group) for _ in range(operations)]
        for work in works:
            work.report(1, at=work.began)
            work.report(2, at=work.began)
        collect_news()
        OutboundItem.objects.update(created_at=work.began)
        with CaptureQueriesContext(database) as queries:
            assert len(compose(connection=connection)) == operations
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_an_event_committed_late_is_not_missed(work):
    """The queue holds rows, not a watermark: an older event that appears later is told as well."""
    work.start()
    early = work.report(1)
    EventNews.objects.filter(event=early).delete()
    work.report(2)
    assert [m.canonical["good"] for m in work.tell()] == ["2.000"]
    EventNews.objects.create(event=early)
    assert [m.canonical["good"] for m in work.tell()] == ["1.000"]


def test_sequence_has_no_gaps_and_creation_times_differ_by_a_second(work):
    work.start()
    made = []
    for amount in (1, 2, 3):
        work.report(amount)
        made += work.tell()
    assert [message.sequence for message in made] == [1, 2, 3]
    created = [from_json(message.canonical).created for message in made]
    assert all(later - earlier >= timedelta(seconds=1) for earlier, later in pairwise(created))


def test_a_correction_takes_the_confirmation_back_and_tells_the_right_one(work):
    work.start()
    wrong = work.report(50)
    work.report(5)
    (first,) = work.tell()
    work.deliver()
    work.correct(wrong, good=48)
    reversal, again = work.tell()
    assert (reversal.kind, reversal.reverses) == ("reversal", first)
    assert reversal.canonical["reverses"] == first.canonical["identity"]
    assert (reversal.canonical["good"], again.canonical["good"]) == ("55.000", "53.000")
    assert work.told() == work.made() == (53, 0, 0)


def test_a_correction_within_the_window_needs_no_reversal(work):
    work.start()
    wrong = work.report(50)
    work.correct(wrong, good=48)
    (message,) = work.tell()
    assert (message.kind, message.canonical["good"]) == ("confirmation", "48.000")


def test_a_correction_of_a_correction(work):
    work.start()
    wrong = work.report(50)
    work.tell()
    work.deliver()
    work.correct(wrong, good=40)
    work.tell()
    work.deliver()
    replacement = ProductionEvent.objects.get(details__replaces=wrong.pk)
    work.correct(replacement, good=45)
    reversal, again = work.tell()
    assert (reversal.canonical["good"], again.canonical["good"]) == ("40.000", "45.000")
    assert work.told() == work.made() == (45, 0, 0)


def test_a_report_taken_back_whole_leaves_only_the_reversal(work):
    work.start()
    at = timezone.now()
    wrong = work.report(50, at=at)
    work.tell()
    work.deliver()
    work.correct(wrong)
    made = work.tell()
    assert made[0].kind == "reversal"
    assert work.told() == (0, 0, 0)
    assert not OutboundItem.objects.filter(message__isnull=True).exists()


def test_reports_that_cancel_each_other_are_accounted_for_without_a_message(work):
    wrong = work.report(50, at=work.began)
    work.correct(wrong)
    (message,) = work.tell()
    assert (message.kind, message.state) == ("nothing", OutboundState.DISCARDED)
    assert not OutboundItem.objects.filter(message__isnull=True).exists()


def test_a_refused_confirmation_is_replaced_instead_of_reversed(work):
    work.start()
    wrong = work.report(50)
    (first,) = work.tell()
    OutboundMessage.objects.filter(pk=first.pk).update(state=OutboundState.PARKED)
    work.correct(wrong, good=48)
    (again,) = work.tell()
    first.refresh_from_db()
    assert (first.state, first.kind) == (OutboundState.DISCARDED, "superseded")
    assert again.canonical["good"] == "48.000"
    assert work.told() == (48, 0, 0)


def test_a_confirmation_discarded_by_hand_is_not_told_again(work):
    work.start()
    work.report(50)
    (first,) = work.tell()
    OutboundMessage.objects.filter(pk=first.pk).update(state=OutboundState.DISCARDED)
    work.report(1)
    (second,) = work.tell()
    assert second.canonical["good"] == "1.000"
    total = sum(Decimal(m.canonical["run_seconds"]) for m in (first, second))
    assert total <= Decimal(2 * 3600 + 60)


def test_each_scrap_reason_has_its_own_confirmation(work):
    work.start()
    burr = ScrapReasonFactory(plant=work.connection.plant, code="burr", erp_code="0012")
    crack = ScrapReasonFactory(plant=work.connection.plant, code="crack")
    work.report(10, 2, reason=burr)
    work.report(0, 3, reason=crack)
    made = work.tell()
    told = [(m.canonical["good"], m.canonical["scrap"], m.canonical["scrap_reason"]) for m in made]
    assert told == [("0.000", "3.000", "crack"), ("10.000", "2.000", "0012")]
    assert work.told() == work.made()


def test_a_correction_with_reasons_takes_back_all_its_parts(work):
    work.start()
    burr = ScrapReasonFactory(plant=work.connection.plant, code="burr")
    crack = ScrapReasonFactory(plant=work.connection.plant, code="crack")
    wrong = work.report(10, 2, reason=burr)
    work.report(0, 3, reason=crack)
    work.tell()
    work.deliver()
    work.correct(wrong, good=11, scrap=1, reason=burr)
    made = work.tell()
    assert [message.kind for message in made] == ["reversal"] * 2 + ["confirmation"] * 2
    assert work.told() == work.made() == (11, 4, 0)


def test_counts_of_a_machine_that_go_down_take_back_the_latest(work):
    work.start()

    work.count(100)
    work.tell()
    work.deliver()
    twenty = work.count(20)
    work.tell()
    work.deliver()
    work.recount(twenty, 5)
    reversal, again = work.tell()
    assert (reversal.kind, reversal.canonical["good"]) == ("reversal", "20.000")
    assert (again.kind, again.canonical["good"]) == ("confirmation", "5.000")
    assert work.told() == work.made() == (105, 0, 0)


def test_counts_that_only_move_are_netted_without_a_reversal(work):
    work.start()
    counted = work.count(100)
    work.tell()
    work.recount(counted, 101)
    (message,) = work.tell()
    assert (message.kind, message.canonical["good"]) == ("confirmation", "1.000")


def test_a_connection_that_joined_later_never_tells_a_negative_amount(work):
    work.start()
    wrong = work.report(50)
    EventNews.objects.all().delete()
    work.correct(wrong)
    made = work.tell()
    assert all(Decimal(m.canonical["good"]) >= 0 for m in made)


@pytest.fixture(params=[WebhookConnectionFactory, IdocConnectionFactory])
def any_work(request):
    return Work(request.param())


def test_scrap_sorted_out_before_its_pieces_are_counted_is_made_up_for(any_work):
    work, reason = any_work, ScrapReasonFactory(plant=any_work.connection.plant)
    work.start()
    work.sort_out(3, reason)
    (first,) = work.tell()
    assert (first.canonical["good"], first.canonical["scrap"]) == ("0.000", "3.000")
    work.deliver()
    counted = work.count(2)
    work.tell()
    work.deliver()
    assert work.told() == (0, 3, 0), "one of the two is still missing"
    more = work.count(100)
    (message,) = work.tell()
    assert message.canonical["good"] == "99.000"
    assert work.told() == work.made() == (99, 3, 0)
    work.deliver()
    work.recount(counted, 1)
    work.recount(more, 40)
    work.tell()
    assert work.told() == work.made() == (38, 3, 0)


def test_what_is_sorted_out_and_taken_back_again_leaves_nothing_owed(any_work):
    work, reason = any_work, ScrapReasonFactory(plant=any_work.connection.plant)
    work.start()
    wrong = work.sort_out(3, reason)
    work.tell()
    work.deliver()
    work.correct(wrong)
    work.tell()
    work.deliver()
    assert work.told() == work.made() == (0, 0, 0)
    work.count(10)
    work.finish()
    work.tell()
    assert work.told() == work.made() == (10, 0, 0)


@settings(max_examples=12, deadline=None)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(["count", "sort_out", "correct", "tell", "deliver"]), st.integers(1, 9)),
        max_size=14,
    )
)
def test_whatever_the_order_the_partner_ends_with_what_was_made(steps):
    with transaction.atomic():
        work = Work(IdocConnectionFactory())
        reason = ScrapReasonFactory(plant=work.connection.plant)
        sorted_out = []
        work.start()
        for step, amount in steps:
            if step == "count":
                work.count(amount)
            elif step == "sort_out":
                sorted_out.append(work.sort_out(amount, reason))
            elif step == "correct" and sorted_out:
                work.correct(sorted_out.pop(amount % len(sorted_out)))
            elif step == "tell":
                work.tell()
            elif step == "deliver":
                work.deliver()
        work.count(200)
        work.tell()
        assert work.told() == work.made()
        told = OutboundMessage.objects.filter(connection=work.connection)
        assert all(Decimal(message.canonical["good"]) >= 0 for message in told)
        transaction.set_rollback(True)


def test_setup_run_stop_and_labour_add_up_to_the_runs(work):
    began = work.began
    start = work.start(at=began)
    run = start.run
    run.production_at = began + timedelta(minutes=10)
    run.save()
    RunPersonFactory(run=run, started_at=began, ended_at=began + timedelta(minutes=30))
    RunPersonFactory(run=run, started_at=began + timedelta(minutes=20))
    jam = StopReasonFactory(plant=work.connection.plant, code="jam")
    stopped = StateIntervalFactory(
        machine=work.machine,
        started_at=began + timedelta(minutes=30),
        ended_at=began + timedelta(minutes=35),
        state=MachineState.STOP,
    )
    StopCodingFactory(
        machine=work.machine,
        reason=jam,
        span=(stopped.started_at, stopped.ended_at),
    )
    work.report(1, at=began + timedelta(minutes=40))
    (first,) = work.tell()
    told = first.canonical
    assert (told["setup_seconds"], told["run_seconds"]) == ("600.000", "1500.000")
    assert (told["stop_seconds"], told["labour_seconds"]) == ("300.000", "3000.000")
    assert told["stops"] == [{"reason": "jam", "seconds": "300.000"}]
    work.report(1, at=began + timedelta(minutes=50))
    (second,) = work.tell()
    assert (second.canonical["setup_seconds"], second.canonical["run_seconds"]) == ("0.000", "600.000")
    assert second.canonical["stops"] == []
    assert second.canonical["start"] == first.canonical["end"]


def test_a_late_change_of_the_times_is_told_as_a_correction(work):
    began = work.began
    run = work.start(at=began).run
    work.report(1, at=began + timedelta(minutes=40))
    work.tell()
    work.deliver()
    run.production_at = began + timedelta(minutes=10)
    run.save()
    work.report(1, at=began + timedelta(minutes=41))
    made = work.tell()
    assert [message.kind for message in made] == ["reversal", "confirmation"]
    told = made[-1].canonical
    assert (told["good"], told["setup_seconds"], told["run_seconds"]) == ("2.000", "600.000", "1860.000")


def test_states_are_told_to_those_who_listen_but_not_to_files():
    listening = Work(ConnectionFactory())
    listening.start()
    (message,) = listening.tell()
    assert (message.kind, message.canonical["status"]) == ("confirmation", "production")
    files = Work(IdocConnectionFactory())
    files.start()
    assert files.tell() == []


def test_the_end_of_the_order_is_told():
    work = Work(ConnectionFactory())
    work.start()
    work.report(100)
    work.finish()
    kinds = [(m.kind, m.canonical["status"], m.canonical["operation"]) for m in work.tell()]
    assert kinds == [("confirmation", "finished", "0010"), ("status", "finished", "")]


@pytest.mark.parametrize(("begun", "kept", "rest"), [(5, "5.000", "5.000"), (0, "0.000", "10.000")])
def test_a_split_is_told_to_those_who_listen_but_not_to_files(begun, kept, rest):
    lifter = Lifter()
    partner = ConnectionFactory(plant=lifter.order.plant, delivery=Delivery.PULL)
    files = IdocConnectionFactory(plant=lifter.order.plant)
    if begun:
        lifter.make(lifter.order, "0010", lifter.mill, begun)
    revision = lifter.revise("B")
    collect_news()
    compose(connection=partner, now=timezone.now() + timedelta(hours=1))
    change_order_revision(
        order=lifter.order, revision=revision, reason="Longer arm", by=lifter.engineer, key=uuid.uuid4()
    )
    collect_news()
    made = compose(connection=partner, now=timezone.now() + timedelta(hours=1))
    of_order = [message for message in made if message.kind == "status"]
    (told,) = [message for message in of_order if message.canonical["order"] == "4711"]
    assert told.canonical["status"] == "split"
    said = {"order": "4711-1", "kept": kept, "rest": rest, "revision": "B", "reason": "Longer arm"}
    assert public(told.canonical)["split"] == said
    released = [message.sequence for message in of_order if message.canonical["order"] == "4711-1"]
    assert released
    assert told.sequence < min(released)
    assert not any("split" in message.canonical for message in compose(connection=files))


def test_canonical_json_round_trip_and_no_notes_for_partners(work):
    work.start()
    work.report(10)
    (message,) = work.tell()
    assert "basis" in message.canonical
    assert public(message.canonical) == to_json(from_json(message.canonical))


def test_a_crash_while_composing_leaves_no_half_message(work, monkeypatch):
    work.start()
    work.report(10)
    collect_news()
    from integrations.domain.outbox import compose as module

    def die(*args):
        raise SystemExit

    monkeypatch.setattr(module, "announce", die)
    with pytest.raises(SystemExit):
        work.tell()
    monkeypatch.undo()
    assert OutboundMessage.objects.count() == 0
    assert len(work.tell()) == 1


class WhateverHappens(TestCase):
    """Any mix of reports, corrections and windows: what was told is what was made."""

    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(
        st.lists(
            st.one_of(
                st.tuples(st.just("report"), st.integers(0, 20), st.integers(0, 3)),
                st.tuples(st.just("correct"), st.integers(0, 10), st.integers(0, 20)),
                st.tuples(st.just("count"), st.integers(1, 30), st.just(0)),
                st.tuples(st.just("recount"), st.integers(0, 10), st.integers(1, 30)),
                st.tuples(st.just("tell"), st.just(0), st.just(0)),
                st.tuples(st.just("deliver"), st.just(0), st.just(0)),
                st.tuples(st.just("park"), st.just(0), st.just(0)),
            ),
            max_size=12,
        )
    )
    def test_told_is_made(self, steps):
        work = Work(IdocConnectionFactory(), started=timedelta(hours=1))
        work.start()
        reasons = [ScrapReasonFactory(plant=work.connection.plant) for _ in range(2)]
        open_reports, counts = [], []
        for number, (step, first, second) in enumerate(steps):
            if step == "report" and first + second:
                open_reports.append(work.report(first, second, reason=reasons[number % 2]))
            elif step == "correct" and open_reports:
                work.correct(open_reports.pop(first % len(open_reports)), good=second)
            elif step == "count":
                counts.append(work.count(first))
            elif step == "recount" and counts:
                counts.append(work.recount(counts.pop(first % len(counts)), second))
            elif step == "tell":
                work.tell()
            elif step == "deliver":
                work.deliver()
            elif step == "park":
                OutboundMessage.objects.filter(reverses__isnull=True, reversed_by__isnull=True).update(
                    state=OutboundState.PARKED
                )
                OutboundMessage.objects.filter(kind__in=("superseded", "nothing")).update(
                    state=OutboundState.DISCARDED
                )
        work.tell()
        assert work.told() == work.made()
        assert not OutboundItem.objects.filter(message__isnull=True).exists()
        for message in OutboundMessage.objects.all():
            found = from_json(message.canonical)
            assert min(found.good, found.scrap, found.rework, found.run_seconds, found.setup_seconds) >= 0
