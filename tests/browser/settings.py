"""The test settings, for a web process of its own: static files come straight from their folders."""

from mes.settings.test import *  # noqa: F403

WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
