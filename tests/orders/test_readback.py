"""Whether a machine has what it should have."""

import pytest

from orders.domain.readback import Expected, differences, proves, same_value

HERE = Expected("O1234", "B", "ab12", {"speed": "200", "coolant": "on"})


@pytest.mark.parametrize(
    ("actual", "wrong"),
    [
        ({}, []),
        ({"program": r"TNC:\JOBS\o1234.nc"}, []),
        ({"program": "O9999"}, ["program"]),
        ({"revision": "A"}, ["revision"]),
        ({"comment": "RING REV. B 2026-03"}, []),
        ({"comment": "RING REV. A"}, ["revision"]),
        ({"comment": ""}, []),
        ({"sha256": "ab12"}, []),
        ({"sha256": ""}, ["SHA-256"]),
        ({"parameters": {"speed": 200.0, "coolant": "on", "more": 1}}, []),
        ({"parameters": {"speed": 210}}, ["speed"]),
        ({"program": "O1", "revision": "C", "sha256": "x"}, ["program", "revision", "SHA-256"]),
    ],
)
def test_only_what_is_told_is_compared(actual, wrong):
    assert [one.name for one in differences(HERE, actual)] == wrong


@pytest.mark.parametrize(
    ("expected", "actual", "proven"),
    [
        (HERE, {"sha256": "ab12"}, True),
        (HERE, {}, False),
        (HERE, {"program": "O1234"}, False),
        (HERE, {"program": "O1234", "parameters": {"speed": 200, "coolant": "on"}}, True),
        (Expected("O1234"), {"program": "o1234"}, True),
        (Expected("O1234"), {"program": "O1"}, False),
        (Expected(parameters={"speed": 1}), {"parameters": {"speed": "1.0"}}, True),
        (Expected(parameters={"speed": 1}), {"parameters": {}}, False),
    ],
)
def test_a_read_back_proves_the_program_or_its_bytes(expected, actual, proven):
    assert proves(expected, actual) is proven


def test_numbers_are_compared_by_value_and_texts_by_text():
    assert same_value("200", 200.0)
    assert same_value(" on ", "on")
    assert not same_value("on", "off")
    assert not same_value("1", "one")
