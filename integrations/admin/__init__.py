"""The admin pages of integrations: partners, and connections to machines and back."""

from integrations.admin import dictionaries, downloads, partners, signals, trust

__all__ = ["dictionaries", "downloads", "partners", "signals", "trust"]
