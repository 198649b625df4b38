from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IntegrationsConfig(AppConfig):
    name = "integrations"
    verbose_name = _("integrations")

    def ready(self) -> None:
        from integrations.erp.registry import register_formats
        from integrations.queries import health  # noqa: F401 - registers its gauges
        from integrations.signals.http import openapi  # noqa: F401 - registers the scheme

        register_formats()
