"""What the measured stream says where it can't be measured."""

import pytest

from tests.bench import stream
from tests.integrations.signals import broker


def test_without_a_broker_it_says_what_is_missing(monkeypatch):
    monkeypatch.setattr(broker, "MOSQUITTO", None)
    with pytest.raises(stream.MissingBroker, match=r"Mosquitto, is not installed"):
        stream.measure(machines=1, rate=1, seconds=1)
