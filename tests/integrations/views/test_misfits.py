"""What keeps a mapped machine from being measured is said on its connection's page and mended there."""

from decimal import Decimal

import pytest

from integrations.domain.machine_settings import misfits, put_right
from mes.accounts.roles import Role
from mes.lib.errors import Refused
from tests.factories.integrations import SignalConnectionFactory, SignalMappingFactory
from tests.factories.machines import MachineFactory
from tests.support.admin import client_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def connection():
    return SignalConnectionFactory(protocol="opcua")


def mapped(connection, *roles, **machine):
    found = MachineFactory(plant=connection.plant, **{"silence_seconds": Decimal(0), **machine})
    for role in roles:
        SignalMappingFactory(connection=connection, machine=found, role=role, address=f"{found.code}/{role}")
    return found


def told(connection):
    return [(one.machine.code, one.counting_item) for one in misfits(connection)]


def test_a_machine_that_nothing_counts_is_told_with_the_surest_of_what_is_mapped(connection):
    machine = mapped(connection, "state", "part_count", "cycle_count")
    assert told(connection) == [(machine.code, "cycle_count")]


def test_a_machine_counted_by_what_is_not_mapped_is_told(connection):
    machine = mapped(connection, "part_count", counting_item="pulse")
    assert told(connection) == [(machine.code, "part_count")]


def test_a_machine_counted_through_another_connection_is_right(connection):
    machine = mapped(connection, "alarm", "part_count", counting_item="pulse")
    SignalMappingFactory(
        connection=SignalConnectionFactory(plant=connection.plant), machine=machine, role="pulse"
    )
    assert told(connection) == []


def test_a_machine_with_nothing_that_counts_is_no_misfit(connection):
    mapped(connection, "alarm", "energy")
    assert told(connection) == []


@pytest.mark.parametrize(
    ("protocol", "count"), [("opcua", 1), ("mtconnect", 1), ("sparkplug", 1), ("pulse", 0), ("file", 0)]
)
def test_a_silence_limit_is_wrong_for_senders_that_speak_on_change(protocol, count):
    connection = SignalConnectionFactory(protocol=protocol)
    mapped(connection, "alarm", silence_seconds=Decimal(30))
    assert len(misfits(connection)) == count


def test_one_click_puts_each_right(client, connection):
    client = client_of(client, Role.ENGINEER)
    machine = mapped(connection, "part_count", silence_seconds=Decimal("30.000"))
    page = client.get(f"/connections/{connection.pk}/").content.decode()
    assert "isn&#x27;t counted by any signal" in page
    assert "would be unknown after 30 s" in page
    assert "Set its silence limit to 0" in page
    for what in ("counting", "silence"):
        client.post(f"/connections/{connection.pk}/put-right/", {"machine": machine.pk, "what": what})
    machine.refresh_from_db()
    assert (machine.counting_item, machine.silence_seconds) == ("part_count", 0)
    assert "put-right" not in client.get(f"/connections/{connection.pk}/").content.decode()


def test_what_is_right_already_is_refused(connection):
    machine = mapped(connection, "part_count", counting_item="part_count")
    with pytest.raises(Refused):
        put_right(connection=connection, machine=machine.pk, what="counting")


@pytest.mark.parametrize("count", [1, 3])
def test_any_number_of_machines_costs_two_queries(connection, count, django_assert_num_queries):
    for _ in range(count):
        mapped(connection, "part_count")
    with django_assert_num_queries(2):
        assert len(misfits(connection)) == count
