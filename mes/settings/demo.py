"""`make demo`: everything embedded, reachable from this machine only.

`python -m mes.runtime demo` sets the addresses of the embedded services; without it (`manage.py shell` in a
second terminal) the same defaults apply.
"""

import os

from mes.runtime.layout import DEMO

for _name, _value in DEMO.environment().items():
    os.environ.setdefault(_name, _value)

from mes.settings.base import *  # noqa: E402, F403

DEMO.directory.mkdir(parents=True, exist_ok=True)
SECRET_KEY = DEMO.secret_key()
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
METRICS_OPEN = True
