"""Structured logs: one event per line, with the request's id, never a secret."""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import Any

import structlog
import structlog.tracebacks
from structlog.typing import Processor

SECRET_NAME = re.compile(
    r"password|passwd|secret|token|authorization|cookie|api_?key|badge|\bpin\b", re.IGNORECASE
)
ROUTINE = re.compile(
    r"GET /(health/|metrics)|"
    r"POST /api/v1/(samples|operation-commands|stop-codings|inspections|gateways|andon-c)"
)
SECRET_IN_URL = re.compile(r"(://[^:/@\s]*:)[^@\s/]+(@)")


def hide_secrets(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask values under tell-tale names, and passwords inside URLs."""
    for name, value in event.items():
        if SECRET_NAME.search(name):
            event[name] = "***"
        elif isinstance(value, str) and "://" in value:
            event[name] = SECRET_IN_URL.sub(r"\1***\2", value)
    return event


def drop_routine(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Health is asked for every few seconds and machines never stop talking: only what isn't well is news."""
    if event.get("code") in (200, 202) and ROUTINE.match(str(event.get("request", ""))):
        raise structlog.DropEvent
    event.pop("color_message", None)  # uvicorn's text once more, for terminals
    return event


# Local variables would carry secrets and whole forms into the log.
PLAIN_TRACEBACKS = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
)

SHARED: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.stdlib.ExtraAdder(),
    structlog.processors.StackInfoRenderer(),
    drop_routine,
    hide_secrets,
]


def configure_structlog() -> None:
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def logging_config(*, log_format: str, level: str) -> dict[str, Any]:
    """The dictConfig for `log_format` "json" (one object per line) or "console" (for people)."""
    renderers: list[Processor] = (
        [
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            PLAIN_TRACEBACKS,
            structlog.processors.JSONRenderer(),
        ]
        if log_format == "json"
        else [
            structlog.dev.ConsoleRenderer(
                colors=False, pad_event_to=0, exception_formatter=structlog.dev.plain_traceback
            )
        ]
    )
    quiet = {"handlers": [], "propagate": True}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structured": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": SHARED,
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
            },
        },
        "handlers": {"out": {"class": "logging.StreamHandler", "formatter": "structured"}},
        "root": {"handlers": ["out"], "level": level},
        "loggers": {
            "django": quiet,
            "django.server": quiet,
            # One line per request comes from django_structlog; this logger repeats it.
            "django.request": {"level": "CRITICAL"},
            "uvicorn": quiet,
            "uvicorn.error": quiet,
            "uvicorn.access": {"handlers": [], "propagate": False},
            # Wake-ups come every few seconds; what they find to do tells for itself.
            "celery": {"level": "WARNING"},
            "django_structlog.celery": {"level": "WARNING"},
            "axes": {"level": "WARNING"},
            "amqtt": {"level": "WARNING"},
            "httpx": {"level": "WARNING"},
            "transitions": {"level": "WARNING"},
        },
    }
