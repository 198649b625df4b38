"""A plant's installation. Refuses to start without a secret, a database and the host names it answers to."""

from django.core.exceptions import ImproperlyConfigured

from mes.settings.base import *  # noqa: F403
from mes.settings.base import env

_MISSING = [
    name
    for name in ("MES_SECRET_KEY", "MES_DATABASE_URL", "MES_BROKER_URL", "MES_ALLOWED_HOSTS")
    if not env.str(name, default="")
]
if _MISSING:
    raise ImproperlyConfigured(f"Set these environment variables before starting: {', '.join(_MISSING)}")

SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
SECURE_SSL_REDIRECT = env.bool("MES_HTTPS_REDIRECT", default=True)
# The load balancer asks over plain HTTP from inside.
SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics$"]
SECURE_HSTS_SECONDS = env.int("MES_HSTS_SECONDS", default=31_536_000)
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
if env.int("MES_PROXY_COUNT", default=0):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
