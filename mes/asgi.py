"""The web process: `uvicorn mes.asgi:application`."""

import os
import sys
import warnings

from mes.settings import settings_module

os.environ.setdefault("DJANGO_SETTINGS_MODULE", settings_module())
os.environ.setdefault("MES_PROCESS", "web")

from django.core.asgi import get_asgi_application

from mes.runtime.failures import CannotStart
from mes.runtime.startup import refuse_unapplied_migrations

# WhiteNoise reads its files synchronously and Django says so at every one; the files are small.
warnings.filterwarnings("ignore", message="StreamingHttpResponse must consume synchronous iterators")

application = get_asgi_application()
try:
    refuse_unapplied_migrations()
except CannotStart as reason:
    sys.exit(f"mes: {reason}")
