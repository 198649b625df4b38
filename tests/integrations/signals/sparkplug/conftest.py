import pytest

from tests.integrations.signals.broker import MOSQUITTO, RunningBroker, RunningMosquitto


@pytest.fixture(params=["amqtt", "mosquitto"])
def broker(request):
    """Each test on both brokers; Mosquitto where the machine has it."""
    if request.param == "mosquitto" and MOSQUITTO is None:
        pytest.skip("there is no mosquitto on this machine")
    with RunningMosquitto() if request.param == "mosquitto" else RunningBroker() as running:
        yield running
