"""The admin pages of integrations: partners, and connections to machines."""

from integrations.admin import partners, signals

__all__ = ["partners", "signals"]
