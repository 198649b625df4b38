"""The admin pages of quality, by aggregate."""

from quality.admin import facts, plans

__all__ = ["facts", "plans"]
