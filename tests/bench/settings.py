"""Our application as a plant runs it, with the reference's tables beside it."""

from mes.settings.base import INSTALLED_APPS, REST_FRAMEWORK
from mes.settings.test import *  # noqa: F403

INSTALLED_APPS = [*INSTALLED_APPS, "tests.bench.reference"]
REST_FRAMEWORK = {
    **REST_FRAMEWORK,
    "DEFAULT_THROTTLE_RATES": {"anon": "100000/min", "user": "1000000/min"},
}
