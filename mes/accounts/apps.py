from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "mes.accounts"
    label = "accounts"
    verbose_name = _("people and access")

    def ready(self) -> None:
        from mes.accounts import openapi  # noqa: F401 - registers the scheme
