"""The reference as a web process: `uvicorn tests.bench.reference.asgi:application`."""

from django.core.asgi import get_asgi_application

application = get_asgi_application()
