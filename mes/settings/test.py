"""pytest's settings."""

from mes.settings.base import *  # noqa: F403

SECRET_KEY = "tests-only-and-nowhere-else-0123456789-0123456789-0123456789"  # noqa: S105
ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
