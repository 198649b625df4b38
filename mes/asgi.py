"""The web process: `uvicorn mes.asgi:application`."""

import os

from mes.settings import settings_module

os.environ.setdefault("DJANGO_SETTINGS_MODULE", settings_module())

from django.core.asgi import get_asgi_application  # noqa: E402

application = get_asgi_application()
