"""The admin pages of integrations: partners and their files, and connections to machines and back."""

from integrations.admin import (
    customer_notices,
    dictionaries,
    downloads,
    exchange,
    message_mappings,
    partners,
    signals,
    translations,
    trust,
)

__all__ = [
    "customer_notices",
    "dictionaries",
    "downloads",
    "exchange",
    "message_mappings",
    "partners",
    "signals",
    "translations",
    "trust",
]
