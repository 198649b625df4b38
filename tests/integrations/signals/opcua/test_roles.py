"""What a maker's own nodes are proposed as, outside of all companion models."""

import pytest

from integrations.signals.opcua.addresses import Name
from integrations.signals.opcua.roles import role_by_name

OWN = "http://maker.example/lathe"


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("ExecutionState", "state"),
        ("ProgramName", "program"),
        ("PartCount", "part_count"),
        ("ActiveAlarm", "alarm"),
        ("SpindleTemperature", ""),
    ],
)
def test_a_makers_own_node_is_proposed_by_its_name(name, role):
    assert role_by_name([Name(OWN, "LATHE-9"), Name(OWN, name)]) == role


def test_a_node_of_a_companion_model_is_left_to_its_rules():
    assert role_by_name([Name(OWN, "Press"), Name("http://opcfoundation.org/UA/PackML/", "State")]) == ""
    assert role_by_name([Name(OWN, "PartCount")], ("0", "Value")) == ""
