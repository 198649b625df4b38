"""Health, readiness and figures."""

import socket

import pytest
from celery import Celery
from django.db import DatabaseError, OperationalError, connection
from django.urls import reverse

from mes.lib import health, metrics
from mes.runtime import startup
from mes.runtime.failures import CannotStart
from mes.runtime.figures import queue_depth
from mes.runtime.layout import Layout
from mes.runtime.startup import refuse_unapplied_migrations
from mes.runtime.valkey import running_valkey


@pytest.fixture
def broker_is_there(monkeypatch):
    monkeypatch.setitem(health._checks, "broker", lambda: None)


def forget_a_migration():
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions'")


def test_alive_asks_nobody(client):
    assert client.get(reverse("health-live")).json() == {"status": "alive"}


@pytest.mark.django_db
@pytest.mark.usefixtures("broker_is_there")
def test_ready_when_every_check_passes(client):
    answer = client.get(reverse("health-ready"))
    assert answer.status_code == 200
    assert answer.json()["checks"].items() >= {"database": "ok", "migrations": "ok", "broker": "ok"}.items()


@pytest.mark.django_db
@pytest.mark.usefixtures("broker_is_there")
def test_not_ready_on_an_older_database(client):
    forget_a_migration()
    answer = client.get(reverse("health-ready"))
    assert answer.status_code == 503
    assert answer.json()["checks"]["migrations"] == "1 not applied"


@pytest.mark.django_db
def test_not_ready_without_broker(client, settings):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    answer = client.get(reverse("health-ready"))
    assert answer.status_code == 503
    assert answer.json()["checks"]["broker"] == "does not answer (OperationalError)"


@pytest.mark.django_db
def test_start_is_refused_on_an_older_database_with_the_command_to_run():
    forget_a_migration()
    with pytest.raises(CannotStart, match=r"sessions\.0001_initial first.*python manage\.py migrate"):
        refuse_unapplied_migrations()


@pytest.mark.django_db
def test_start_is_granted_on_a_current_database():
    refuse_unapplied_migrations()


def answering(*answers):
    """Stands for the database: each answer once, exceptions raised."""
    left = list(answers)

    def answer():
        said = left.pop(0)
        if isinstance(said, Exception):
            raise said
        return said

    return answer


@pytest.mark.django_db
def test_start_waits_for_a_database_that_recovers(monkeypatch):
    monkeypatch.setattr(startup, "PAUSE_SECONDS", 0)
    recovering = OperationalError("FATAL:  the database system is starting up")
    monkeypatch.setattr(startup, "unapplied_migrations", answering(recovering, recovering, []))
    refuse_unapplied_migrations()
    with pytest.raises(IndexError):
        startup.unapplied_migrations()


@pytest.mark.django_db
def test_start_is_refused_when_the_database_stays_away(monkeypatch, settings):
    settings.DATABASE_PATIENCE_SECONDS = 0
    monkeypatch.setattr(startup, "unapplied_migrations", answering(OperationalError("no route\nmore")))
    with pytest.raises(CannotStart, match=r"does not answer: no route$"):
        refuse_unapplied_migrations()


@pytest.mark.django_db
def test_figures_are_measured_at_every_scrape(client, monkeypatch):
    monkeypatch.setattr(metrics, "_gauges", {})
    figures = iter([1.5, 2.5])
    metrics.gauge("mes_test_age_seconds", "Age")(lambda: next(figures))
    metrics.gauge("mes_test_rows", "Rows", labels=("kind",))(lambda: [(("good",), 3), (("bad",), 0)])
    assert "mes_test_age_seconds 1.5" in client.get(reverse("metrics")).text
    second = client.get(reverse("metrics")).text
    assert "mes_test_age_seconds 2.5" in second
    assert 'mes_test_rows{kind="good"} 3.0' in second
    assert "mes_metrics_failed 0.0" in second


def test_a_failing_figure_does_not_hide_the_others(client, monkeypatch):
    monkeypatch.setattr(metrics, "_gauges", {})

    def broken():
        raise DatabaseError("gone")

    metrics.gauge("mes_test_broken", "Broken")(broken)
    metrics.gauge("mes_test_fine", "Fine")(lambda: 7.0)
    text = client.get(reverse("metrics")).text
    assert "mes_test_fine 7.0" in text
    assert "mes_test_broken" not in text
    assert "mes_metrics_failed 1.0" in text


@pytest.fixture
def broker_url(tmp_path, settings):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with running_valkey(Layout(tmp_path), port) as url:
        settings.CELERY_BROKER_URL = url
        yield url


def test_waiting_tasks_are_counted_at_the_broker(broker_url):
    assert list(queue_depth()) == []
    sender = Celery(broker=broker_url)
    sender.send_task("anything", queue="mes")
    sender.send_task("anything", queue="mes")
    assert list(queue_depth()) == [(("mes",), 2)]
    assert health.broker_answers() is None


@pytest.mark.django_db
def test_a_broker_that_is_gone_is_a_missing_figure_only(settings):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    text = metrics.exposition().decode()
    assert "mes_queue_depth{" not in text
    assert "mes_metrics_failed 0.0" not in text


@pytest.mark.parametrize(
    ("token", "header", "status"),
    [
        ("", None, 404),
        ("", "Bearer ", 404),
        ("t0ken", None, 404),
        ("t0ken", "Bearer other", 404),
        ("t0ken", "Bearer t0ken", 200),
    ],
)
@pytest.mark.django_db
def test_figures_are_for_the_bearer_of_the_token(client, settings, token, header, status):
    settings.METRICS_OPEN = False
    settings.METRICS_TOKEN = token
    headers = {"Authorization": header} if header else {}
    assert client.get(reverse("metrics"), headers=headers).status_code == status
