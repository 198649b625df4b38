"""Log lines: one object each, with the request's id, never with a secret."""

import io
import json
import logging
import logging.config

import pytest
import structlog

from mes.settings.logs import logging_config


@pytest.fixture
def lines():
    """Calling it returns what has been logged as JSON so far."""
    config = logging_config(log_format="json", level="INFO")
    stream = io.StringIO()
    config["handlers"]["out"]["stream"] = stream
    handler_before, level_before = logging.root.handlers[:], logging.root.level
    logging.config.dictConfig(config)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logging.root.handlers[:] = handler_before
    logging.root.setLevel(level_before)


@pytest.mark.parametrize(
    "name", ["password", "api_key", "Authorization", "badge", "pin", "session_cookie", "token"]
)
def test_values_under_secret_names_are_masked(lines, name):
    structlog.get_logger("test").info("log-on", **{name: "geheim"})
    assert lines()[0][name] == "***"


def test_a_password_inside_a_url_is_masked(lines):
    logging.getLogger("test").warning("no answer", extra={"broker": "redis://user:geheim@host/0"})
    assert lines()[0]["broker"] == "redis://user:***@host/0"


def fail(pin):
    raise ValueError("first\nsecond")


def test_a_traceback_stays_in_its_object_and_shows_no_variables(lines):
    try:
        fail("geheim")
    except ValueError:
        logging.getLogger("test").exception("failed")
    (line,) = lines()
    assert line["exception"][0]["exc_value"] == "first\nsecond"
    assert "locals" not in line["exception"][0]["frames"][-1]


def test_a_traceback_on_the_console_shows_no_variables():
    formatter = logging_config(log_format="console", level="INFO")["formatters"]["structured"]
    render = formatter["processors"][-1]
    try:
        fail("geheim")
    except ValueError:
        text = render(None, "error", {"event": "failed", "exc_info": True})
    assert "second" in text
    assert "geheim" not in text.replace('fail("geheim")', "")


@pytest.mark.django_db
def test_a_request_has_an_id_and_health_questions_leave_no_line(lines, client):
    client.get("/health/live")
    client.get("/nowhere")
    finished = [line for line in lines() if line["event"] == "request_finished"]
    assert [(line["request"], line["code"]) for line in finished] == [("GET /nowhere", 404)]
    assert len(finished[0]["request_id"]) == 36
