from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MachinesConfig(AppConfig):
    name = "machines"
    verbose_name = _("machines and plant")

    def ready(self) -> None:
        from machines.queries import health  # noqa: F401 - registers its gauges
