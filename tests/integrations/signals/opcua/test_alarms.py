"""Conditions of a real server reach us as alarms: active, less severe, ended, and those that hold already."""

import random
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio
from asyncua import ua
from asyncua.common.event_objects import AlarmCondition, RefreshEndEvent, RefreshStartEvent
from hypothesis import given
from hypothesis import strategies as st

from integrations.signals.opcua import transport
from integrations.signals.opcua.alarms import Conditions, Told
from machines.domain.measure.states import change_alarms
from tests.support.opcua import Listener

server_test = pytest.mark.asyncio(loop_scope="package")


@pytest_asyncio.fixture(loop_scope="package")
async def alarming(server):
    """A machine that tells events; ``server.alarm`` tells one of its conditions."""
    await server.server.get_event_generator(ua.ObjectIds.AlarmConditionType, server.machine)
    machine = server.machine

    async def tell(name, *, active, severity=700, at=None, enabled=True):
        event = AlarmCondition(machine.nodeid, severity=severity)
        event.emitting_node = machine.nodeid
        event.SourceNode, event.SourceName = machine.nodeid, server.name
        event.ConditionName = name
        setattr(event, "ActiveState/Id", active)
        setattr(event, "EnabledState/Id", enabled)
        await trigger(event, at)

    async def trigger(event, at=None):
        event.emitting_node = machine.nodeid
        event.SourceNode = machine.nodeid
        event.Time = at or datetime.now(UTC)
        event.EventId = ua.Variant(random.randbytes(16), ua.VariantType.ByteString).Value
        await server.server.iserver.isession.subscription_service.trigger_event(event)

    server.alarm, server.trigger = tell, trigger
    return server


async def alarm_address(server):
    items = await transport(Listener(server.url, []).settings).browse()
    return next(item for item in items if item.device == server.name and item.role == "alarm").address


@server_test
async def test_an_alarm_is_proposed_told_and_cleared(alarming):
    address = await alarm_address(alarming)
    assert address.endswith("#AlarmConditionType")
    began = datetime.now(UTC) - timedelta(seconds=30)
    async with Listener(alarming.url, [address]) as listener:
        await listener.until(lambda: listener.links)
        await alarming.alarm("Hydraulics: oil too hot", active=True, at=began)
        await alarming.alarm("Door open", active=True)
        await alarming.alarm("Hydraulics: oil too hot", active=False)
        await listener.until(lambda: len(listener.of(address)) == 3)
    told = listener.of(address)
    assert [one.value for one in told] == [
        "FAULT|Hydraulics: oil too hot",
        "FAULT|Door open",
        "NORMAL|Hydraulics: oil too hot",
    ]
    assert told[0].ts == began.replace(tzinfo=UTC)
    assert not any(one.snapshot for one in told)


@server_test
async def test_what_is_not_severe_stops_no_machine_and_a_fault_that_calms_down_ends(alarming):
    address = await alarm_address(alarming)
    async with Listener(alarming.url, [address], fault_severity=500) as listener:
        await listener.until(lambda: listener.links)
        await alarming.alarm("Filter", active=True, severity=200)
        await alarming.alarm("Filter", active=True, severity=500)
        await alarming.alarm("Filter", active=True, severity=499)
        await alarming.alarm("Filter", active=True, enabled=False)
        await listener.until(lambda: len(listener.of(address)) == 5)
    words = [one.value for one in listener.of(address)]
    assert words == ["WARNING|Filter", "FAULT|Filter", "NORMAL|Filter", "WARNING|Filter", "NORMAL|Filter"]


@server_test
async def test_what_holds_already_at_the_connect_is_asked_for_and_is_a_baseline(alarming):
    address = await alarm_address(alarming)
    long_ago = datetime.now(UTC) - timedelta(days=3)

    async def refresh(_parent, _subscription):
        await alarming.trigger(RefreshStartEvent())
        await alarming.alarm("Jam", active=True, at=long_ago)
        await alarming.trigger(RefreshEndEvent())
        return []

    method = alarming.server.get_node(ua.NodeId(ua.ObjectIds.ConditionType_ConditionRefresh))
    alarming.server.link_method(method, refresh)
    async with Listener(alarming.url, [address]) as listener:
        await listener.until(lambda: listener.of(address))
        await alarming.alarm("Jam", active=False)
        await listener.until(lambda: len(listener.of(address)) == 2)
    held, ended = listener.of(address)
    assert (held.value, held.snapshot) == ("FAULT|Jam", True)
    assert held.ts > long_ago + timedelta(days=2)
    assert (ended.value, ended.snapshot) == ("NORMAL|Jam", False)


def told(name="Jam", severity=700, active=True, enabled=True, error=None):
    return Told.of([name, "Press", severity, active, enabled, error])


def test_the_machines_own_code_is_the_name_of_an_alarm():
    assert told(error="E-4711").code == "E-4711"
    assert told().code == "Jam"
    assert told(name=None).code == "Press"
    assert told(name="a|b" + "x" * 200).code == ("a/b" + "x" * 200)[:80]


def test_an_event_without_fields_clears_and_sets_nothing_else():
    assert Conditions().words(Told.of([])) == ["NORMAL|ALARM"]


events = st.lists(
    st.tuples(st.sampled_from(["A", "B"]), st.integers(0, 1000), st.booleans(), st.booleans()), max_size=30
)


@given(events)
def test_alarms_are_active_exactly_while_a_severe_condition_is(drawn):
    conditions, active, truth = Conditions(), (), {}
    for name, severity, is_active, enabled in drawn:
        for word in conditions.words(told(name, severity, is_active, enabled)):
            active = change_alarms(active, word)
        truth[name] = is_active and enabled and severity >= conditions.fault_from
        assert set(active) == {one for one, holds in truth.items() if holds}
