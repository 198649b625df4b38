"""Our application as a plant runs it, with the reference's tables beside it."""

from mes.settings import base
from mes.settings.test import *  # noqa: F403

DATABASES = base.DATABASES
INSTALLED_APPS = [*base.INSTALLED_APPS, "tests.bench.reference"]
REST_FRAMEWORK = {
    **base.REST_FRAMEWORK,
    "DEFAULT_THROTTLE_RATES": {"anon": "100000/min", "user": "1000000/min"},
}
