"""The admin pages of orders, by aggregate."""

from orders.admin import customer, download, facts, item, routing, threshold

__all__ = ["customer", "download", "facts", "item", "routing", "threshold"]
