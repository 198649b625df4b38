"""`make demo`: everything embedded, reachable from this machine only.

`python -m mes.runtime demo` sets the addresses of the embedded services; without it (`manage.py shell` in a
second terminal) the same defaults apply.
"""

import os

from mes.runtime.layout import DEMO

os.environ.update(DEMO.environment())

from mes.settings.base import *  # noqa: F403

DEMO.directory.mkdir(parents=True, exist_ok=True)
SECRET_KEY = DEMO.secret_key()
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
DEMO_DATA = True
HISTORY_IS_REPLAYED = True
METRICS_OPEN = True

# Straight from the apps' folders: nothing to collect before the first start.
WHITENOISE_USE_FINDERS = True
STATIC_ROOT = DEMO.directory / "static"
STATIC_ROOT.mkdir(exist_ok=True)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
