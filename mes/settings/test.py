"""pytest's settings: a database of its own, no broker, quick hashes."""

from mes.settings.base import *  # noqa: F403
from mes.settings.base import DATABASE_URL, REST_FRAMEWORK
from mes.settings.database import database

SECRET_KEY = "tests-only-and-nowhere-else-0123456789-0123456789-0123456789"  # noqa: S105
ALLOWED_HOSTS = ["*"]
# A test is one transaction, in which compiling the planning core on a busy machine may take minutes.
DATABASES = {"default": database(DATABASE_URL, owner=True)}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
CELERY_BROKER_URL = "memory://"
AXES_ENABLED = False
LOADS_PLANNING = False
METRICS_OPEN = True
REST_FRAMEWORK = {
    **REST_FRAMEWORK,
    "DEFAULT_THROTTLE_RATES": {"anon": None, "user": None},
}
