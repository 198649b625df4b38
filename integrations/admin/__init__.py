"""The admin pages of integrations: partners, and connections to machines and back."""

from integrations.admin import downloads, partners, signals

__all__ = ["downloads", "partners", "signals"]
