"""Settings by purpose: `production` for a plant, `demo` for `make demo`, `test` for pytest."""

import os


def settings_module() -> str:
    """The settings to use: DJANGO_SETTINGS_MODULE, else production where a secret is given, else the demo."""
    chosen = os.environ.get("DJANGO_SETTINGS_MODULE")
    if chosen:
        return chosen
    return "mes.settings.production" if os.environ.get("MES_SECRET_KEY") else "mes.settings.demo"
