"""The admin pages of integrations: partners and their files, and connections to machines and back."""

from integrations.admin import (
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
    "dictionaries",
    "downloads",
    "exchange",
    "message_mappings",
    "partners",
    "signals",
    "translations",
    "trust",
]
