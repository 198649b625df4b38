"""The test settings, for a web process as planners meet it: ready to compute dates from the start."""

from tests.browser.settings import *  # noqa: F403

LOADS_PLANNING = True
