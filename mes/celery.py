"""The Celery application: an executor only. Whatever must happen is a row in PostgreSQL.

`BEAT` is the one list of what runs by the clock.
"""

import logging.config
import os
import sys
from typing import Any

from celery import Celery, signals

from mes.settings import settings_module

os.environ.setdefault("DJANGO_SETTINGS_MODULE", settings_module())
os.environ.setdefault("MES_PROCESS", "worker")

from django.conf import settings
from django_structlog.celery.steps import DjangoStructLogInitStep

from mes.runtime.failures import CannotStart
from mes.runtime.startup import refuse_unapplied_migrations

BEAT: dict[str, dict[str, Any]] = {
    "seal the audit trail": {"task": "accounts.seal_audit_trail", "schedule": 60.0},
    "watch calls for help": {"task": "machines.andon", "schedule": 5.0},
    "pack raw samples": {"task": "machines.pack_samples", "schedule": 600.0},
    "read energy meters": {"task": "machines.read_meters", "schedule": 20.0},
    "send confirmations": {"task": "integrations.relay", "schedule": 10.0},
    "measure how long everything takes": {"task": "orders.make_profiles", "schedule": 600.0},
    "make plans that were asked for": {"task": "orders.make_plans", "schedule": 5.0},
    "print labels": {"task": "orders.print_labels", "schedule": 5.0},
    "adapt plans to what happened": {"task": "orders.replan", "schedule": 3.0},
    "forecast open orders": {"task": "orders.keep_forecasts", "schedule": 20.0},
    "forecast demand as asked for": {"task": "orders.make_demand_forecasts", "schedule": 10.0},
    "look at what is kept in stock": {"task": "orders.replenish", "schedule": 300.0},
    "roll up key figures": {"task": "quality.roll_up", "schedule": 60.0},
    "ask for inspections": {"task": "quality.inspections", "schedule": 15.0},
    "carry out bulk decisions": {"task": "integrations.bulk_decisions", "schedule": 30.0},
    "run self-tests that were asked for": {"task": "integrations.self_tests", "schedule": 3.0},
    "tell how customer orders stand": {"task": "integrations.tell_customers", "schedule": 20.0},
    "compare with partners": {"task": "integrations.reconcile", "schedule": 600.0},
    "apply what waits in the inbox": {"task": "integrations.process_inbox", "schedule": 60.0},
}

app = Celery("mes")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = BEAT
app.autodiscover_tasks()
app.steps["worker"].add(DjangoStructLogInitStep)


@signals.setup_logging.connect
def use_our_logging(**_kwargs: Any) -> None:
    logging.config.dictConfig(settings.LOGGING)


@signals.worker_init.connect
@signals.beat_init.connect
def check_migrations(**_kwargs: Any) -> None:
    try:
        refuse_unapplied_migrations()
    except CannotStart as reason:
        sys.exit(f"mes: {reason}")
