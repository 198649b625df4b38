"""What we propose recorded device models to mean."""

import pytest

from integrations.signals.mtconnect.decode import DataItem, read
from integrations.signals.mtconnect.roles import browsed, propose
from machines.domain.measure.states import change_alarms
from tests.support.shared_data import shared_bytes


def roles_of(path, device):
    items = [item for item in read(shared_bytes(path)).items if item.device == device]
    return {
        proposal.role: address for address, proposal in propose(items).items() if proposal.role != "alarm"
    }


@pytest.mark.parametrize(
    ("device", "state", "program", "count"),
    [
        ("Mazak01", "execution", "program", "PartCountAct"),
        ("Hurco02", "Program_Status", "Program_Name_Running", "Part_Count"),
        ("GFAgie01", "execution", "program", None),
    ],
)
def test_the_shop_models_need_no_hand(device, state, program, count):
    path = "machines/nist-sms-shop-days/Devices.xml"
    names = {item.address: item.name for item in read(shared_bytes(path)).items}
    roles = {role: names[address] for role, address in roles_of(path, device).items()}
    assert (roles["state"], roles["program"], roles.get("part_count")) == (state, program, count)


def item(kind, sub_type="", **rest):
    return DataItem(
        "M7", f"{kind} {sub_type}".strip(), "", kind, rest.pop("category", "EVENT"), sub_type, **rest
    )


def test_the_main_program_wins_and_the_edited_one_is_never_used():
    items = [
        item("PROGRAM", "ACTIVE"),
        item("PROGRAM", "MAIN"),
        item("PROGRAM_EDIT_NAME"),
        item("PROGRAM_EDIT"),
    ]
    assert {address: one.role for address, one in propose(items).items()} == {"M7/PROGRAM MAIN": "program"}


def test_counts_by_subtype_and_discrete_ones_as_events():
    items = [item("PART_COUNT", kind) for kind in ("ALL", "GOOD", "BAD", "TARGET", "REMAINING", "ABORTED")]
    proposed = {address: one.role for address, one in propose(items).items()}
    assert proposed == {
        "M7/PART_COUNT ALL": "part_count",
        "M7/PART_COUNT GOOD": "good_count",
        "M7/PART_COUNT BAD": "bad_count",
    }
    [event] = propose([item("PART_COUNT", "ALL", discrete=True)]).values()
    assert event.role == "cycle_event"


def test_the_mode_that_has_a_value_is_taken():
    items = [item("CONTROLLER_MODE"), item("FUNCTIONAL_MODE")]
    assert list(propose(items)) == ["M7/CONTROLLER_MODE"]
    assert list(propose(items, {"M7/CONTROLLER_MODE"})) == ["M7/FUNCTIONAL_MODE"]


def test_an_availability_that_is_never_told_is_not_proposed():
    items = [item("AVAILABILITY"), item("EXECUTION")]
    assert "M7/AVAILABILITY" in propose(items)
    assert "M7/AVAILABILITY" in propose(items, {"M7/AVAILABILITY", "M7/EXECUTION"})
    assert "M7/AVAILABILITY" not in propose(items, {"M7/AVAILABILITY"})


def test_the_emergency_stop_is_an_alarm_of_its_own():
    values = propose([item("EMERGENCY_STOP")])["M7/EMERGENCY_STOP"].values
    active = change_alarms((), values["TRIGGERED"])
    assert active == ("EMERGENCY_STOP",)
    assert change_alarms(("763", *active), values["ARMED"]) == ("763",)


def test_the_agent_itself_is_no_machine():
    agent = [item(kind) for kind in ("AVAILABILITY", "DEVICE_ADDED", "CONNECTION_STATUS")]
    assert propose(agent) == {}


def test_browsing_a_recorded_agent_shows_values_and_ages():
    devices = read(shared_bytes("machines/mtconnect-agent/devices/demo-okuma-mazak.xml"))
    current = read(shared_bytes("machines/mtconnect-agent/current/Current-Mazak-1.5.xml"))
    items = browsed(devices, current)
    assert len({one.address for one in items}) == len(items)
    assert {"state", "mode", "program", "alarm", "available"} <= {one.role for one in items}
