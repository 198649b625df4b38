from django.apps import AppConfig


class RuntimeConfig(AppConfig):
    """The floor under the processes: health, rights of the database roles, start-up checks."""

    name = "mes.runtime"
    label = "runtime"
