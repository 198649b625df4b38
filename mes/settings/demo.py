"""`make demo`: everything embedded, on this machine only."""

from mes.settings.base import *  # noqa: F403

SECRET_KEY = "demo-only-and-never-reachable-from-another-machine-0123456789"  # noqa: S105
DEBUG = False
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
