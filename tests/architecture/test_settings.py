"""The production settings: complete, secure, and silent about it."""

import os
import re
import subprocess
import sys

import pytest
from django.conf import settings
from django.contrib.auth.password_validation import password_validators_help_texts
from django.urls import reverse

from mes.settings.database import database, libpq_url

PLANT = {
    "DJANGO_SETTINGS_MODULE": "mes.settings.production",
    "MES_SECRET_KEY": "k3-v4.9fLq0ZtY_27aWcXbN8mRsPdGhJeUoIxT5ByVw6n1s8Kd2QpM4",
    "MES_DATABASE_URL": "postgresql://mes_app@db.plant.example/mes",
    "MES_BROKER_URL": "redis://broker.plant.example/0",
    "MES_ALLOWED_HOSTS": "mes.plant.example",
}


def manage(*arguments, **environment):
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("MES_", "DJANGO_"))}
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        env={**clean, **environment},
        cwd=settings.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def test_deployment_check_finds_nothing():
    result = manage("check", "--deploy", "--fail-level", "WARNING", **PLANT)
    assert result.stdout.strip() == "System check identified no issues (0 silenced)."
    assert result.stderr == ""
    assert result.returncode == 0


@pytest.mark.parametrize("name", [name for name in PLANT if name.startswith("MES_")])
def test_production_names_what_is_missing(name):
    result = manage("check", **{**PLANT, name: ""})
    assert result.returncode == 1
    assert result.stderr.strip().splitlines()[-1].endswith(f"before starting: {name}")


def test_only_postgresql_will_do():
    result = manage("check", **{**PLANT, "MES_DATABASE_URL": "sqlite:////tmp/mes.sqlite3"})
    assert "must name a PostgreSQL database" in result.stderr


def test_a_web_process_pools_and_limits_its_statements():
    web = database("postgresql://app@db/mes", process="web")
    assert "-c statement_timeout=15s" in web["OPTIONS"]["options"]
    assert "-c idle_in_transaction_session_timeout=60s" in web["OPTIONS"]["options"]
    assert web["OPTIONS"]["pool"]["max_size"] == 20
    assert web["CONN_MAX_AGE"] == 0


def test_migrations_may_take_their_time():
    owner = database("postgresql://owner@db/mes", owner=True)
    assert "timeout" not in owner["OPTIONS"]["options"]


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://app:p%40ss%2Fword@db.example:5433/mes",
        "postgresql://app@/mes?host=%2Frun%2Fpostgres",
        "postgresql:///mes",
    ],
)
def test_the_url_survives_the_way_through_django(url):
    assert libpq_url(database(url)) == url


def test_passwords_have_twelve_characters_at_least():
    assert any("12" in text for text in password_validators_help_texts())


def test_our_pages_allow_no_inline_and_no_eval(client):
    policy = client.get(reverse("health-live"))["Content-Security-Policy"]
    directives = [directive.strip() for directive in policy.split(";")]
    assert {"default-src 'none'", "script-src 'self'", "style-src 'self'"} < set(directives)
    assert "frame-ancestors 'none'" in directives
    assert "unsafe" not in policy


@pytest.mark.django_db
def test_only_the_admin_may_evaluate_and_not_even_it_runs_inline_scripts(client):
    policy = client.get(reverse("admin:login"))["Content-Security-Policy"]
    directives = [directive.strip() for directive in policy.split(";")]
    assert {"default-src 'none'", "script-src 'self' 'unsafe-eval'"} < set(directives)


def test_answers_carry_the_protective_headers(client):
    answer = client.get(reverse("health-live"))
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer["Referrer-Policy"] == "same-origin"


@pytest.mark.django_db
def test_the_api_page_has_no_inline_script(admin_client):
    page = admin_client.get(reverse("api-docs")).text
    assert "<script" in page
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))
