"""The web process: `uvicorn mes.asgi:application`."""

import gc
import os
import sys
import threading
import warnings

from mes.settings import settings_module

os.environ.setdefault("DJANGO_SETTINGS_MODULE", settings_module())
os.environ.setdefault("MES_PROCESS", "web")

import django
from django.conf import settings

from mes.lib.one_thread import OneThreadHandler
from mes.runtime.failures import CannotStart
from mes.runtime.startup import refuse_unapplied_migrations
from orders.planning.warm import plans_compiled

# WhiteNoise reads its files synchronously and Django says so at every one; the files are small.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")

django.setup(set_prefix=False)
application = OneThreadHandler()
try:
    refuse_unapplied_migrations()
except CannotStart as reason:
    sys.exit(f"mes: {reason}")

if settings.LOADS_PLANNING:
    # Beside the first requests, so that nobody's first quote or rush order waits for it.
    threading.Thread(target=plans_compiled, name="warm-up", daemon=True).start()

# What was loaded until here stays for ever: looking through it again and again finds nothing, and a request
# makes far more than 700 objects, after which Python would look for rings of them.
gc.freeze()
gc.set_threshold(10_000, 10, 10)
