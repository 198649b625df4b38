"""The inbox: stored verbatim, applied once, refused with reasons, replayed after a fix."""

import pytest

from integrations.domain import inbox
from integrations.enums import InboundState
from integrations.models import InboundMessage
from orders.domain.intake import apply_documents
from orders.enums import OrderState
from orders.models import ProductionOrder
from tests.factories.accounts import PlannerFactory
from tests.factories.orders import ItemFactory
from tests.integrations.erp.idocs import document, idoc, operation, order
from tests.integrations.plants import csv_partner, idoc_partner

pytestmark = pytest.mark.django_db


def sequence(*operations):
    return f"<E1AFFLL><PLNFL>0</PLNFL>{''.join(operations)}</E1AFFLL>"


def loipro(*numbers, version="20260101000000", **values):
    return document(
        *(
            idoc(order(sequence(operation()), AUFNR=number, **values), SERIAL=version, DOCNUM=f"{n:016}")
            for n, number in enumerate(numbers, start=1)
        )
    )


def receive(connection, body, name="orders.xml"):
    return inbox.receive(connection=connection, channel="file", body=body, name=name)


def take(connection, body):
    return inbox.process(receive(connection, body).message)


def test_the_body_is_kept_byte_for_byte():
    body = loipro("1").replace(b"VALVE", b"VALV\xe9 \r\n")
    message = receive(idoc_partner(), body).message
    message.refresh_from_db()
    assert bytes(message.body) == body
    assert (message.size, message.state) == (len(body), InboundState.RECEIVED)


def test_an_order_is_applied():
    message = take(idoc_partner(), loipro("4711"))
    assert (message.state, message.orders, message.attempts) == (InboundState.APPLIED, ["4711"], 1)
    made = ProductionOrder.objects.get(number="4711")
    assert made.operations.get().number == "0010"
    assert message.results[0]["order"] == made.pk
    assert message.applied_at is not None


def test_the_same_content_again_is_a_duplicate_and_changes_nothing():
    connection = idoc_partner()
    body = loipro("1")
    take(connection, body)
    again = receive(connection, body, name="other-name.xml")
    assert again.duplicate
    inbox.process(again.message)
    assert InboundMessage.objects.count() == 1
    assert ProductionOrder.objects.count() == 1
    assert ProductionOrder.objects.get().events.count() == 1


def test_of_two_that_store_the_same_at_once_one_finds_the_others(monkeypatch):
    connection, body = idoc_partner(), loipro("1")
    first = receive(connection, body)
    looks = iter([None, first.message])
    monkeypatch.setattr(inbox, "_known", lambda message: next(looks))
    second = receive(connection, body)
    assert (second.message, second.duplicate) == (first.message, True)
    assert InboundMessage.objects.count() == 1


def test_the_same_content_from_another_partner_is_another_message():
    first = idoc_partner()
    second = idoc_partner(inbox_folder="second")
    body = loipro("1")
    assert not receive(first, body).duplicate
    assert not receive(second, body).duplicate


def test_a_bad_order_leaves_the_others_and_is_named():
    body = document(
        idoc(order(sequence(operation()), AUFNR="1")),
        idoc(order(sequence(operation()), AUFNR="2", GAMNG="3.000-")),
        idoc(order(sequence(operation(ARBPL="NOWHERE")), AUFNR="3")),
        idoc(order(sequence(operation()), AUFNR="4")),
    )
    message = take(idoc_partner(), body)
    assert message.state == InboundState.PARTLY
    assert sorted(ProductionOrder.objects.values_list("number", flat=True)) == ["1", "4"]
    assert [(p["file"], p["row"], p["code"]) for p in message.problems] == [("orders.xml", 2, "negative")]
    assert [(wait.row, wait.number, wait.code) for wait in message.waits.all()] == [(3, "3", "NOWHERE")]


def test_a_file_with_nothing_good_is_refused():
    message = take(idoc_partner(), b"<broken")
    assert (message.state, message.applied_at) == (InboundState.REFUSED, None)
    assert message.problems[0]["code"] == "broken_xml"


def test_an_empty_file_is_refused():
    assert take(idoc_partner(), b"").problems[0]["code"] == "empty"


def test_an_older_version_is_obsolete():
    connection = idoc_partner()
    take(connection, loipro("1", version="20260201000000", GAMNG="20"))
    message = take(connection, loipro("1", version="20260101000000", GAMNG="10"))
    assert message.state == InboundState.OBSOLETE
    assert ProductionOrder.objects.get().quantity == 20


def test_a_later_version_changes_the_order():
    connection = idoc_partner()
    take(connection, loipro("1", version="20260101000000", GAMNG="10"))
    message = take(connection, loipro("1", version="20260201000000", GAMNG="20"))
    assert message.results[0]["changes"]["quantity"] == ["10.000", "20.000"]
    assert ProductionOrder.objects.get().quantity == 20


def test_two_versions_in_one_file_are_applied_in_turn():
    body = document(
        idoc(order(sequence(operation()), AUFNR="1", GAMNG="10"), SERIAL="20260101000000"),
        idoc(order(sequence(operation()), AUFNR="1", GAMNG="30"), SERIAL="20260101000001"),
    )
    message = take(idoc_partner(), body)
    assert [result["outcome"] for result in message.results] == ["created", "changed"]
    assert ProductionOrder.objects.get().quantity == 30


def test_replay_after_the_master_data_was_put_right():
    connection = idoc_partner()
    message = take(connection, loipro("1", MATNR="NEWITEM"))
    assert message.state == InboundState.WAITING
    ItemFactory(code="NEWITEM")
    person = PlannerFactory()
    message = inbox.replay(message=message, by=person)
    assert (message.state, message.problems, message.attempts) == (InboundState.APPLIED, [], 2)
    assert message.replayed_by == person
    assert ProductionOrder.objects.get().item.code == "NEWITEM"


def test_replaying_an_applied_message_changes_nothing():
    message = take(idoc_partner(), loipro("1"))
    message = inbox.replay(message=message, by=PlannerFactory())
    assert [result["outcome"] for result in message.results] == ["unchanged"]
    assert ProductionOrder.objects.get().events.count() == 1


def csv(number, quantity, version=""):
    head = ["order_number;item;order_quantity;order_unit;order_version;operation_number;work_centre"]
    head.append("run_seconds")
    row = f"{number};VALVE;{quantity};Stk;{version};0010;DMG-01;12,5"
    return f"{';'.join(head)}\r\n{row}\r\n".encode()


def test_a_replay_without_a_version_leaves_what_came_later():
    connection = csv_partner()
    first = take(connection, csv("4711", 100))
    take(connection, csv("4711", 120))
    first = inbox.replay(message=first, by=PlannerFactory())
    assert first.state == InboundState.OBSOLETE
    assert [result["outcome"] for result in first.results] == ["obsolete"]
    assert ProductionOrder.objects.get().quantity == 120


def test_a_replay_without_a_version_applies_the_orders_that_nothing_later_changed():
    connection = csv_partner()
    both = csv("4711", 100) + csv("4712", 100).partition(b"\r\n")[2]
    first = take(connection, both)
    take(connection, csv("4711", 120))
    ProductionOrder.objects.filter(number="4712").update(quantity=1)
    first = inbox.replay(message=first, by=PlannerFactory())
    assert [(result["number"], result["outcome"]) for result in first.results] == [
        ("4711", "obsolete"),
        ("4712", "changed"),
    ]
    quantities = dict(ProductionOrder.objects.values_list("number", "quantity"))
    assert quantities == {"4711": 120, "4712": 100}


def test_a_later_message_that_was_refused_does_not_count_as_newer():
    connection = csv_partner()
    first = take(connection, csv("4711", 100))
    take(connection, csv("4711", -1))
    first = inbox.replay(message=first, by=PlannerFactory())
    assert [result["outcome"] for result in first.results] == ["unchanged"]


def test_what_a_crash_delayed_does_not_overwrite_what_came_after_it():
    connection = csv_partner()
    take(connection, csv("4711", 90))
    delayed = receive(connection, csv("4711", 100)).message
    take(connection, csv("4711", 120))
    assert inbox.process(delayed).state == InboundState.OBSOLETE
    assert ProductionOrder.objects.get().quantity == 120


def test_a_replay_with_a_version_goes_by_its_version():
    connection = csv_partner()
    newest = take(connection, csv("4711", 100, version="2"))
    take(connection, csv("4711", 90, version="1"))
    ProductionOrder.objects.update(quantity=1)
    newest = inbox.replay(message=newest, by=PlannerFactory())
    assert newest.state == InboundState.APPLIED
    assert ProductionOrder.objects.get().quantity == 100


def test_what_a_crash_left_behind_is_found():
    connection = idoc_partner()
    receive(connection, loipro("1"))
    assert inbox.process_waiting() == 1
    assert ProductionOrder.objects.count() == 1
    assert inbox.process_waiting() == 0


def test_a_crash_while_applying_leaves_the_message_and_no_half_order(monkeypatch):
    connection = idoc_partner()
    message = receive(connection, loipro("1", "2")).message

    def die(*args, **kwargs):
        raise SystemExit

    monkeypatch.setattr(inbox, "_settle", die)
    with pytest.raises(SystemExit):
        inbox.process(message)
    monkeypatch.undo()
    message.refresh_from_db()
    assert message.state == InboundState.RECEIVED
    assert ProductionOrder.objects.count() == 0
    assert inbox.process_waiting() == 1
    assert ProductionOrder.objects.count() == 2


def test_a_defect_of_ours_refuses_the_message_instead_of_blocking_the_queue(monkeypatch):
    def fail(*args, **kwargs):
        raise KeyError("x")

    monkeypatch.setattr(inbox, "apply_documents", fail)
    message = take(idoc_partner(), loipro("1"))
    assert message.problems[0]["code"] == "internal"


def test_an_order_the_database_refuses_does_not_take_the_others_with_it(monkeypatch):
    def refuse_two(documents, **kwargs):
        if any(found.number == "2" for found in documents):
            ProductionOrder.objects.create(number="x" * 41)
        return apply_documents(documents, **kwargs)

    monkeypatch.setattr(inbox, "apply_documents", refuse_two)
    message = take(idoc_partner(), loipro("1", "2", "3"))
    assert message.state == InboundState.PARTLY
    assert sorted(ProductionOrder.objects.values_list("number", flat=True)) == ["1", "3"]
    assert [(p["code"], p["row"], p["value"]) for p in message.problems] == [("database", 2, "2")]


def test_orders_are_released_on_arrival_when_the_erp_has_released_them():
    connection = idoc_partner(release_on_arrival=True)
    released = "<E1JSTKL><STAT>I0002</STAT></E1JSTKL>"
    created = "<E1JSTKL><STAT>I0001</STAT></E1JSTKL>"
    body = document(
        idoc(order(released + sequence(operation()), AUFNR="1")),
        idoc(order(created + sequence(operation()), AUFNR="2")),
        idoc(order(released, AUFNR="3")),
    )
    message = take(connection, body)
    states = dict(ProductionOrder.objects.values_list("number", "state"))
    assert states == {"1": OrderState.RELEASED, "2": OrderState.PLANNED, "3": OrderState.PLANNED}
    assert message.state == InboundState.APPLIED
    assert "Not released" in message.results[2]["conflicts"][0]


def test_csv_goes_the_same_way():
    connection = csv_partner(encoding="")
    text = (
        "order_number;item;order_quantity;order_unit;operation_number;work_centre;run_seconds\r\n"
        "4711;VALVE;100;Stk;0010;DMG-01;12,5\r\n4712;VALVE;x;Stk;0010;DMG-01;12,5\r\n"
    )
    message = take(connection, text.encode("cp1252"))
    assert message.state == InboundState.PARTLY
    assert (message.problems[0]["row"], message.problems[0]["field"]) == (3, "order_quantity")
    assert ProductionOrder.objects.get().quantity == 100


def test_more_problems_than_a_person_reads_are_summed_up():
    orders = [idoc(order(AUFNR=str(n), GAMNG="x")) for n in range(300)]
    message = take(idoc_partner(), document(*orders))
    assert len(message.problems) == inbox.MOST_PROBLEMS + 1
    assert "100" in message.problems[-1]["message"]


def test_many_orders_in_one_message_take_a_bounded_number_of_queries(django_assert_max_num_queries):
    connection = idoc_partner()
    message = receive(connection, loipro(*map(str, range(1, 201)))).message
    with django_assert_max_num_queries(30):
        inbox.process(message)
    assert ProductionOrder.objects.count() == 200
