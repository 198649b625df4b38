"""What Celery may wake up. Everything that must happen is a row; these tasks may be lost or run twice."""

from __future__ import annotations

import threading
from typing import Any

from celery import shared_task, signals
from django.utils import timezone

from orders.domain.printers import print_due
from orders.planning.make import make_requested
from orders.planning.profiles import keep
from orders.planning.replan import replan_stale


@signals.worker_ready.connect
def compile_ahead(**_: Any) -> None:
    """When the worker starts, beside its work: so that nobody's first quote waits for a compiler."""
    from orders.planning.warm import plans_compiled

    threading.Thread(target=plans_compiled, name="warm-up", daemon=True).start()


@shared_task(name="orders.make_plans")
def make_plans() -> None:
    """Make the plans that were asked for."""
    make_requested()


@shared_task(name="orders.make_profiles")
def make_profiles() -> None:
    """Read anew from every plant's records how long everything takes."""
    keep.make_profiles(now=timezone.now())


@shared_task(name="orders.print_labels")
def print_labels() -> None:
    """Ask for what the rules want printed, and print what waits."""
    print_due()


@shared_task(name="orders.replan")
def replan() -> None:
    """Adapt plans in force that events made stale."""
    replan_stale()


@shared_task(name="orders.keep_forecasts")
def keep_forecasts() -> None:
    """Forecast open orders anew where something happened."""
    # Compiled code: only the worker that plans pays for loading it.
    from orders.planning.promise.forecast import keep_up

    keep_up()


@shared_task(name="orders.make_demand_forecasts")
def make_demand_forecasts() -> None:
    """Make the versions of the demand forecast that were asked for."""
    # The library of forecasts is large: only the worker that uses it pays for loading it.
    from orders.planning.stocking import forecasts

    forecasts.make_requested()


@shared_task(name="orders.replenish")
def replenish() -> None:
    """Look at what is kept in stock, and bring proposals up to date."""
    from orders.planning.stocking.propose import propose_everywhere

    propose_everywhere(now=timezone.now())
