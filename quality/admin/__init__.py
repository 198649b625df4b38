"""The admin pages of quality, by aggregate."""

from quality.admin import defects, facts, plans

__all__ = ["defects", "facts", "plans"]
