"""In which zone the admin's page at hand shows and reads times."""

from __future__ import annotations

from django.utils import timezone
from django.utils.functional import lazy

current_zone = lazy(timezone.get_current_timezone_name, str)()
"""Its name."""
