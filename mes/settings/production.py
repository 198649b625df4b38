"""A plant's installation. Refuses to start without a secret, a database and the host names it answers to."""

from mes.settings.base import *  # noqa: F403
