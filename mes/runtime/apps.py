from django.apps import AppConfig


class RuntimeConfig(AppConfig):
    """The floor under the processes: health, rights of the database roles, start-up checks."""

    name = "mes.runtime"
    label = "runtime"

    def ready(self) -> None:
        from mes.runtime import figures  # noqa: F401 - registers them
