"""The admin pages of integrations: partners, and connections to machines and back."""

from integrations.admin import downloads, partners, signals, trust

__all__ = ["downloads", "partners", "signals", "trust"]
