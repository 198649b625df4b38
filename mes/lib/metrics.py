"""Figures for Prometheus. An app registers a function per figure; it is asked at every scrape.

    @gauge("mes_outbox_oldest_seconds", "Age of the oldest undelivered message, in seconds")
    def outbox_age() -> float: ...

A function with labels returns pairs of label values and figure:

    @gauge("mes_ingest_lag_seconds", "...", labels=("plant",))
    def ingest_lag() -> Iterable[tuple[tuple[str, ...], float]]: ...

Register in the app's `ready()` by importing the module that does so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import structlog
from django.db import Error as DatabaseError
from kombu.exceptions import OperationalError as BrokerError
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

logger = structlog.get_logger(__name__)

Labelled = Iterable[tuple[tuple[str, ...], float]]
Measure = Callable[[], "float | Labelled"]


@dataclass(frozen=True, slots=True)
class Gauge:
    name: str
    documentation: str
    labels: tuple[str, ...]
    measure: Measure

    def sample(self) -> GaugeMetricFamily:
        family = GaugeMetricFamily(self.name, self.documentation, labels=self.labels)
        measured = self.measure()
        for values, figure in [((), measured)] if isinstance(measured, int | float) else measured:
            family.add_metric(values, figure)
        return family


_gauges: dict[str, Gauge] = {}


def gauge(name: str, documentation: str, *, labels: tuple[str, ...] = ()) -> Callable[[Measure], Measure]:
    """Register the decorated function as the gauge `name`. A later registration of the same name wins."""

    def register(measure: Measure) -> Measure:
        _gauges[name] = Gauge(name, documentation, labels, measure)
        return measure

    return register


class Gauges(Collector):
    """All registered gauges. One that fails is left out, logged and counted: the others are still shown."""

    def describe(self) -> Iterator[Metric]:
        return iter(())

    def collect(self) -> Iterator[Metric]:
        failures = 0
        for figure in _gauges.values():
            try:
                yield figure.sample()
            except (DatabaseError, BrokerError, OSError):
                failures += 1
                logger.exception("metric_failed", metric=figure.name)
        yield GaugeMetricFamily("mes_metrics_failed", "Figures left out of this scrape", value=failures)


def exposition() -> bytes:
    """All figures in Prometheus' text format, measured now."""
    registry = CollectorRegistry()
    registry.register(Gauges())
    return generate_latest(registry)
