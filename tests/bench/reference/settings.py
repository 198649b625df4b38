"""Bare Django: no middleware, no sessions, one app; its connections kept in a pool, as ours are."""

from mes.settings.base import DATABASES
from mes.settings.test import ALLOWED_HOSTS, SECRET_KEY, USE_TZ

INSTALLED_APPS = ["tests.bench.reference"]
MIDDLEWARE: list[str] = []
ROOT_URLCONF = "tests.bench.reference.views"
TEMPLATES = [{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
__all__ = ["ALLOWED_HOSTS", "DATABASES", "SECRET_KEY", "USE_TZ"]
