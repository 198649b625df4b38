"""The admin pages of orders, by aggregate."""

from orders.admin import customer, facts, item, routing

__all__ = ["customer", "facts", "item", "routing"]
