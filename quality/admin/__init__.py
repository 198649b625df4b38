"""The admin pages of quality, by aggregate."""

from quality.admin import batches, defects, facts, plans

__all__ = ["batches", "defects", "facts", "plans"]
